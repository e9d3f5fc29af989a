import { randomUUID } from "node:crypto";
import type { Readable } from "node:stream";
import { setTimeout } from "node:timers/promises";
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandInput,
  type ListObjectVersionsCommandOutput,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { parts } from "./parts.ts";
import {
  type Condition,
  ConditionFailed,
  checkKey,
  ObjectMissing,
  type ObjectStore,
  type StoredObject,
} from "./store.ts";

// S3 answers 409 while another request for the same key is under way, which is a matter of milliseconds. Five rounds
// with growing waits take three quarters of a second; S3 looks at the condition again in each.
const conflictRounds = 5;
const firstWaitMilliseconds = 50;
// Marks an object with the write that made it, so that a retried request recognises its own success.
const writeMark = "pbp-write";

/** Opens a bucket in S3. The bucket must have versioning on; credentials and region come from the SDK's own chain. */
export function openS3Store(bucket: string, client: S3Client = new S3Client({})): ObjectStore {
  const Bucket = bucket;

  async function head(key: string, versionId?: string) {
    checkKey(key);
    try {
      return await client.send(new HeadObjectCommand({ Bucket, Key: key, VersionId: versionId }));
    } catch (error) {
      if (isMissing(error, versionId)) return null;
      throw error;
    }
  }

  /** Sends a conditional write; the SDK may have sent it twice, and then a 412 can come from our own first success. */
  async function decide(
    key: string,
    mark: string,
    condition: Condition | undefined,
    send: () => Promise<StoredObject>,
  ): Promise<StoredObject> {
    for (let round = 1; ; round++) {
      try {
        return await send();
      } catch (error) {
        if (!(error instanceof S3ServiceException)) throw error;
        const status = error.$metadata.httpStatusCode;
        if (error.name === "NoSuchUpload" || status === 412) {
          const now = await head(key);
          if (now?.Metadata?.[writeMark] === mark) return described(key, now);
        }
        if (status === 409 && round < conflictRounds) {
          await setTimeout(firstWaitMilliseconds * 2 ** (round - 1));
          continue;
        }
        // If-Match on a key that is not there is a 404.
        if (condition && (status === 412 || status === 409 || error.name === "NoSuchKey"))
          throw new ConditionFailed(key);
        throw error;
      }
    }
  }

  async function putWhole(key: string, body: Uint8Array, condition?: Condition): Promise<StoredObject> {
    const mark = randomUUID();
    const put = new PutObjectCommand({
      Bucket,
      Key: key,
      Body: body,
      Metadata: { [writeMark]: mark },
      ...headers(condition),
    });
    return decide(key, mark, condition, async () => ({
      ...described(key, await client.send(put)),
      sizeBytes: body.byteLength,
    }));
  }

  async function putInParts(key: string, body: AsyncIterable<Buffer>, condition?: Condition) {
    const mark = randomUUID();
    const begun = await client.send(
      new CreateMultipartUploadCommand({ Bucket, Key: key, Metadata: { [writeMark]: mark } }),
    );
    const upload = { Bucket, Key: key, UploadId: begun.UploadId };
    try {
      const done: { PartNumber: number; ETag: string | undefined }[] = [];
      let sizeBytes = 0;
      for await (const part of body) {
        const PartNumber = done.length + 1;
        const { ETag } = await client.send(new UploadPartCommand({ ...upload, PartNumber, Body: part }));
        done.push({ PartNumber, ETag });
        sizeBytes += part.byteLength;
      }
      const complete = new CompleteMultipartUploadCommand({
        ...upload,
        MultipartUpload: { Parts: done },
        ...headers(condition),
      });
      return await decide(key, mark, condition, async () => ({
        ...described(key, await client.send(complete)),
        sizeBytes,
      }));
    } catch (error) {
      // Parts of an upload that is neither completed nor aborted are paid for. The bucket's lifecycle rule catches what
      // a killed process leaves; a failing abort must not hide why the upload failed.
      await client.send(new AbortMultipartUploadCommand(upload)).catch(() => undefined);
      throw error;
    }
  }

  async function* list(prefix: string): AsyncGenerator<StoredObject> {
    let page: ListObjectVersionsCommandOutput | undefined;
    do {
      // Versions, because ListObjectsV2 does not tell the version ids. url: XML cannot carry every key.
      const ask: ListObjectVersionsCommandInput = { Bucket, Prefix: prefix, EncodingType: "url" };
      if (page) {
        ask.KeyMarker = decoded(page.NextKeyMarker, page);
        ask.VersionIdMarker = page.NextVersionIdMarker;
      }
      page = await client.send(new ListObjectVersionsCommand(ask));
      for (const version of page.Versions ?? [])
        if (version.IsLatest)
          yield described(decoded(version.Key, page), { ...version, ContentLength: version.Size });
    } while (page.IsTruncated);
  }

  return {
    async head(key, versionId) {
      const found = await head(key, versionId);
      return found && described(key, found);
    },
    async read(key, options = {}) {
      checkKey(key);
      const Range = options.range && `bytes=${options.range[0]}-${options.range[1]}`;
      try {
        const get = new GetObjectCommand({ Bucket, Key: key, VersionId: options.versionId, Range });
        return (await client.send(get)).Body as Readable;
      } catch (error) {
        if (isMissing(error, options.versionId)) throw new ObjectMissing(key);
        if (error instanceof S3ServiceException && error.$metadata.httpStatusCode === 416)
          throw new RangeError("The range begins past the end of the object.");
        throw error;
      }
    },
    async write(key, body, condition) {
      checkKey(key);
      if (typeof body === "string") return putWhole(key, Buffer.from(body), condition);
      if (body instanceof Uint8Array) return putWhole(key, body, condition);
      const cut = parts(body);
      const first = await cut.next();
      const second = await cut.next();
      if (second.done) return putWhole(key, first.value ?? Buffer.alloc(0), condition);
      return putInParts(key, chain([first.value, second.value], cut), condition);
    },
    async copy(fromKey, toKey) {
      checkKey(fromKey);
      checkKey(toKey);
      const CopySource = `${bucket}/${fromKey.split("/").map(encodeURIComponent).join("/")}`;
      try {
        const copied = await client.send(new CopyObjectCommand({ Bucket, Key: toKey, CopySource }));
        const found = await head(toKey, copied.VersionId);
        if (!found) throw new ObjectMissing(toKey);
        return described(toKey, found);
      } catch (error) {
        if (isMissing(error)) throw new ObjectMissing(fromKey);
        throw error;
      }
    },
    list,
    async remove(key) {
      checkKey(key);
      if (await head(key)) await client.send(new DeleteObjectCommand({ Bucket, Key: key }));
    },
  };
}

/** An object as S3's answers describe it. A bucket without versions calls every version "null". */
function described(
  key: string,
  answer: { ETag?: string; ContentLength?: number; VersionId?: string },
): StoredObject {
  return {
    key,
    sizeBytes: answer.ContentLength ?? 0,
    etag: (answer.ETag ?? "").replaceAll('"', ""),
    versionId: answer.VersionId ?? "null",
  };
}

function headers(condition?: Condition): { IfNoneMatch?: "*"; IfMatch?: string } {
  if (condition === undefined) return {};
  return "ifNoneMatch" in condition ? { IfNoneMatch: "*" } : { IfMatch: `"${condition.ifMatch}"` };
}

/** Keys come URL-encoded only where the answer says so; a space may come as a plus. */
function decoded(key: string | undefined, page: { EncodingType?: string }): string {
  return page.EncodingType === "url" ? decodeURIComponent((key ?? "").replaceAll("+", " ")) : (key ?? "");
}

/** 404, or 405 for a delete marker. A version id that this bucket cannot have made is a 400. */
function isMissing(error: unknown, versionId?: string): boolean {
  if (!(error instanceof S3ServiceException) || error.name === "NoSuchBucket") return false;
  const status = error.$metadata.httpStatusCode;
  return status === 404 || (versionId !== undefined && (status === 400 || status === 405));
}

async function* chain(first: Buffer[], rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield* first;
  yield* rest;
}

// The S3 driver against answers that moto does not give: conflicts, retried requests whose first attempt counted, and
// conditions on multipart uploads. The SDK is real; only the wire is ours.
import { Readable } from "node:stream";
import { HeadObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { beforeEach, expect, test } from "vitest";
import { openS3Store } from "../../tasks/store/s3.ts";
import { ConditionFailed } from "../../tasks/store/store.ts";

type Sent = { method: string; path: string; query: Record<string, string>; headers: Record<string, string> };
type Answer = { status: number; code?: string; headers?: Record<string, string>; body?: string };
let sent: Sent[];
let answers: (request: Sent) => Answer;

const client = new S3Client({
  region: "us-east-1",
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
  retryMode: "standard",
  maxAttempts: 2,
  requestHandler: {
    async handle(request: Sent) {
      const named = Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]);
      sent.push({ ...request, headers: Object.fromEntries(named) });
      const { status, code, headers = {}, body } = answers(sent.at(-1)!);
      const error = code ? `<Error><Code>${code}</Code></Error>` : "";
      return { response: { statusCode: status, headers, body: Readable.from([body ?? error]) } };
    },
  },
});
const store = openS3Store("pbp-data", client);
const puts = () => sent.filter((request) => request.method === "PUT");

beforeEach(() => {
  sent = [];
});

test("tries a conditional put again after 409, and then tells how it ended", async () => {
  answers = () =>
    puts().length < 3
      ? { status: 409, code: "ConditionalRequestConflict" }
      : { status: 200, headers: { etag: '"abc"', "x-amz-version-id": "v1" } };
  expect(await store.write("a", "x", { ifNoneMatch: true })).toEqual({
    key: "a",
    sizeBytes: 1,
    etag: "abc",
    versionId: "v1",
  });
  expect(puts().map((put) => put.headers["if-none-match"])).toEqual(["*", "*", "*"]);
});

test("gives up after five conflicts", async () => {
  answers = () => ({ status: 409, code: "ConditionalRequestConflict" });
  await expect(store.write("a", "x", { ifMatch: "abc" })).rejects.toThrow(ConditionFailed);
  expect(puts().map((put) => put.headers["if-match"])).toEqual(Array(5).fill('"abc"'));
});

test("takes a 412 for success when the object is the one that it wrote: the first answer was lost", async () => {
  answers = (request) => {
    if (request.method === "HEAD")
      return {
        status: 200,
        headers: {
          etag: '"abc"',
          "content-length": "1",
          "x-amz-version-id": "v7",
          "x-amz-meta-pbp-write": puts()[0]!.headers["x-amz-meta-pbp-write"]!,
        },
      };
    return puts().length === 1
      ? { status: 500, code: "InternalError" }
      : { status: 412, code: "PreconditionFailed" };
  };
  expect(await store.write("a", "x", { ifNoneMatch: true })).toMatchObject({ etag: "abc", versionId: "v7" });
});

test("takes a 412 for a lost race when the object is another writer's", async () => {
  answers = (request) =>
    request.method === "HEAD"
      ? { status: 200, headers: { etag: '"other"', "x-amz-meta-pbp-write": "another write" } }
      : { status: 412, code: "PreconditionFailed" };
  await expect(store.write("a", "x", { ifNoneMatch: true })).rejects.toThrow(ConditionFailed);
});

const megabyte = 1024 * 1024;
const stream = () => Readable.from(Array.from({ length: 18 }, () => Buffer.alloc(megabyte)));
const multipart = (complete: Answer) => (request: Sent) => {
  if (request.method === "HEAD") return { status: 404 };
  if (request.method === "PUT")
    return { status: 200, headers: { etag: `"part${request.query.partNumber}"` } };
  if (request.method === "DELETE") return { status: 204 };
  if ("uploads" in request.query)
    return {
      status: 200,
      body: "<InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>",
    };
  return complete;
};

test("uploads a long stream in parts of 8 MiB and puts the condition on its completion", async () => {
  answers = multipart({
    status: 200,
    headers: { "x-amz-version-id": "v2" },
    body: '<CompleteMultipartUploadResult><ETag>"whole-3"</ETag></CompleteMultipartUploadResult>',
  });
  const written = await store.write("big", stream(), { ifMatch: "before" });
  expect(written).toEqual({ key: "big", sizeBytes: 18 * megabyte, etag: "whole-3", versionId: "v2" });
  expect(puts().map((part) => part.headers["content-length"])).toEqual(
    [8, 8, 2].map((size) => String(size * megabyte)),
  );
  expect(sent.at(-1)!.headers["if-match"]).toBe('"before"');
});

test("aborts an upload that lost its race or broke, so that its parts are not paid for", async () => {
  const aborts = () =>
    sent.filter((request) => request.method === "DELETE" && request.query.uploadId === "u1");
  answers = multipart({ status: 412, code: "PreconditionFailed" });
  await expect(store.write("big", stream(), { ifNoneMatch: true })).rejects.toThrow(ConditionFailed);
  expect(aborts()).toHaveLength(1);

  answers = (request) =>
    request.query.partNumber === "2"
      ? { status: 403, code: "AccessDenied" }
      : multipart({ status: 200 })(request);
  await expect(store.write("big", stream())).rejects.toThrow(/AccessDenied|UnknownError/);
  expect(aborts()).toHaveLength(2);
});

test("does not take a missing bucket or a refusal for a missing object", async () => {
  answers = () => ({ status: 404, code: "NoSuchBucket" });
  await expect(store.read("a")).rejects.toMatchObject({ name: "NoSuchBucket" });
  answers = () => ({ status: 403, code: "AccessDenied" });
  await expect(store.head("a")).rejects.toThrow();
  await expect(client.send(new HeadObjectCommand({ Bucket: "b", Key: "k" }))).rejects.toThrow();
});

test("follows the pages of a listing and decodes what S3 encoded", async () => {
  const version = (key: string, latest: boolean) =>
    `<Version><Key>${key}</Key><VersionId>v</VersionId><IsLatest>${latest}</IsLatest><ETag>"e"</ETag><Size>1</Size></Version>`;
  const page = (entries: string, next?: string) =>
    `<ListVersionsResult><EncodingType>url</EncodingType><IsTruncated>${next !== undefined}</IsTruncated>${
      next ? `<NextKeyMarker>${next}</NextKeyMarker><NextVersionIdMarker>v</NextVersionIdMarker>` : ""
    }${entries}</ListVersionsResult>`;
  answers = (request) => ({
    status: 200,
    body:
      request.query["key-marker"] === undefined
        ? page(version("a%2Bb+c", true) + version("a%2Bb+c", false), "a%2Bb+c")
        : page(version("d%C3%A9", true)),
  });
  const keys: string[] = [];
  for await (const object of store.list("")) keys.push(object.key);
  expect(keys).toEqual(["a+b c", "dé"]);
  expect(sent.map((request) => request.query["key-marker"])).toEqual([undefined, "a+b c"]);
});

// A versioned bucket as a folder:
//   <root>/<bucket>/keys/<segment>/…/@/0000000001   a version: its etag, size and blob, or a delete marker
//   <root>/<bucket>/blobs/<2 hex>/<id>              the bytes, written once and never changed
//   <root>/<bucket>/claims/<place>.<pid>.<id>       a write that is under way
// A version is committed by link(2) of the finished claim under the next number. Only one process can create a number,
// so the number itself is the compare-and-swap: no locks, and nothing of a killed writer is ever visible.
import { createHash, randomUUID } from "node:crypto";
import { link, mkdir, open, readFile, stat, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { folderOf, segmentsIn, versionsFolder } from "./file-names.ts";
import { hasCode, readdirOrNone, syncFolder } from "./folders.ts";
import { processPlace } from "./process-place.ts";
import {
  type Condition,
  ConditionFailed,
  checkKey,
  ObjectMissing,
  type ObjectStore,
  type ReadOptions,
  type StoredObject,
} from "./store.ts";

/** An object store whose bytes are files: a runner on the same machine may link them instead of reading them. */
export interface FileStore extends ObjectStore {
  /** The file of the bytes, which no one may change. Throws {@link ObjectMissing}. */
  localPath(key: string, versionId?: string): Promise<string>;
}

export type Version = { etag: string; sizeBytes: number; blob: string } | { deleted: true };
type Numbered = { number: number; version: Version };

/** Opens (and makes, when missing) the bucket's folder below `root`, and sweeps what killed writers left. */
export async function openFileStore(root: string, bucket: string): Promise<FileStore> {
  const keys = join(root, bucket, "keys");
  const blobs = join(root, bucket, "blobs");
  const claims = join(root, bucket, "claims");
  for (const folder of [keys, blobs, claims]) await mkdir(folder, { recursive: true });
  await sweep(claims, blobs);

  async function newest(folder: string): Promise<Numbered | null> {
    const numbers = (await readdirOrNone(join(folder, versionsFolder))).map(Number);
    return numbers.length === 0 ? null : readVersion(folder, Math.max(...numbers));
  }

  async function present(key: string, versionId?: string) {
    checkKey(key);
    const folder = folderOf(keys, key.split("/"));
    if (versionId !== undefined && !/^[1-9][0-9]{0,9}$/.test(versionId)) return null;
    const found =
      versionId === undefined ? await newest(folder) : await readVersion(folder, Number(versionId));
    return found && !("deleted" in found.version) ? { number: found.number, version: found.version } : null;
  }

  async function presentOrThrow(key: string, versionId?: string) {
    const found = await present(key, versionId);
    if (!found) throw new ObjectMissing(key);
    return found;
  }

  /** Makes what `prepare` describes the key's next version, provided that the condition holds at that moment. */
  async function commit(
    key: string,
    prepare: (blob: string) => Promise<Version>,
    condition?: Condition,
  ): Promise<Numbered> {
    checkKey(key);
    const id = randomUUID();
    const claim = join(claims, `${processPlace}.${process.pid}.${id}`);
    // Before the blob, so that a sweeper finds the blob of a killed writer by its claim.
    const handle = await open(claim, "wx");
    try {
      const version = await prepare(id);
      await handle.writeFile(JSON.stringify(version));
      await handle.sync();
      return { number: await take(key, claim, condition), version };
    } catch (error) {
      // Once the claim has a second name the version is there, and needs its bytes.
      const { nlink } = await stat(claim);
      if (nlink === 1) await unlinkIfThere(blobPath(blobs, id));
      throw error;
    } finally {
      await handle.close();
      // A claim that stays behind is swept later; it must not turn a committed write into an error.
      await unlink(claim).catch(() => undefined);
    }
  }

  async function take(key: string, claim: string, condition?: Condition): Promise<number> {
    const folder = folderOf(keys, key.split("/"));
    const versions = join(folder, versionsFolder);
    await makeDurableFolder(versions);
    for (;;) {
      const current = await newest(folder);
      if (!holds(condition, current)) throw new ConditionFailed(key);
      const number = (current?.number ?? 0) + 1;
      try {
        await link(claim, join(versions, fileName(number)));
      } catch (error) {
        // A network file system may do the link and lose the reply: two names mean that the number is ours.
        if ((await stat(claim)).nlink === 1) {
          if (hasCode(error, "EEXIST")) continue;
          throw error;
        }
      }
      await syncFolder(versions);
      return number;
    }
  }

  async function* walk(folder: string, before: string, partial: string): AsyncGenerator<StoredObject> {
    const segments = (await segmentsIn(folder)).filter((segment) => segment.name.startsWith(partial));
    // A segment is an object, a folder of further keys, or both. "a" < "a-b" < "a/b": so the two sort apart.
    const steps = segments
      .flatMap((segment) => [
        { key: segment.name, folder: segment.folder, further: false },
        { key: `${segment.name}/`, folder: segment.folder, further: true },
      ])
      .map((step) => ({ ...step, bytes: Buffer.from(step.key) }))
      .sort((a, b) => Buffer.compare(a.bytes, b.bytes));
    for (const step of steps) {
      const key = before + step.key;
      if (step.further) yield* walk(step.folder, key, "");
      else {
        const found = await newest(step.folder);
        if (found && !("deleted" in found.version)) yield stored(key, found.number, found.version);
      }
    }
  }

  return {
    async head(key, versionId) {
      const found = await present(key, versionId);
      return found && stored(key, found.number, found.version);
    },
    async read(key, options: ReadOptions = {}) {
      const { version } = await presentOrThrow(key, options.versionId);
      const [start, end] = options.range ?? [0, Number.MAX_SAFE_INTEGER];
      if (options.range && !(start >= 0 && start < version.sizeBytes && end >= start))
        throw new RangeError("The range begins past the end of the object.");
      const handle = await open(blobPath(blobs, version.blob));
      // 1 MiB a read: with the default of 64 KiB, the calls take as long as hashing what they bring. Less for a small
      // object, since the memory is taken before it is known how much there is to read.
      const highWaterMark = Math.min(version.sizeBytes + 1, 1024 * 1024);
      return handle.createReadStream({ start, end, highWaterMark });
    },
    async write(key, body, condition) {
      const prepare = async (blob: string) => {
        const path = blobPath(blobs, blob);
        await makeDurableFolder(dirname(path));
        return { ...(await writeBlob(path, body)), blob };
      };
      const { number, version } = await commit(key, prepare, condition);
      if ("deleted" in version) throw new Error("unreachable");
      return stored(key, number, version);
    },
    async copy(fromKey, toKey) {
      // Blobs never change, so a copy is a second version that names the same blob.
      const { version } = await presentOrThrow(fromKey);
      const { number } = await commit(toKey, async () => version);
      return stored(toKey, number, version);
    },
    list(prefix) {
      const segments = prefix.split("/");
      const partial = segments.pop()!;
      const before = segments.map((segment) => `${segment}/`).join("");
      return walk(folderOf(keys, segments), before, partial);
    },
    async remove(key) {
      if (await present(key)) await commit(key, async () => ({ deleted: true }));
    },
    async localPath(key, versionId) {
      const { version } = await presentOrThrow(key, versionId);
      return blobPath(blobs, version.blob);
    },
  };
}

// Of a writer that cannot be looked up, only its age tells. No upload takes a day.
const longestWriteMs = 24 * 60 * 60 * 1000;
/** The name of a version's file. */
export const fileName = (number: number) => String(number).padStart(10, "0");
export const blobPath = (blobs: string, id: string) => join(blobs, id.slice(0, 2), id);

function stored(key: string, number: number, version: { etag: string; sizeBytes: number }): StoredObject {
  return { key, sizeBytes: version.sizeBytes, etag: version.etag, versionId: String(number) };
}

function holds(condition: Condition | undefined, current: Numbered | null): boolean {
  if (condition === undefined) return true;
  const etag = current && !("deleted" in current.version) ? current.version.etag : null;
  return "ifNoneMatch" in condition ? etag === null : etag === condition.ifMatch;
}

export async function readVersion(folder: string, number: number): Promise<Numbered | null> {
  try {
    const text = await readFile(join(folder, versionsFolder, fileName(number)), "utf8");
    return { number, version: JSON.parse(text) as Version };
  } catch (error) {
    if (hasCode(error, "ENOENT")) return null;
    throw error;
  }
}

async function writeBlob(path: string, body: Readable | Uint8Array | string) {
  const md5 = createHash("md5");
  let sizeBytes = 0;
  async function* measured() {
    for await (const chunk of typeof body === "string" || body instanceof Uint8Array ? [body] : body) {
      const bytes = typeof chunk === "string" ? Buffer.from(chunk) : (chunk as Uint8Array);
      md5.update(bytes);
      sizeBytes += bytes.length;
      yield bytes;
    }
  }
  const handle = await open(path, "wx", 0o444);
  try {
    await handle.writeFile(measured());
    await handle.sync();
  } finally {
    await handle.close();
  }
  await syncFolder(dirname(path));
  return { etag: md5.digest("hex"), sizeBytes };
}

/** mkdir -p whose every new folder survives a power failure. */
async function makeDurableFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true });
  if (first === undefined) return;
  for (let made = folder; made.length >= first.length; made = dirname(made)) await syncFolder(dirname(made));
}

export async function unlinkIfThere(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (!hasCode(error, "ENOENT")) throw error;
  }
}

/** Removes the claims of dead writers, with their blobs unless the claim was committed. */
async function sweep(claims: string, blobs: string): Promise<void> {
  for (const name of await readdirOrNone(claims)) {
    const [place, pid, id] = name.split(".");
    const claim = join(claims, name);
    try {
      const found = await stat(claim);
      const isDead =
        place === processPlace ? !isAlive(Number(pid)) : Date.now() - found.mtimeMs > longestWriteMs;
      if (!id || !isDead) continue;
      if (found.nlink === 1) await unlinkIfThere(blobPath(blobs, id));
    } catch (error) {
      if (!hasCode(error, "ENOENT")) throw error;
    }
    await unlinkIfThere(claim);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !hasCode(error, "ESRCH");
  }
}

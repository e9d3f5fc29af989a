import type { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { parseStrictly } from "../formats/strict-json.ts";

/** One version of an object. `etag` is opaque and without quotes; it changes when the bytes do. */
export type StoredObject = { key: string; sizeBytes: number; etag: string; versionId: string };

/** What must hold for a write to count: no object under this key, or the one with this etag. */
export type Condition = { ifNoneMatch: true } | { ifMatch: string };

export type ReadOptions = { versionId?: string; range?: [firstByte: number, lastByteInclusive: number] };

/**
 * A versioned bucket: S3 in the cloud, a folder on one machine. Both drivers pass test/store/conformance.test.ts.
 *
 * Reads see the newest committed version at once. A write is visible as a whole or not at all. Keys are what S3 takes:
 * 1 to 1,024 bytes of UTF-8, any characters; other keys throw RangeError.
 */
export interface ObjectStore {
  /** null: no such key or version, or deleted. */
  head(key: string, versionId?: string): Promise<StoredObject | null>;
  /** Throws {@link ObjectMissing}; RangeError when the range begins past the end (a range that ends there is cut). */
  read(key: string, options?: ReadOptions): Promise<Readable>;
  /** Streams with constant memory. Throws {@link ConditionFailed} when another writer was first. */
  write(key: string, body: Readable | Uint8Array | string, condition?: Condition): Promise<StoredObject>;
  /** Copies the newest version without moving bytes through this process. At most 5 GB on S3. Throws {@link ObjectMissing}. */
  copy(fromKey: string, toKey: string): Promise<StoredObject>;
  /** The newest version of every key that begins with `prefix`, in UTF-8 byte order. */
  list(prefix: string): AsyncIterable<StoredObject>;
  /** Hides the key behind a delete marker; older versions stay readable by id. No error when there is no such key. */
  remove(key: string): Promise<void>;
}

/** No such key or version, or deleted. */
export class ObjectMissing extends Error {
  override name = "ObjectMissing";
  readonly key: string;
  constructor(key: string) {
    super(`There is no object ${JSON.stringify(key)}.`);
    this.key = key;
  }
}

/** Another writer was first, or is at work: read again, then decide. */
export class ConditionFailed extends Error {
  override name = "ConditionFailed";
  readonly key: string;
  constructor(key: string) {
    super(`Another writer changed ${JSON.stringify(key)} first.`);
    this.key = key;
  }
}

/** The object is not what its reader expects: too large, or not JSON. */
export class ObjectInvalid extends Error {
  override name = "ObjectInvalid";
  readonly key: string;
  constructor(key: string, problem: string) {
    super(`The object ${JSON.stringify(key)} ${problem}.`);
    this.key = key;
  }
}

/** Whether S3 would take the key. A lone surrogate has no UTF-8, so two such keys could become one. */
export function isKey(key: string): boolean {
  const bytes = Buffer.byteLength(key);
  return bytes >= 1 && bytes <= 1024 && key.isWellFormed();
}

/** Throws RangeError unless S3 would take the key. */
export function checkKey(key: string): void {
  if (!isKey(key)) throw new RangeError(`An object key must be ${keyExpectation}.`);
}

/** Completes "A key must be …". */
export const keyExpectation = "1 to 1,024 bytes of well-formed Unicode";

// Every JSON that we read as a whole is a manifest, a verdict or metrics: kilobytes. Far above that, something is wrong.
const jsonLimitBytes = 16 * 1024 * 1024;

/**
 * Reads a small JSON object as a whole.
 *
 * Throws {@link ObjectMissing}, or {@link ObjectInvalid} when it is larger than `maxBytes`, not JSON, or has a key twice; the message
 * never quotes the content. The caller checks the value at its own door.
 */
export async function readJson(
  store: ObjectStore,
  key: string,
  options: { versionId?: string; maxBytes?: number } = {},
): Promise<unknown> {
  const maxBytes = options.maxBytes ?? jsonLimitBytes;
  const found = await store.head(key, options.versionId);
  if (!found) throw new ObjectMissing(key);
  if (found.sizeBytes > maxBytes) throw new ObjectInvalid(key, `is larger than ${maxBytes} bytes`);
  // The version that was measured is the one that is read.
  const text = (await buffer(await store.read(key, { versionId: found.versionId }))).toString("utf8");
  try {
    return parseStrictly(text);
  } catch (error) {
    throw new ObjectInvalid(key, (error as SyntaxError).message);
  }
}

/** Writes a small JSON object. */
export function writeJson(
  store: ObjectStore,
  key: string,
  value: unknown,
  condition?: Condition,
): Promise<StoredObject> {
  return store.write(key, `${JSON.stringify(value, null, 2)}\n`, condition);
}

import { buffer } from "node:stream/consumers";
import { ConditionFailed, type ObjectStore, writeJson } from "../../store/store.ts";
import { DigestMap } from "../sides/digest-map.ts";

const KEY_BYTES = 16;
// A shard's header lists two tensors and two digests: under a kilobyte. Far above that it is not a shard.
const MAX_HEADER_BYTES = 1024 * 1024;

/** A map of text digests in which nothing is stored yet. */
export function emptyTexts(): DigestMap {
  return new DigestMap({ bits: 128, values: Uint8Array });
}

/**
 * The digests of all texts that have a vector in the embedding store below `prefix`, read from the shards' `keys`
 * tensors alone; each has the value 0. A shard that is not one counts as absent, so that its texts are embedded again.
 */
export async function storedTexts(store: ObjectStore, prefix: string): Promise<DigestMap> {
  const texts = emptyTexts();
  for await (const shard of store.list(`${prefix}shards/`))
    if (shard.key.endsWith(".safetensors")) await readKeys(store, shard.key, shard.sizeBytes, texts);
  return texts;
}

/** Puts store.json, so that the embedding job's input prefix is never empty: SageMaker refuses an empty one. */
export async function ensureEmbeddingStore(store: ObjectStore, prefix: string, embeddingKey: string) {
  const key = `${prefix}store.json`;
  if (await store.head(key)) return;
  try {
    await writeJson(store, key, { embeddingKey }, { ifNoneMatch: true });
  } catch (error) {
    // Another execution put it first: the same content.
    if (!(error instanceof ConditionFailed)) throw error;
  }
}

async function readKeys(store: ObjectStore, key: string, sizeBytes: number, texts: DigestMap) {
  if (sizeBytes < 8) return;
  const headerBytes = Number((await readRange(store, key, 0, 8)).readBigUInt64LE());
  if (headerBytes > MAX_HEADER_BYTES || 8 + headerBytes > sizeBytes) return;
  const extent = keysExtent(await readRange(store, key, 8, headerBytes));
  if (!extent || 8 + headerBytes + extent.end > sizeBytes || extent.end === extent.begin) return;
  const keys = await readRange(store, key, 8 + headerBytes + extent.begin, extent.end - extent.begin);
  for (let at = 0; at < keys.length; at += KEY_BYTES) texts.set(keys.toString("hex", at, at + KEY_BYTES), 0);
}

/** Where the `keys` tensor, uint8 [n, 16], lies behind the header; null when the header does not describe one. */
function keysExtent(header: Buffer): { begin: number; end: number } | null {
  let described: unknown;
  try {
    described = JSON.parse(header.toString("utf8"));
  } catch {
    return null;
  }
  const keys = (described as { keys?: { dtype?: unknown; data_offsets?: unknown } } | null)?.keys;
  if (keys?.dtype !== "U8" || !Array.isArray(keys.data_offsets)) return null;
  const [begin, end] = keys.data_offsets as unknown[];
  if (!Number.isSafeInteger(begin) || !Number.isSafeInteger(end)) return null;
  const extent = { begin: begin as number, end: end as number };
  return extent.begin >= 0 && extent.end >= extent.begin && (extent.end - extent.begin) % KEY_BYTES === 0
    ? extent
    : null;
}

async function readRange(store: ObjectStore, key: string, from: number, bytes: number): Promise<Buffer> {
  if (bytes === 0) return Buffer.alloc(0);
  return buffer(await store.read(key, { range: [from, from + bytes - 1] }));
}

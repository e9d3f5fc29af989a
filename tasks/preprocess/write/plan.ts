import { buffer } from "node:stream/consumers";
import { headerLength, parseHeader, type Tensor } from "../../formats/safetensors-header.ts";
import { ConditionFailed, type ObjectStore, writeJson } from "../../store/store.ts";
import { type DigestMap, emptyTexts } from "../sides/digest-map.ts";

const KEY_BYTES = 16;
// A shard's header lists two tensors and two digests: under a kilobyte. Far above that it is not a shard.
const MAX_HEADER_BYTES = 1024 * 1024;

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
  const extent = await keysExtent(store, key, sizeBytes);
  if (!extent) return;
  const keys = await readRange(store, key, extent.begin, extent.end - extent.begin);
  for (let at = 0; at < keys.length; at += KEY_BYTES) texts.set(keys.toString("hex", at, at + KEY_BYTES), 0);
}

/** Where the `keys` tensor, uint8 [n, 16], lies in the object; null when its header does not describe one. */
async function keysExtent(store: ObjectStore, key: string, sizeBytes: number): Promise<Tensor | null> {
  const notAShard = new Error("not a shard");
  const refuse = () => notAShard;
  try {
    if (sizeBytes < 8) return null;
    const length = headerLength(await readRange(store, key, 0, 8), refuse);
    if (length > MAX_HEADER_BYTES || 8 + length > sizeBytes) return null;
    const keys = parseHeader(await readRange(store, key, 8, length), refuse).get("keys");
    const isWhole =
      keys?.dtype === "U8" &&
      keys.end >= keys.begin &&
      keys.end <= sizeBytes &&
      (keys.end - keys.begin) % KEY_BYTES === 0;
    return isWhole ? keys : null;
  } catch (error) {
    if (error === notAShard) return null;
    throw error;
  }
}

async function readRange(store: ObjectStore, key: string, from: number, bytes: number): Promise<Buffer> {
  if (bytes === 0) return Buffer.alloc(0);
  return buffer(await store.read(key, { range: [from, from + bytes - 1] }));
}

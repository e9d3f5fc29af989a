// What SageMaker unpacks to /opt/ml/model: one bundle, as containers/serve reads it (manifest.json, labels.json and the
// model's folder; no embeddings). Made by Publish and not by Promote, so that nothing of it can fail a promotion.
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { constants, createGzip } from "node:zlib";
import { NamedError } from "../../schemas/tables/errors.ts";
import { kindOf, wordsOf } from "../../schemas/tables/kinds.ts";
import type { BundleManifest } from "../../schemas/types.ts";
import { type KeptKeys, keptKeys } from "../models/kept-keys.ts";
import { type Member, readArchive } from "../promote/archive.ts";
import { labelsText } from "../store/label-set.ts";
import { ObjectInvalid, ObjectMissing, type ObjectStore } from "../store/store.ts";
import { notWhole, readBundleManifest } from "./bundle-manifest.ts";

const blockBytes = 512;

/**
 * Makes the archive of a version, once: a version never changes, and the archive is there as a whole or not at all.
 *
 * @returns its key. Throws PublicationFailed when what was kept of the version is not what was promoted.
 */
export async function makeModelData(
  store: ObjectStore,
  { model, version }: { model: string; version: string },
): Promise<string> {
  const keys = keptKeys({ model }, version);
  if (await store.head(keys.serving)) return keys.serving;
  try {
    const manifest = await readBundleManifest(store, keys, version);
    const gzip = createGzip({ level: constants.Z_BEST_SPEED });
    const packing = pipeline(Readable.from(packed(store, keys, manifest)), gzip);
    // Its error is what the store's reading of it throws.
    packing.catch(() => undefined);
    await store.write(keys.serving, gzip);
    await packing;
    return keys.serving;
  } catch (error) {
    if (error instanceof ObjectMissing || error instanceof ObjectInvalid) throw notWhole(version, error);
    if (error instanceof NamedError) throw new NamedError("PublicationFailed", error.message);
    throw error;
  }
}

/** A tar of the bundle, without its embeddings. Every file is checked against the manifest before the tar ends. */
async function* packed(
  store: ObjectStore,
  { archive }: KeptKeys,
  { text, manifest }: { text: Buffer; manifest: BundleManifest },
): AsyncGenerator<Buffer> {
  const { modelFolder } = wordsOf(kindOf(manifest));
  yield* packedFile("manifest.json", text);
  const labels = Buffer.from(labelsText(manifest.labels));
  requireFile(manifest, "labels.json", labels.length, sha256(labels));
  yield* packedFile("labels.json", labels);
  const missing = new Set(Object.keys(manifest.files).filter((path) => path.startsWith(`${modelFolder}/`)));
  for await (const member of readArchive(await store.read(archive), manifest.model)) {
    const path = `${modelFolder}/${member.name}`;
    yield* packedMember(path, member, manifest);
    missing.delete(path);
  }
  if (missing.size > 0) throw new ObjectInvalid(archive, "lacks a file of the bundle");
  yield Buffer.alloc(2 * blockBytes);
}

async function* packedMember(
  path: string,
  { sizeBytes, content }: Member,
  manifest: BundleManifest,
): AsyncGenerator<Buffer> {
  yield header(path, sizeBytes);
  const hash = createHash("sha256");
  for await (const chunk of content) {
    hash.update(chunk);
    yield chunk;
  }
  requireFile(manifest, path, sizeBytes, hash.digest("hex"));
  yield padding(sizeBytes);
}

function* packedFile(path: string, content: Buffer): Generator<Buffer> {
  yield header(path, content.length);
  yield content;
  yield padding(content.length);
}

function requireFile(manifest: BundleManifest, path: string, sizeBytes: number, digest: string): void {
  const file = manifest.files[path];
  if (file?.sizeBytes !== sizeBytes || file.sha256 !== digest)
    throw new NamedError("PublicationFailed", "A file of the kept model is not the one that was promoted.");
}

const sha256 = (content: Buffer) => createHash("sha256").update(content).digest("hex");
const padding = (sizeBytes: number) => Buffer.alloc((blockBytes - (sizeBytes % blockBytes)) % blockBytes);

/** A ustar header: a plain file, read-only, of no owner and no time, so that equal bundles make equal archives. */
function header(path: string, sizeBytes: number): Buffer {
  const block = Buffer.alloc(blockBytes);
  const octal = (value: number, width: number) => `${value.toString(8).padStart(width - 1, "0")}\0`;
  block.write(path, 0, 100, "latin1");
  block.write(
    octal(0o444, 8) + octal(0, 8) + octal(0, 8) + octal(sizeBytes, 12) + octal(0, 12),
    100,
    "latin1",
  );
  block.write(" ".repeat(8), 148, "latin1");
  block.write("0", 156, "latin1");
  block.write("ustar\x0000", 257, "latin1");
  const checksum = block.reduce((sum, byte) => sum + byte, 0);
  block.write(`${checksum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return block;
}

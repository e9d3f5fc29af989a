// A version: models/versions/<version>/ with its manifest.json, which was written last and names every other file.
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import bundleManifestSchema from "../../schemas/models/bundle-manifest.schema.json" with { type: "json" };
import type { BundleManifest } from "../../schemas/types.ts";
import { door } from "../lambda/door.ts";
import { orNull, textOf } from "./durable.ts";
import type { Layout } from "./layout.ts";

const checkManifest = door<BundleManifest>(bundleManifestSchema, {
  what: "The bundle's manifest",
  name: "ChampionUnreadable",
});

export type BundleFiles = BundleManifest["files"];

/** The digest of a bundle: SHA-256 of its sorted "sha256  path" lines. */
export function bundleDigest(files: BundleFiles): string {
  const lines = Object.entries(files).map(([path, file]) => `${file.sha256}  ${path}\n`);
  return createHash("sha256").update(lines.sort().join("")).digest("hex");
}

/** A version is not what its manifest says; `message` completes "The bundle … ". */
export class BundleDamaged extends Error {
  override name = "BundleDamaged";
}

/** A version's manifest. Throws {@link BundleDamaged}, or what the file system says. */
export async function readManifest(at: Layout, version: string): Promise<BundleManifest> {
  const text = await textOf(at.manifest(version));
  if (text === null) throw new BundleDamaged("has no manifest");
  const manifest = parseManifest(text);
  if (manifest.version !== version) throw new BundleDamaged("has another version's manifest");
  if (manifest.digest !== bundleDigest(manifest.files))
    throw new BundleDamaged("has a manifest with a wrong digest");
  return manifest;
}

function parseManifest(text: string): BundleManifest {
  try {
    return checkManifest(JSON.parse(text));
  } catch {
    throw new BundleDamaged("has a manifest that is not valid");
  }
}

/** Checks that every file is there with its size, and no other: as many reads as files, of any size. */
export async function checkSizes(at: Layout, manifest: BundleManifest): Promise<void> {
  const folder = at.version(manifest.version);
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = found
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
  if (paths.length !== Object.keys(manifest.files).length + 1)
    throw new BundleDamaged("has missing or foreign files");
  for (const [path, file] of Object.entries(manifest.files)) {
    const stat = await orNull(lstat(join(folder, path)));
    if (!stat?.isFile() || stat.size !== file.sizeBytes)
      throw new BundleDamaged(`has a changed file, ${path}`);
  }
}

/** Reads every file of a version and checks its SHA-256. @returns the manifest. Throws as {@link readManifest}. */
export async function verifyBundle(at: Layout, version: string): Promise<BundleManifest> {
  const manifest = await readManifest(at, version);
  await checkSizes(at, manifest);
  for (const [path, file] of Object.entries(manifest.files))
    if ((await sha256Of(join(at.version(version), path), file.sizeBytes)) !== file.sha256)
      throw new BundleDamaged(`has a changed file, ${path}`);
  return manifest;
}

async function sha256Of(path: string, sizeBytes: number): Promise<string> {
  const hash = createHash("sha256");
  // 1 MiB a read: with the default of 64 KiB, the calls take as long as the hashing. Less for a small file, since the
  // memory is taken before it is known how much there is to read.
  const highWaterMark = Math.min(sizeBytes + 1, 1024 * 1024);
  for await (const chunk of createReadStream(path, { highWaterMark })) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

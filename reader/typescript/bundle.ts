import { createHash } from "node:crypto";
import { type FileHandle, open, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Verified } from "./verified.ts";

/** The models folder is not as a promotion leaves it. The message says what, and what to do. */
export class ModelsError extends Error {
  override name = "ModelsError";
}

/** One version of the model: a folder that never changes, and the manifest that vouches for its files. */
export type Bundle = {
  folder: string;
  version: string;
  /** The execution that trained it. */
  execution: string;
  labels: string[];
  files: Record<string, { sha256: string; sizeBytes: number }>;
  /**
   * A file's bytes, which are those that were promoted: hashed on their way, unless that has been done before.
   *
   * Throws ModelsError when they are not, or the bundle has no such file; ENOENT or ESTALE when the version was removed
   * meanwhile.
   */
  read(name: string): Promise<Buffer>;
  /** Throws as `read`, without the parser's words, which may quote the file. */
  readJson(name: string): Promise<unknown>;
};

const fileName = /^[A-Za-z0-9][A-Za-z0-9._-]*(\/[A-Za-z0-9][A-Za-z0-9._-]*)*$/;
const remedy = "Roll back, or restore it from a backup.";

/**
 * Reads the manifest of models/versions/<version>. Its digest, of which the version's name holds the beginning, binds
 * every file. Throws as {@link Bundle.read}.
 */
export async function openBundle(folder: string, verified: Verified | null): Promise<Bundle> {
  const version = basename(folder);
  const manifest = parse(await readFile(join(folder, "manifest.json"))) as Manifest | null | undefined;
  if (!manifest || !isWhole(manifest, version))
    throw new ModelsError(`The bundle ${version} has a damaged manifest. ${remedy}`);
  const { execution, labels, files } = manifest;
  const bundle: Bundle = {
    folder,
    version,
    execution,
    labels,
    files,
    async read(name) {
      const expected = Object.hasOwn(files, name) ? files[name] : undefined;
      if (!expected) throw new ModelsError(`The bundle ${version} has no file ${name}.`);
      const file = await open(join(folder, name));
      try {
        const status = await file.stat({ bigint: true });
        const known = (await verified?.knows(version, name, status)) ?? false;
        const content = await contentOf(file, expected.sizeBytes);
        if (!content || !(known || sha256Of(content) === expected.sha256))
          throw new ModelsError(`The bundle ${version} has a damaged file, ${name}. ${remedy}`);
        if (!known) await verified?.remember(version, name, status);
        return content;
      } finally {
        await file.close();
      }
    },
    async readJson(name) {
      const value = parse(await bundle.read(name));
      if (value === undefined)
        throw new ModelsError(`The bundle ${version} has a file that is not JSON, ${name}.`);
      return value;
    },
  };
  return bundle;
}

type Manifest = Pick<Bundle, "version" | "execution" | "labels" | "files"> & { digest: string };

function parse(text: Buffer): unknown {
  try {
    return JSON.parse(text.toString("utf8"));
  } catch {
    return undefined;
  }
}

function isWhole(manifest: Manifest, version: string): boolean {
  const files = Object.entries(manifest.files ?? {});
  const lines = files.map(([name, file]) => `${file?.sha256}  ${name}\n`).sort();
  const digest = createHash("sha256").update(lines.join("")).digest("hex");
  return (
    manifest.digest === digest &&
    manifest.version === version &&
    version.endsWith(`-${digest.slice(0, 12)}`) &&
    files.every(([name, file]) => fileName.test(name) && Number.isSafeInteger(file.sizeBytes))
  );
}

/** All bytes of a file; null when they are not as many as expected. `readFile` would end at 2 GiB. */
async function contentOf(file: FileHandle, sizeBytes: number): Promise<Buffer | null> {
  if ((await file.stat()).size !== sizeBytes) return null;
  const content = Buffer.allocUnsafe(sizeBytes);
  for (let at = 0; at < sizeBytes; ) {
    const { bytesRead } = await file.read(content, at, Math.min(sizeBytes - at, 2 ** 24), at);
    if (bytesRead === 0) return null;
    at += bytesRead;
  }
  return content;
}

function sha256Of(content: Buffer): string {
  const hash = createHash("sha256");
  // One update takes at most 2 GiB.
  for (let at = 0; at < content.length; at += 2 ** 24) hash.update(content.subarray(at, at + 2 ** 24));
  return hash.digest("hex");
}

// Gives back the space of versions that no one can want any more, which S3's lifecycle rules do in AWS. The store never
// changes what it has; only this removes anything from a bucket's folder, and only what it is told.
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { segmentsIn, versionsFolder } from "./file-names.ts";
import { readdirOrNone } from "./folders.ts";
import { blobPath, type FileStore, fileName, readVersion, unlinkIfThere } from "./fs.ts";

/** A version as it lies on the disk. `isHidden`: the key's newest version is a delete marker. */
export type StoredVersion = {
  key: string;
  number: number;
  /** null: a delete marker. */
  blob: string | null;
  sizeBytes: number;
  isHidden: boolean;
  folder: string;
};

/** Every version of every key. */
export async function* versionsOf(root: string, bucket: string): AsyncGenerator<StoredVersion> {
  yield* walk(join(root, bucket, "keys"), "");
}

async function* walk(folder: string, before: string): AsyncGenerator<StoredVersion> {
  for (const segment of await segmentsIn(folder)) {
    const key = before + segment.name;
    const found: StoredVersion[] = [];
    for (const name of await readdirOrNone(join(segment.folder, versionsFolder))) {
      const read = await readVersion(segment.folder, Number(name));
      if (!read) continue;
      const { number, version } = read;
      const [blob, sizeBytes] = "deleted" in version ? [null, 0] : [version.blob, version.sizeBytes];
      found.push({ key, number, blob, sizeBytes, isHidden: false, folder: segment.folder });
    }
    const newest = found.reduce<StoredVersion | undefined>(
      (best, one) => (best && best.number > one.number ? best : one),
      undefined,
    );
    for (const version of found) yield { ...version, isHidden: newest?.blob === null };
    yield* walk(segment.folder, `${key}/`);
  }
}

export type Reclaiming = {
  store: FileStore;
  root: string;
  bucket: string;
  /** Which versions go. A key goes as a whole or not at all. */
  goes: (version: StoredVersion) => boolean;
  /** Only counts. */
  isDryRun: boolean;
};

/**
 * Removes versions, and the bytes that nothing names any more; returns how many bytes.
 *
 * Killed anywhere, every key reads as before or is gone, and what lies there without a name goes the next time: first the
 * key is hidden, then its versions go, then the bytes. A write that is under way keeps its bytes: it has a claim from
 * before they exist until its version is there.
 */
export async function reclaim({ store, root, bucket, goes, isDryRun }: Reclaiming): Promise<number> {
  const blobs = await blobsIn(join(root, bucket, "blobs"));
  // In this order: what is claimed no longer is named by a version by then.
  const claims = (await readdirOrNone(join(root, bucket, "claims"))).map((name) => name.split(".")[2]);
  const going: StoredVersion[] = [];
  const named = new Set<string | null | undefined>(claims);
  for await (const version of versionsOf(root, bucket))
    if (version.blob !== null && goes(version)) going.push(version);
    else named.add(version.blob);
  if (!isDryRun) {
    for (const key of new Set(going.filter(({ isHidden }) => !isHidden).map(({ key }) => key)))
      await store.remove(key);
    // The marker, whose number is higher, stays: a number that was used once names nothing else, ever.
    for (const { folder, number } of going)
      await unlinkIfThere(join(folder, versionsFolder, fileName(number)));
    // A copy may have named one of these bytes since.
    for await (const { blob } of versionsOf(root, bucket)) named.add(blob);
  }
  let bytes = 0;
  for (const [id, sizeBytes] of blobs) {
    if (named.has(id)) continue;
    bytes += sizeBytes;
    if (!isDryRun) await unlinkIfThere(blobPath(join(root, bucket, "blobs"), id));
  }
  return bytes;
}

async function blobsIn(folder: string): Promise<Map<string, number>> {
  const blobs = new Map<string, number>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const found = await stat(join(entry.parentPath, entry.name)).catch(() => null);
    if (found) blobs.set(entry.name, found.size);
  }
  return blobs;
}

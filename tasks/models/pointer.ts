// models/current: a symbolic link, derived from the newest generation and moved by rename. It may be behind for a moment,
// or for longer when its mover was killed; it is repaired when it is found so.
import { link, lstat, readlink, rename, symlink } from "node:fs/promises";
import { basename, join } from "node:path";
import { syncFolder } from "../store/folders.ts";
import { isMissing, makeFolder, orNull, renameTo } from "./durable.ts";
import type { Layout } from "./layout.ts";
import { newestEntry } from "./log.ts";
import { discard, stagingPath } from "./staging.ts";

/**
 * Makes `current` and the links next to it what the log says, and reads them back. Nothing to do: a few reads.
 *
 * Between reading the log and renaming, another process may have gone further, and this rename may have set the pointer
 * back: so the log is read again until both agree.
 */
export async function repairPointer(at: Layout): Promise<void> {
  for (;;) {
    const newest = await newestEntry(at);
    if (!newest) return;
    const target = join("versions", newest.version);
    if ((await linkTarget(at.current)) === target) break;
    await pointAt(at, at.current, target);
  }
  for (const seed of at.seeds) {
    const target = join("current", seed.name);
    if ((await linkTarget(seed.path)) === target) continue;
    if ((await orNull(lstat(join(at.current, seed.name)))) === null) continue;
    await keepLegacy(at, seed.path);
    await pointAt(at, seed.path, target);
  }
}

/** The link's target; null when there is no link there. */
async function linkTarget(path: string): Promise<string | null> {
  const found = await orNull(lstat(path));
  return found?.isSymbolicLink() ? orNull(readlink(path)) : null;
}

async function pointAt(at: Layout, path: string, target: string): Promise<void> {
  const draft = stagingPath(at, "pointer");
  try {
    // A reply that was lost: the draft's name is ours alone.
    await symlink(target, draft).catch(async (error: unknown) => {
      if ((await linkTarget(draft)) !== target) throw error;
    });
    await renameTo(draft, path, async () => (await linkTarget(path)) === target);
  } catch (error) {
    await discard(at, draft).catch(() => undefined);
    throw error;
  }
}

/**
 * Moves a file or folder of the time before this pipeline out of a link's way, and keeps it. A file stays readable
 * throughout; a folder is gone for the moment until the link is there, once in the life of an installation.
 */
async function keepLegacy(at: Layout, path: string): Promise<void> {
  const found = await orNull(lstat(path));
  if (!found || found.isSymbolicLink()) return;
  await makeFolder(at.legacy);
  const kept = join(at.legacy, basename(path));
  try {
    if (found.isDirectory()) await rename(path, kept);
    else await link(path, kept);
  } catch (error) {
    // Another process was first, or this call's reply was lost.
    if (!isMissing(error) && (await orNull(lstat(kept)))?.ino !== found.ino) throw error;
  }
  await syncFolder(at.legacy);
}

import { randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { link, mkdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { UsageError } from "./command.ts";

/**
 * Writes a new file, whole or not at all, and returns its path; in a folder that is there it gets `name`.
 *
 * Throws {@link UsageError} when a file is there already: nothing is overwritten.
 */
export async function saveFile(out: string, name: string, read: () => Promise<Readable>): Promise<string> {
  const found = await stat(out).catch(() => null);
  const target = resolve(found?.isDirectory() ? join(out, name) : out);
  if (found && !found.isDirectory()) throw taken(target);
  const draft = await draftBeside(target);
  try {
    await pipeline(await read(), createWriteStream(draft, { flags: "wx", flush: true }));
    await link(draft, target);
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === "EEXIST" ? taken(target) : error;
  } finally {
    await rm(draft, { force: true });
  }
  return target;
}

/**
 * Fills a new folder, whole or not at all, and returns its path.
 *
 * Throws {@link UsageError} when something is there already that is not an empty folder.
 */
export async function saveFolder(out: string, fill: (folder: string) => Promise<void>): Promise<string> {
  const target = resolve(out);
  const draft = await draftBeside(target);
  await mkdir(draft);
  try {
    await fill(draft);
    // Takes the place of an empty folder, and of nothing else.
    await rename(draft, target);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw code === "ENOTEMPTY" || code === "EEXIST" || code === "ENOTDIR" ? taken(target) : error;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return target;
}

/** A name for what is not whole yet. Not made of the target's, which may be as long as names can be. */
async function draftBeside(target: string): Promise<string> {
  // Said of the folder: nobody has typed the draft's name.
  await stat(dirname(target));
  return join(dirname(target), `.pbp-${randomUUID()}`);
}

const taken = (path: string) =>
  new UsageError(`${path} is there already, and nothing is overwritten. Name another place with --out.`);

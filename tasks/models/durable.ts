// File-system calls that survive a power cut and a lost reply. A network file system may do a link, rename or mkdir and
// then lose the answer: the client retries and is told EEXIST or ENOENT, or gets an error of the wire. So each of them
// is read back, and "already as wanted" is success.
import { mkdir, open, readFile, rename, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { syncFolder } from "../store/folders.ts";

/** The error's code, such as ENOSPC; null for errors that have none. */
export function codeOf(error: unknown): string | null {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : null;
}

export function isMissing(error: unknown): boolean {
  return codeOf(error) === "ENOENT";
}

/** What `read` gives, or null when the file or folder it reads does not exist. */
export async function orNull<T>(read: Promise<T>): Promise<T | null> {
  try {
    return await read;
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** Writes a new file and waits until the disk has it; EEXIST when it exists. */
export async function writeDurably(path: string, content: string | Uint8Array): Promise<void> {
  const file = await open(path, "wx");
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes a folder below an existing one, durably. No error when it is there. */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    const found = await orNull(stat(path));
    if (!found?.isDirectory()) throw error;
    return;
  }
  await syncFolder(dirname(path));
}

/** The same for a folder whose parents may be missing, too. */
export async function makeFolders(path: string): Promise<void> {
  if ((await orNull(stat(path)))?.isDirectory()) return;
  await makeFolders(dirname(path));
  await makeFolder(path);
}

/**
 * Renames, durably in the target's folder. When the call fails, `asWanted` says whether the target nevertheless is what
 * the caller wanted there.
 */
export async function renameTo(from: string, to: string, asWanted: () => Promise<boolean>): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (!(await asWanted().catch(() => false))) throw error;
  }
  await syncFolder(dirname(to));
}

/** A small file's text; null when there is no such file. */
export function textOf(path: string): Promise<string | null> {
  return orNull(readFile(path, "utf8"));
}

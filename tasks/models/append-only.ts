// An append-only log: a folder of numbered entries, <000042>.json. An entry is linked into place from a finished file, and
// only one process can create a name, so the number itself is the compare-and-swap.
import { link, unlink } from "node:fs/promises";
import { join } from "node:path";
import { readdirOrNone, syncFolder } from "../store/folders.ts";
import { textOf, writeDurably } from "./durable.ts";
import { entryName, type Layout } from "./layout.ts";
import { stagingPath } from "./staging.ts";

/** The newest entry's number; 0 when there is none. */
export async function highestNumber(folder: string): Promise<number> {
  return (await readdirOrNone(folder))
    .filter((name) => /^[0-9]{6}\.json$/.test(name))
    .reduce((most, name) => Math.max(most, Number(name.slice(0, 6))), 0);
}

/** What an entry holds, unchecked; undefined when its number was not taken yet. */
export async function readNumber(folder: string, number: number): Promise<unknown> {
  const text = await textOf(join(folder, entryName(number)));
  return text === null ? undefined : JSON.parse(text);
}

/**
 * Takes a number.
 *
 * @returns false when another process took it first.
 */
export async function takeNumber(
  at: Layout,
  folder: string,
  number: number,
  entry: object,
): Promise<boolean> {
  const text = `${JSON.stringify(entry, null, 2)}\n`;
  const path = join(folder, entryName(number));
  const draft = stagingPath(at, "entry");
  await writeDurably(draft, text);
  try {
    await link(draft, path);
  } catch (error) {
    const found = await textOf(path);
    if (found === null) throw error;
    if (found !== text) return false;
  } finally {
    // A draft that stays behind is swept later; it must not turn a committed promotion into an error.
    await unlink(draft).catch(() => undefined);
  }
  await syncFolder(folder);
  return true;
}

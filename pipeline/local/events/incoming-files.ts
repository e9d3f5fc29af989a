// What lies in the incoming folder: which entries are exports, and whether somebody still writes to one.
import { constants, createReadStream, type Stats } from "node:fs";
import { lstat, open, readdir, readFile, readlink, realpath } from "node:fs/promises";
import { join } from "node:path";
import { createGunzip } from "node:zlib";
import { below } from "../../../schemas/bucket.ts";
import { isModelName, modelNameExpectation } from "../../../schemas/models/registered-models.ts";
import { ValueScanner } from "../../../tasks/preprocess/read/value-scanner.ts";
import { whyIgnored } from "../../../tasks/start-execution/name.ts";

/**
 * An export in the folder, or in the folder of a registered model below it: `specialty/export.json`. `why` is set for what
 * no execution can be made of, in words for a person.
 */
export type Entry = { name: string; stats: Stats } | { name: string; why: string };

/** Every entry but the watch's own folders, sorted by name. Throws when the folder itself cannot be read. */
export async function entriesOf(folder: string, own: readonly string[] = []): Promise<Entry[]> {
  const entries = await entriesIn(folder, own);
  const found = entries.map(async (entry) => {
    if (!("isModel" in entry)) return [entry];
    const inside = await entriesIn(join(folder, entry.name), []).catch((error: NodeJS.ErrnoException) =>
      error.code === "ENOENT" ? [] : [{ name: "", why: `It cannot be read (${error.code}).` }],
    );
    return inside.map((one): Entry => {
      const name = join(entry.name, one.name);
      return "isModel" in one
        ? { name, why: "It is a folder in a model's folder; put the file into that one." }
        : { ...one, name };
    });
  });
  return (await Promise.all(found)).flat().sort((a, b) => (a.name < b.name ? -1 : 1));
}

type Listed = Entry | { name: string; isModel: true };

async function entriesIn(folder: string, own: readonly string[]): Promise<Listed[]> {
  // As bytes: a name that is not UTF-8 would come as another name, under which there is no file.
  const names = await readdir(Buffer.from(folder), { encoding: "buffer" });
  const entries = await Promise.all(names.map((name) => entryOf(folder, name, own)));
  return entries.filter((entry) => entry !== null);
}

async function entryOf(folder: string, bytes: Buffer, own: readonly string[]): Promise<Listed | null> {
  const name = bytes.toString("utf8");
  if (own.includes(name)) return null;
  if (!Buffer.from(name).equals(bytes)) return { name: escaped(bytes), why: "Its name is not UTF-8." };
  if (name.startsWith("."))
    return { name, why: "A hidden file is a copy under way: rename it when it is whole." };
  let stats: Stats;
  try {
    stats = await lstat(join(folder, name));
    if (stats.isDirectory())
      return isModelName(name)
        ? { name, isModel: true }
        : { name, why: `It is a folder. One for a registered model has ${modelNameExpectation}.` };
    if (stats.isSymbolicLink()) return { name, why: "It is a link; copy the file itself." };
    if (!stats.isFile()) return { name, why: "It is not a regular file." };
    const why = whyIgnored(below("incoming") + name);
    if (why !== null) return { name, why };
    // If it has become a pipe by now, nobody waits for its writer.
    await (await open(join(folder, name), constants.O_RDONLY | constants.O_NONBLOCK)).close();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === "ENOENT" ? null : { name, why: `It cannot be read (${code}).` };
  }
  return { name, stats };
}

/** Bytes that are not ASCII as \xNN. */
function escaped(bytes: Buffer): string {
  return [...bytes]
    .map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\x${byte.toString(16)}`))
    .join("");
}

/**
 * What the end of a file says.
 *
 * whole: nothing can follow, since the JSON object or the gzip is closed. open: nothing is missing, but JSON Lines may go
 * on. cut: it ends in the middle.
 */
export type End = "whole" | "open" | "cut";

const recordsKey = Buffer.from('"records"');
const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);
const isBlank = (byte: number) => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);

/** Reads the whole file, as often as it has changed: what its reader will refuse counts as whole. */
export async function endOf(file: string): Promise<End> {
  const head = await firstBytes(file);
  if (head.length < 2) return "cut";
  const stored = createReadStream(file, { highWaterMark: 1024 * 1024 });
  if (head[0] !== 0x1f || head[1] !== 0x8b) return endOfText(stored);
  const text = stored.pipe(createGunzip());
  stored.once("error", (error) => text.destroy(error));
  try {
    const end = await endOfText(text);
    // The checksum behind the last line was there.
    return end === "open" ? "whole" : end;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "Z_BUF_ERROR") return "cut";
    if (code?.startsWith("Z_")) return "whole";
    throw error;
  }
}

async function firstBytes(file: string): Promise<Buffer> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

async function endOfText(text: AsyncIterable<Buffer>): Promise<End> {
  const scanner = new ValueScanner();
  let values = 0;
  let isInside = false;
  let hasRecords = false;
  let isFirst = true;
  let tail: Buffer = Buffer.alloc(0);
  for await (const chunk of text) {
    if (isFirst && byteOrderMark.subarray(0, chunk.length).equals(chunk)) return "cut";
    let at = isFirst && chunk.subarray(0, 3).equals(byteOrderMark) ? 3 : 0;
    isFirst = false;
    hasRecords ||= Buffer.concat([tail, chunk]).includes(recordsKey);
    tail = chunk.subarray(-recordsKey.length);
    while (at < chunk.length) {
      if (!isInside) {
        while (at < chunk.length && isBlank(chunk[at]!)) at++;
        if (at === chunk.length) break;
        // No export begins like this.
        if (chunk[at] !== 0x7b) return "whole";
        scanner.begin();
        isInside = true;
      }
      const end = scanner.scan(chunk, at, chunk.length);
      if (end < 0) break;
      isInside = false;
      values++;
      at = end;
    }
  }
  if (isInside || values === 0) return "cut";
  // One object without records is the first line of JSON Lines.
  return values === 1 && hasRecords ? "whole" : "open";
}

/**
 * Whether a process has the file open for writing, as far as this one may see: on Linux those of the same user, and all
 * of them for root. A copy that stalls still has it open.
 */
export async function isBeingWritten(file: string): Promise<boolean> {
  if (process.platform !== "linux") return false;
  const path = await realpath(file);
  for (const pid of await readdir("/proc")) {
    if (!/^\d+$/.test(pid)) continue;
    for (const descriptor of await readdir(`/proc/${pid}/fd`).catch(() => []))
      if ((await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => "")) === path) {
        const information = await readFile(`/proc/${pid}/fdinfo/${descriptor}`, "utf8").catch(() => "");
        // The access mode is the last octal digit: 0 reads, 1 writes, 2 does both.
        if (/^flags:\s*\d*[12]$/m.test(information)) return true;
      }
  }
  return false;
}

// From bytes to lines. Readers of lines in the standard library also end them at U+2028, which notes contain.
import type { Readable } from "node:stream";
import type { SourceFile } from "./files.ts";
import { refusal } from "./refusal.ts";

/** More in one line is no record of a text. */
const LONGEST_LINE = 64 * 2 ** 20;

/** How files of Excel (xls) and Word (doc) began before 2007. */
const OLD_OFFICE = Buffer.from("d0cf11e0", "hex");

export type Line = { text: string; number: number };

/** The text of a file in pieces: UTF-8 or UTF-16, or what `encoding` says. The mark is left out, unless it is kept. */
export async function* textOf(
  file: SourceFile,
  encoding?: string,
  keepsMark = false,
): AsyncGenerator<string> {
  let decoder: InstanceType<typeof TextDecoder> | undefined;
  let bytes = 0;
  const stream: Readable = await file.open();
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      if (!decoder && chunk.subarray(0, 4).equals(OLD_OFFICE))
        throw refusal(
          file.name,
          "expected text, found a file of Excel before 2007. Save it as xlsx or as CSV.",
        );
      decoder ??= new TextDecoder(encoding ?? markedEncoding(chunk), { fatal: true, ignoreBOM: keepsMark });
      yield decode(() => decoder!.decode(chunk, { stream: true }), file, bytes);
      bytes += chunk.length;
    }
    yield decode(() => decoder?.decode() ?? "", file, bytes);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw code?.startsWith("Z_") ? refusal(file.name, "expected whole gzip data. Download it again.") : error;
  }
}

function markedEncoding(head: Buffer): string {
  if (head[0] === 0xff && head[1] === 0xfe) return "utf-16le";
  if (head[0] === 0xfe && head[1] === 0xff) return "utf-16be";
  // Without a mark: no text has the character 0, and most begin with one of ASCII.
  if (head[0] !== 0 && head[1] === 0) return "utf-16le";
  if (head[0] === 0 && head[1] !== 0) return "utf-16be";
  return "utf-8";
}

function decode(read: () => string, { name }: SourceFile, position: number): string {
  try {
    return read();
  } catch {
    throw refusal(
      name,
      `expected UTF-8 text behind byte ${position}. Save it as UTF-8 (if a Windows program wrote it: iconv -f WINDOWS-1252 -t UTF-8 FILE).`,
    );
  }
}

const knownUnicode = new WeakMap<SourceFile, Promise<boolean>>();

/** Whether all of a file is UTF-8 or UTF-16. It is read for that once. */
export function isUnicode(file: SourceFile): Promise<boolean> {
  const found = knownUnicode.get(file) ?? decodes(file);
  knownUnicode.set(file, found);
  return found;
}

async function decodes(file: SourceFile): Promise<boolean> {
  try {
    for await (const _ of textOf(file)) void _;
    return true;
  } catch (error) {
    if ((error as Error).name === "InvalidExport") return false;
    throw error;
  }
}

/** The lines of a file, without their ends; the last one may lack its own. Numbers count from 1. */
export async function* linesOf(file: SourceFile, encoding?: string): AsyncGenerator<Line> {
  for await (const lines of lineBatchesOf(file, encoding)) yield* lines;
}

/** The same, as many as came at once: where lines are as short as words, waiting for each takes longer than reading it. */
export async function* lineBatchesOf(file: SourceFile, encoding?: string): AsyncGenerator<Line[]> {
  // Of a long line, in the pieces that it came in: put together and searched once.
  let rest: string[] = [];
  let length = 0;
  let number = 0;
  const line = (text: string): Line => ({
    text: text.endsWith("\r") ? text.slice(0, -1) : text,
    number: ++number,
  });
  for await (const piece of textOf(file, encoding)) {
    const [first = "", ...parts] = piece.split("\n");
    rest.push(first);
    length += first.length;
    if (parts.length > 0) {
      const [whole, last] = [rest.join(""), parts.pop()!];
      [rest, length] = [[last], last.length];
      yield [whole, ...parts].map(line);
    }
    if (length > LONGEST_LINE)
      throw refusal(
        `${file.name}, line ${number + 1}`,
        "expected a line of less than 64 MB. One record a line, or a list of records, is read; other JSON is not.",
      );
  }
  if (length > 0) yield [line(rest.join(""))];
}

/** All of a file that is small by its nature: one document. */
export async function wholeText(file: SourceFile, { keepsMark = false } = {}): Promise<string> {
  let text = "";
  for await (const piece of textOf(file, undefined, keepsMark)) {
    text += piece;
    if (text.length > LONGEST_LINE) throw refusal(file.name, "expected a document of less than 64 MB.");
  }
  return text;
}

// From bytes to lines. Readers of lines in the standard library also end them at U+2028, which notes contain.
import type { Readable } from "node:stream";
import type { SourceFile } from "./files.ts";
import { refusal } from "./refusal.ts";

/** More in one line is no record of a text. */
const LONGEST_LINE = 64 * 2 ** 20;

export type Line = { text: string; number: number };

/** The text of a file in pieces: UTF-8 or UTF-16 with a byte order mark, or what `encoding` says. The mark is left out. */
export async function* textOf(file: SourceFile, encoding?: string): AsyncGenerator<string> {
  let decoder: InstanceType<typeof TextDecoder> | undefined;
  let bytes = 0;
  const stream: Readable = await file.open();
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      decoder ??= new TextDecoder(encoding ?? markedEncoding(chunk), { fatal: true });
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
  return "utf-8";
}

function decode(read: () => string, { name }: SourceFile, position: number): string {
  try {
    return read();
  } catch {
    throw refusal(name, `expected UTF-8 text behind byte ${position}. Save it as UTF-8 (iconv -t UTF-8).`);
  }
}

/** Whether all of a file is UTF-8, or UTF-16 with a mark. */
export async function isUnicode(file: SourceFile): Promise<boolean> {
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
  let rest = "";
  let number = 0;
  const line = (text: string): Line => ({
    text: text.endsWith("\r") ? text.slice(0, -1) : text,
    number: ++number,
  });
  for await (const piece of textOf(file, encoding)) {
    const parts = (rest + piece).split("\n");
    rest = parts.pop()!;
    if (rest.length > LONGEST_LINE)
      throw refusal(`${file.name}, line ${number + 1}`, "expected a line of less than 64 MB.");
    yield parts.map(line);
  }
  if (rest !== "") yield [line(rest)];
}

/** All of a file that is small by its nature: one document. */
export async function wholeText(file: SourceFile): Promise<string> {
  let text = "";
  for await (const piece of textOf(file)) {
    text += piece;
    if (text.length > LONGEST_LINE) throw refusal(file.name, "expected a document of less than 64 MB.");
  }
  return text;
}

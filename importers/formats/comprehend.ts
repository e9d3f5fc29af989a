// Amazon Comprehend's entity lists: documents as text, and a CSV that says what is where in them. Its classes are a table
// without a head (tables.ts), its manifests those of Ground Truth (ground-truth.ts).
import type { SourceFile } from "../files.ts";
import type { Format } from "../format.ts";
import type { SourceRecord, SourceSpan } from "../record.ts";
import { refusal } from "../refusal.ts";
import { linesOf, textOf, wholeText } from "../text.ts";

/** As documented, and with whatever blanks people leave out. */
const columns = { file: "file", line: "line", begin: "beginoffset", end: "endoffset", type: "type" };
const plain = (name: string) => name.toLowerCase().replace(/[^a-z]/g, "");

export const comprehend: Format = {
  name: "comprehend",
  title: "Amazon Comprehend entity list",
  units: ["codepoint", "utf16"],
  recognise({ lines }) {
    const names = (lines[0] ?? "")
      .replace(/^\ufeff/, "")
      .split(",")
      .map(plain);
    const wanted = [columns.file, columns.begin, columns.end, columns.type];
    return wanted.every((name) => names.includes(name))
      ? "a head with File, Begin Offset, End Offset, Type"
      : null;
  },
  async *read(files) {
    const lists: SourceFile[] = [];
    for (const file of files) if (await isList(file)) lists.push(file);
    if (lists.length === 0)
      throw refusal(
        "comprehend",
        "expected a CSV with the columns File, Line, Begin Offset, End Offset, Type.",
      );
    const annotated = await annotationsIn(lists);
    for (const file of files) {
      if (lists.includes(file)) continue;
      const own = annotated.get(file.name.replace(/^.*\//, ""));
      yield* own?.isWhole ? wholeDocument(file, own.byLine) : documentsOf(file, own?.byLine);
    }
    const named = new Set(files.map(({ name }) => name.replace(/^.*\//, "")));
    for (const [name, { place }] of annotated)
      if (!named.has(name))
        throw refusal(place, "expected the document that it names among the files. Name its folder too.");
  },
};

async function isList(file: SourceFile): Promise<boolean> {
  for await (const { text } of linesOf(file))
    return comprehend.recognise({ names: [], lines: [text], values: [] }) !== null;
  return false;
}

type Annotated = { place: string; isWhole: boolean; byLine: Map<number, SourceSpan[]> };

/** By document. Held in memory: positions alone. */
async function annotationsIn(lists: readonly SourceFile[]): Promise<Map<string, Annotated>> {
  const { parse } = await import("csv-parse");
  const annotated = new Map<string, Annotated>();
  for (const list of lists) {
    const rows = parse({
      bom: true,
      columns: (head: string[]) => head.map(plain),
      trim: true,
      skip_empty_lines: true,
    });
    void feed(list, rows);
    let number = 1;
    for await (const row of rows as AsyncIterable<Record<string, string>>) {
      const place = `${list.name}, row ${++number}`;
      const [start, end] = [row[columns.begin], row[columns.end]].map(Number);
      const line = row[columns.line];
      const [name, label] = [row[columns.file], row[columns.type]];
      if (!name || !label || !Number.isInteger(start) || !Number.isInteger(end))
        throw refusal(place, "expected a file, two offsets and a type.");
      const own = annotated.get(name) ?? {
        place,
        isWhole: line === undefined || line === "",
        byLine: new Map(),
      };
      annotated.set(name, own);
      const at = own.isWhole ? 0 : Number(line);
      const spans = own.byLine.get(at) ?? [];
      own.byLine.set(at, spans);
      spans.push({ start: start!, end: end!, label });
    }
  }
  return annotated;
}

/** Into a parser of CSV; what breaks while reading breaks the parser too. */
export async function feed(
  file: SourceFile,
  rows: NodeJS.WritableStream & { destroy(error?: Error): void },
  encoding?: string,
) {
  try {
    for await (const piece of textOf(file, encoding))
      if (!rows.write(piece)) await new Promise((resolve) => rows.once("drain", resolve));
    rows.end();
  } catch (error) {
    rows.destroy(error as Error);
  }
}

async function* wholeDocument(
  file: SourceFile,
  byLine: Map<number, SourceSpan[]>,
): AsyncGenerator<SourceRecord> {
  const text = await wholeText(file);
  if (text.trim() !== "")
    yield { place: file.name, id: file.name, text, spans: byLine.get(0) ?? [], fields: {} };
}

/** One document a line; a line of a file that is in the list was looked at. */
async function* documentsOf(
  file: SourceFile,
  byLine?: Map<number, SourceSpan[]>,
): AsyncGenerator<SourceRecord> {
  for await (const { text, number } of linesOf(file)) {
    if (text.trim() === "") continue;
    const record = {
      place: `${file.name}, line ${number}`,
      id: `${file.name}:${number - 1}`,
      text,
      fields: {},
    };
    yield byLine ? { ...record, spans: byLine.get(number - 1) ?? [] } : record;
  }
}

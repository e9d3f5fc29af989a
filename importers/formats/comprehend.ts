// Amazon Comprehend's entity lists: documents as text, and a CSV that says what is where in them. Its classes are a table
// without a head (tables.ts), its manifests those of Ground Truth (ground-truth.ts).
import type { SourceFile } from "../files.ts";
import type { Format } from "../format.ts";
import type { Losses } from "../losses.ts";
import type { SourceRecord, SourceSpan } from "../record.ts";
import { refusal } from "../refusal.ts";
import { linesOf, wholeText } from "../text.ts";
import { rowsOf } from "./tables/rows.ts";

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
  async *read(files, _options, losses) {
    const lists: SourceFile[] = [];
    for (const file of files) if (await isList(file)) lists.push(file);
    if (lists.length === 0)
      throw refusal(
        "comprehend",
        "expected a CSV with the columns File, Line, Begin Offset, End Offset, Type.",
      );
    const annotated = await annotationsIn(lists, losses);
    const areWhole = [...annotated.values()].every(({ isWhole }) => isWhole);
    for (const file of files) {
      if (lists.includes(file)) continue;
      const own = annotated.get(file.name.replace(/^.*\//, ""));
      // A document that the list does not have is of the form that the others are of.
      yield* (own?.isWhole ?? areWhole) ? wholeDocument(file, own?.byLine) : documentsOf(file, own?.byLine);
      for (const spans of own?.byLine.values() ?? [])
        losses.add("entities of lines that their document does not have", own!.place, spans.length);
    }
    const named = new Set(files.map(({ name }) => name.replace(/^.*\//, "")));
    for (const [name, { place }] of annotated)
      if (!named.has(name))
        throw refusal(place, "expected the document that it names among the files. Name its folder too.");
  },
};

async function isList(file: SourceFile): Promise<boolean> {
  for await (const { text } of linesOf(file))
    return (
      comprehend.recognise({ name: file.name, names: [], lines: [text], values: [], named: {} }) !== null
    );
  return false;
}

type Annotated = { place: string; isWhole: boolean; byLine: Map<number, SourceSpan[]> };

/** By document. Held in memory: positions alone. */
async function annotationsIn(lists: readonly SourceFile[], losses: Losses): Promise<Map<string, Annotated>> {
  const annotated = new Map<string, Annotated>();
  for (const list of lists) {
    let names: string[] | undefined;
    for await (const { cells, place } of rowsOf(list, losses, (cell) => plain(cell) === columns.begin)) {
      if (names === undefined) {
        names = cells.map(plain);
        continue;
      }
      const cell = (column: string) => cells[names!.indexOf(column)]?.trim() ?? "";
      const [start, end] = [cell(columns.begin), cell(columns.end)].map(wholeNumber);
      const [line, name, label] = [cell(columns.line), cell(columns.file), cell(columns.type)];
      if (name === "" || label === "" || start === undefined || end === undefined)
        throw refusal(place, "expected a file, two offsets and a type.");
      const own = annotated.get(name) ?? { place, isWhole: line === "", byLine: new Map() };
      annotated.set(name, own);
      const at = own.isWhole ? 0 : wholeNumber(line);
      if (at === undefined) throw refusal(place, "expected the number of a line.");
      const spans = own.byLine.get(at) ?? [];
      own.byLine.set(at, spans);
      spans.push({ start, end, label });
    }
  }
  return annotated;
}

const wholeNumber = (text: string) => (/^\d{1,9}$/.test(text) ? Number(text) : undefined);

async function* wholeDocument(
  file: SourceFile,
  byLine?: Map<number, SourceSpan[]>,
): AsyncGenerator<SourceRecord> {
  const text = await wholeText(file);
  if (text.trim() === "") return;
  const record = { place: file.name, id: file.name, text, fields: {} };
  yield byLine ? { ...record, spans: taken(byLine, 0) } : record;
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
    yield byLine ? { ...record, spans: taken(byLine, number - 1) } : record;
  }
}

/** What is left in the end belongs to no text. */
function taken(byLine: Map<number, SourceSpan[]>, line: number): SourceSpan[] {
  const spans = byLine.get(line) ?? [];
  byLine.delete(line);
  return spans;
}

// An Excel workbook, row by row. The library that reads it does not say which rows are hidden and which cells are errors,
// merged or never computed, and unpacks whatever there is: all this is looked up before.
import { Readable } from "node:stream";
import { promisify } from "node:util";
import type yauzl from "yauzl";
import type { SourceFile } from "../../files.ts";
import type { Losses } from "../../losses.ts";
import { refusal } from "../../refusal.ts";
import type { Row } from "./rows.ts";

/** It is in memory as a whole: three times its unpacked size. A small file may unpack to much. */
const MOST_BYTES = 64 * 2 ** 20;
const MOST_UNPACKED_BYTES = 256 * 2 ** 20;
/** Of a sheet's XML, looked at together; no cell is longer. */
const MOST_TOGETHER = 2 ** 20;
/** Where columns of texts and labels are looked for in merged cells, which may be a whole row of a sheet. */
const MOST_COLUMNS = 100;

const enterAgain = "Format the column as text, and enter it again.";
const spoils = {
  error: `an error of a formula. ${enterAgain}`,
  date: `a date that Excel has made of it. ${enterAgain}`,
  merged: "a cell that is merged with the one above or to its left. Unmerge it, and fill each cell.",
  uncomputed: "a formula whose result is not in the file. Open the workbook in Excel, and save it.",
};

export const isWorkbook = (name: string) => /\.xls[xm]$/i.test(name);

/** @param isName Whether a cell of a head is a name that is looked for: it shows which sheet is meant. */
export async function* rowsOfWorkbook(
  file: SourceFile,
  losses: Losses,
  isName: (cell: string) => boolean,
): AsyncGenerator<Row> {
  const bytes = await bytesOf(file);
  const noWorkbook = (error: unknown) => {
    if ((error as Error).name === "InvalidExport") throw error;
    throw refusal(
      file.name,
      "expected an Excel workbook (xlsx). Open it, and save the sheet as CSV (UTF-8).",
    );
  };
  const marks = await marksIn(bytes, file).catch(noWorkbook);
  const { default: readWorkbook } = await import("read-excel-file/node");
  const sheets = await readWorkbook(Readable.from([bytes])).catch(noWorkbook);
  // A sheet that is a diagram has no data.
  const filled = sheets.filter(({ data }: { data?: unknown[] }) => data !== undefined && data.length > 1);
  const marksOf = (sheet: (typeof sheets)[number]) => marks[sheets.indexOf(sheet)] ?? noMarks();
  const shown = filled.filter((sheet) => !marksOf(sheet).isHidden);
  losses.add("hidden sheets with rows", file.name, filled.length - shown.length);
  losses.add("further sheets with rows", file.name, Math.max(0, shown.length - 1));
  const hasHead = ({ data }: (typeof sheets)[number]) =>
    data.find((row) => row.some((cell) => cell !== null))?.some((cell) => isName(String(cell ?? "")));
  const first = shown.find(hasHead) ?? shown[0];
  if (!first) return;
  const { hidden, spoiled: spoiledCells, merged } = marksOf(first);
  spoilMerged(spoiledCells, merged, first.data.length);
  for (const [index, cells] of first.data.entries()) {
    const place = `${file.name}, row ${index + 1}`;
    if (hidden.has(index + 1)) losses.add("hidden rows, taken as the others are", place);
    const spoiled = new Map(spoiledCells.get(index + 1));
    // A date was a code or a range once: what it was cannot be known any more.
    for (const [column, cell] of cells.entries())
      if ((cell as unknown) instanceof Date) spoiled.set(column, spoils.date);
    yield { cells: cells.map((cell) => String(cell ?? "")), place, spoiled };
  }
}

async function bytesOf(file: SourceFile): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of await file.open()) {
    bytes += (chunk as Buffer).length;
    if (bytes > MOST_BYTES) throw tooLarge(file);
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

const tooLarge = ({ name }: SourceFile) =>
  refusal(name, "expected a workbook of at most 64 MB, 256 MB unpacked. Save the sheet as CSV (UTF-8).");

/** By row from 1, what is wrong in which columns from 0. */
type Spoiled = Map<number, Map<number, string>>;
/** Of a sheet: whether it is hidden, rows that are, cells that are not what was entered, and ranges of merged cells. */
type Marks = { isHidden: boolean; hidden: Set<number>; spoiled: Spoiled; merged: string[] };
const noMarks = (): Marks => ({ isHidden: false, hidden: new Set(), spoiled: new Map(), merged: [] });

/** Of each sheet, in the order of the workbook. */
async function marksIn(bytes: Buffer, file: SourceFile): Promise<Marks[]> {
  const { fromBuffer } = await import("yauzl");
  const options = { lazyEntries: true, validateEntrySizes: true };
  const zip = await promisify<Buffer, yauzl.Options, yauzl.ZipFile>(fromBuffer)(bytes, options);
  const sheets = new Map<string, Marks>();
  const parts = { "xl/workbook.xml": "", "xl/_rels/workbook.xml.rels": "" };
  let unpacked = 0;
  for await (const entry of entriesOf(zip)) {
    // What an archive says of its sizes, it is held to while it is read.
    unpacked += entry.uncompressedSize;
    if (unpacked > MOST_UNPACKED_BYTES) throw tooLarge(file);
    const name = entry.fileName;
    const isSheet = /^xl\/worksheets\/[^/]+\.xml$/.test(name);
    const marks = noMarks();
    for await (const xml of cellsOf(zip, entry)) {
      if (name in parts) parts[name as keyof typeof parts] += xml;
      if (isSheet) addMarks(marks, xml);
    }
    if (isSheet) sheets.set(name, marks);
  }
  const target = new Map(
    tagsIn(parts["xl/_rels/workbook.xml.rels"], "Relationship").map((tag) => [
      attribute(tag, "Id"),
      attribute(tag, "Target")?.replace(/^\/?(xl\/)?/, "xl/"),
    ]),
  );
  return tagsIn(parts["xl/workbook.xml"], "sheet").map((tag) => ({
    ...(sheets.get(target.get(attribute(tag, "r:id")) ?? "") ?? noMarks()),
    isHidden: ["hidden", "veryHidden"].includes(attribute(tag, "state") ?? ""),
  }));
}

async function* entriesOf(zip: yauzl.ZipFile): AsyncGenerator<yauzl.Entry> {
  for (;;) {
    const entry = await new Promise<yauzl.Entry | null>((resolve, reject) => {
      zip.once("error", reject).once("end", () => resolve(null));
      zip.once("entry", resolve);
      zip.readEntry();
    });
    zip.removeAllListeners();
    if (entry === null) return;
    yield entry;
  }
}

/** The XML of an entry in pieces that end before a cell. */
async function* cellsOf(zip: yauzl.ZipFile, entry: yauzl.Entry): AsyncGenerator<string> {
  const open = promisify<yauzl.Entry, Readable>(zip.openReadStream.bind(zip));
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of await open(entry)) {
    rest += decoder.decode(chunk as Buffer, { stream: true });
    const cell = rest.lastIndexOf("<c ");
    const end = cell < 0 && rest.length > MOST_TOGETHER ? rest.lastIndexOf(">") + 1 : Math.max(cell, 0);
    yield rest.slice(0, end);
    rest = rest.slice(end);
  }
  yield rest;
}

function addMarks({ hidden, spoiled, merged }: Marks, xml: string): void {
  const spoilCell = (tag: string, how: string) => {
    const place = placeOf(attribute(tag, "r"));
    if (place) spoil(spoiled, place, how);
  };
  for (const tag of tagsIn(xml, "row"))
    if (["1", "true"].includes(attribute(tag, "hidden") ?? "")) hidden.add(Number(attribute(tag, "r")));
  for (const tag of tagsIn(xml, "c")) if (attribute(tag, "t") === "e") spoilCell(tag, spoils.error);
  // A result that is the empty text has the type str.
  for (const [, tag = ""] of xml.matchAll(uncomputed))
    if (attribute(tag, "t") !== "str") spoilCell(tag, spoils.uncomputed);
  merged.push(...tagsIn(xml, "mergeCell").map((tag) => attribute(tag, "ref") ?? ""));
}

/** All cells of merged ranges but the first are empty in the file, and do not look so. */
function spoilMerged(spoiled: Spoiled, ranges: readonly string[], rows: number): void {
  for (const range of ranges) {
    const [first, last] = range.split(":").map(placeOf);
    if (!first || !last) continue;
    for (let row = first.row; row <= Math.min(last.row, rows); row++)
      for (let column = first.column; column <= Math.min(last.column, MOST_COLUMNS); column++)
        if (row !== first.row || column !== first.column) spoil(spoiled, { row, column }, spoils.merged);
  }
}

function spoil(spoiled: Spoiled, { row, column }: Place, how: string): void {
  spoiled.set(row, (spoiled.get(row) ?? new Map<number, string>()).set(column, how));
}

const uncomputed =
  /(<(?:\w+:)?c\s[^>]*>)\s*<(?:\w+:)?f(?:\s[^>]*)?(?:\/>|>[^<]*<\/(?:\w+:)?f>)\s*(?:<(?:\w+:)?v\s*\/>|<(?:\w+:)?v><\/(?:\w+:)?v>)?\s*<\/(?:\w+:)?c>/g;

type Place = { row: number; column: number };

/** Of a reference such as B12: the row from 1, the column from 0. */
function placeOf(reference = ""): Place | null {
  const [, letters, row] = /^([A-Z]{1,3})(\d{1,7})$/.exec(reference) ?? [];
  if (!letters || !row) return null;
  return {
    row: Number(row),
    column: [...letters].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0) - 1,
  };
}

const tagsIn = (xml: string, name: string) =>
  [...xml.matchAll(new RegExp(`<(?:\\w+:)?${name}\\s[^>]*>`, "g"))].map(([tag]) => tag);

const attribute = (tag: string, name: string) => new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1];

// Tables row by row: CSV and TSV, streamed, and Excel workbooks. Libraries are loaded when they are needed: every start of
// pbp would pay for them.
import type { Transform } from "node:stream";
import type { SourceFile } from "../../files.ts";
import type { Losses } from "../../losses.ts";
import { refusal } from "../../refusal.ts";
import { isUnicode, linesOf, textOf } from "../../text.ts";
import { isWorkbook, rowsOfWorkbook } from "./workbook.ts";

export type Row = {
  cells: string[];
  place: string;
  /** By column, what stands there in place of what was entered. */
  spoiled?: ReadonlyMap<number, string>;
};

/** @param isName Whether a cell of the head is a name that is looked for: it shows what separates the cells. */
export async function* rowsOf(
  file: SourceFile,
  losses: Losses,
  isName: (cell: string) => boolean,
): AsyncGenerator<Row> {
  yield* isWorkbook(file.name) ? rowsOfWorkbook(file, losses, isName) : rowsOfText(file, losses, isName);
}

async function* rowsOfText(
  file: SourceFile,
  losses: Losses,
  isName: (cell: string) => boolean,
): AsyncGenerator<Row> {
  // Excel saves CSV in the code page of its country; most are Western.
  const encoding = (await isUnicode(file)) ? undefined : "windows-1252";
  if (encoding)
    losses.say(
      `${file.name} is not UTF-8: read as Windows-1252. If letters are wrong, save it as CSV UTF-8 and import it again.`,
    );
  const delimiter = await delimiterOf(file, encoding, isName);
  const { parse } = await import("csv-parse");
  const rows = parse({ bom: true, delimiter, relax_column_count: true, skip_empty_lines: true, info: true });
  void feed(file, rows, encoding);
  try {
    let width: number | undefined;
    const doubtful = { count: 0, first: "" };
    for await (const { record, info } of rows as AsyncIterable<{
      record: string[];
      info: { lines: number };
    }>) {
      if (info.lines === 1 && SEPARATOR.test(record.join(delimiter))) continue;
      const place = `${file.name}, line ${info.lines}`;
      width ??= record.length;
      if (delimiter === "\t" && areSeveralRows(record, width) && doubtful.count++ === 0)
        doubtful.first = place;
      yield { cells: record, place };
    }
    if (doubtful.count > 0)
      losses.say(
        `Texts of several lines that look like rows of their own: ${doubtful.count}, first before ${doubtful.first}. If the table was written without quoting, a quote opens in one row and closes in another, and these rows are taken as one: write it again with quotes around every text, and those inside doubled.`,
      );
  } catch (error) {
    const { lines } = error as { lines?: number };
    // The parser's own message quotes the cell. It alone counts lines.
    if (lines === undefined) throw error;
    throw refusal(
      `${file.name}, line ${lines}`,
      "expected quotes that open and close a whole cell, doubled inside of it.",
    );
  }
}

/** Tables of tabs are often written without quoting: a quote of a text may open in one row, and that of another close. */
const areSeveralRows = (cells: readonly string[], width: number) =>
  cells.some((cell) => cell.includes("\n")) &&
  cells
    .join("\t")
    .split("\n")
    .every((line) => line.split("\t").length === width);

/** Into a parser of CSV; what breaks while reading breaks the parser too. */
async function feed(file: SourceFile, rows: Transform, encoding?: string): Promise<void> {
  try {
    for await (const piece of textOf(file, encoding)) {
      if (encoding && UNASSIGNED.test(piece))
        throw refusal(
          file.name,
          "expected UTF-8, or Windows-1252, which has no such bytes. Save it as CSV UTF-8, and import it again.",
        );
      if (!rows.write(piece)) await new Promise((resolve) => rows.once("drain", resolve));
    }
    rows.end();
  } catch (error) {
    rows.destroy(error as Error);
  }
}

/** What the decoder makes of the five bytes that Windows-1252 leaves free; Shift-JIS and its kind are full of them. */
const UNASSIGNED = /[\u0081\u008d\u008f\u0090\u009d]/;

/** Excel's own first line, which says what separates the cells. */
export const SEPARATOR = /^\ufeff?"?sep=(.)"?\s*$/i;

export const delimiters = [",", "\t", ";", "|"];

/** The separator that makes a cell of the head a name that is looked for; without a head it is a comma. */
async function delimiterOf(
  file: SourceFile,
  encoding: string | undefined,
  isName: (cell: string) => boolean,
): Promise<string> {
  for await (const { text } of linesOf(file, encoding))
    if (text.trim() !== "")
      return (
        SEPARATOR.exec(text)?.[1] ??
        delimiters.find((mark) => text.split(mark).some((cell) => isName(unquoted(cell)))) ??
        ","
      );
  return ",";
}

/** A cell of a head, as it stands in the file. */
export const unquoted = (cell: string) =>
  cell
    .replace(/^\ufeff/, "")
    .replaceAll('"', "")
    .trim();

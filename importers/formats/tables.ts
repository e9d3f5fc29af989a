// Tables with a text and its classes a row: CSV, TSV, Excel. Columns are found by their names.

import type { SourceFile } from "../files.ts";
import type { Format, ReadOptions } from "../format.ts";
import type { Losses } from "../losses.ts";
import type { SourceRecord } from "../record.ts";
import { refusal } from "../refusal.ts";
import { isWorkbook, type Row, rowsOf } from "./rows.ts";

const textNames = [
  "text",
  "note",
  "transcription",
  "content",
  "message",
  "body",
  "data",
  "comment",
  "review",
];
const labelNames = [
  "label",
  "labels",
  "class",
  "classes",
  "category",
  "categories",
  "sentiment",
  "specialty",
  "medical_specialty",
];
const idNames = ["id", "recordid", "record_id"];

export const tables: Format = {
  name: "table",
  title: "a table (CSV, TSV, Excel) of texts and classes",
  units: [],
  recognise({ names, lines }) {
    if (names.some(isWorkbook)) return "an Excel workbook";
    const head = lines[0] ?? "";
    const mark = [",", "\t", ";", "|"].find((one) =>
      head.split(one).some((cell) => textNames.includes(plain(cell))),
    );
    if (mark !== undefined) return "a head with a column of texts";
    // Comprehend's classes have no head: NAME,text or A|B,text.
    const isClass = (line: string) => /^[^",\t]{1,128},\s*\S/.test(line);
    return lines.length > 1 &&
      names.every((name) => /\.csv$/i.test(name)) &&
      lines.filter((line) => line !== "").every(isClass)
      ? "lines of a class, a comma and a text, without a head"
      : null;
  },
  async *read(files, options, losses) {
    for (const file of files) yield* recordsOf(file, options, losses);
  },
};

const plain = (cell: string) =>
  cell
    .replace(/^\ufeff/, "")
    .replaceAll('"', "")
    .trim()
    .toLowerCase();

async function* recordsOf(
  file: SourceFile,
  options: ReadOptions,
  losses: Losses,
): AsyncGenerator<SourceRecord> {
  let columns: Columns | undefined;
  for await (const row of rowsOf(file, losses)) {
    if (columns === undefined) {
      columns = columnsOf(row, options);
      if (columns.isHead) continue;
    }
    const record = recordOf(row, columns, losses);
    if (record) yield record;
  }
}

/** Where in a row things stand. `labels`: one column, or several that say 0 or 1. */
type Columns = { isHead: boolean; names: string[]; text: number; id: number; labels: number[] };

function columnsOf({ cells, place }: Row, { textField, labelField, textsOnly }: ReadOptions): Columns {
  const names = cells.map((cell) => cell.replace(/^\ufeff/, "").trim());
  const find = (wanted: string[]) => names.findIndex((name) => wanted.includes(name.toLowerCase()));
  const named = (asked: string) => {
    const index = names.indexOf(asked);
    if (index < 0) throw refusal(place, `expected a column "${asked}" in the head.`);
    return index;
  };
  const text = textField === undefined ? find(textNames) : named(textField);
  if (text < 0) {
    if (labelField === undefined && cells.length === 2)
      return { isHead: false, names: ["label", "text"], text: 1, id: -1, labels: [0] };
    throw refusal(place, "expected a head with a column named text. Name the column with --text-field.");
  }
  if (textsOnly) return { isHead: true, names, text, id: find(idNames), labels: [] };
  const one = labelField === undefined ? find(labelNames) : -1;
  const labels =
    labelField !== undefined
      ? labelField.split(",").map((name) => named(name.trim()))
      : one >= 0
        ? [one]
        : // Columns that say 0 or 1 have their class as their name.
          names.flatMap((name, index) => (index === text || isOther(name) ? [] : [index]));
  if (labels.length === 0)
    throw refusal(place, "expected a column of labels. Name it, or several with commas, with --label-field.");
  return { isHead: true, names, text, id: find(idNames), labels };
}

const isOther = (name: string) => name === "" || idNames.includes(name.toLowerCase());

function recordOf({ cells, place }: Row, columns: Columns, losses: Losses): SourceRecord | null {
  const { names, text, id, labels } = columns;
  const cell = (index: number) => cells[index]?.trim() ?? "";
  if (cell(text) === "") {
    losses.add("rows without a text", place);
    return null;
  }
  const fields = Object.fromEntries(names.map((name, index) => [name, cell(index)]));
  const record = { place, ...(cell(id) !== "" && { id: cell(id) }), text: cells[text]!, fields };
  return {
    ...record,
    ...(labels.length === 1 ? inOne(cell(labels[0]!)) : inSeveral(labels, names, cell, place)),
  };
}

/** doccano joins classes by #, Comprehend by |. */
function inOne(cell: string): Pick<SourceRecord, "classes"> {
  if (cell === "") return {};
  return {
    classes: [...new Set(cell.split(/[#|]/).map((name) => name.trim()))].filter((name) => name !== ""),
  };
}

function inSeveral(
  labels: number[],
  names: string[],
  cell: (index: number) => string,
  place: string,
): Pick<SourceRecord, "classes"> {
  const values = labels.map((index) => cell(index).toLowerCase());
  // A row that says nothing at all was not looked at.
  if (values.every((value) => value === "" || value === "-1")) return {};
  return {
    classes: labels.flatMap((index, at) => {
      const value = values[at]!;
      if (["1", "1.0", "true", "yes", "x"].includes(value)) return [names[index]!];
      if (["0", "0.0", "false", "no", "", "-1"].includes(value)) return [];
      throw refusal(
        place,
        `expected 0 or 1 in the column "${names[index]}". Name the columns of labels with --label-field.`,
      );
    }),
  };
}

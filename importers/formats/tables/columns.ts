// Where in a row of a table things stand, by the names in its head.
import type { ReadOptions } from "../../format.ts";
import { refusal } from "../../refusal.ts";
import { type Row, unquoted } from "./rows.ts";

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

/** Whether a cell of a head names the column of the texts. */
export const namesText = (cell: string) => textNames.includes(unquoted(cell).toLowerCase());
export const isUsualLabel = (name: string) => labelNames.includes(name.toLowerCase());

/** `labels`: one column, or several that say 0 or 1; none where only texts are asked for. */
export type Columns = { isHead: boolean; names: string[]; text: number; id: number; labels: number[] };

/** Comprehend's classes have no head. */
const headless: Columns = { isHead: false, names: ["label", "text"], text: 1, id: -1, labels: [0] };

export function columnsOf({ cells, place }: Row, options: ReadOptions): Columns {
  const names = cells.map(unquoted);
  const named = (asked: string) => {
    const indexes = names.flatMap((name, index) => (name === asked ? [index] : []));
    if (indexes.length === 1) return indexes[0]!;
    throw refusal(
      place,
      indexes.length === 0
        ? `expected a column "${asked}" in the head.`
        : `expected one column "${asked}" in the head, found ${indexes.length}. Rename all but one.`,
    );
  };
  const text = options.textField === undefined ? usual(names, textNames) : named(options.textField);
  if (text < 0 && options.labelField === undefined && cells.length === 2) return headless;
  if (text < 0)
    throw refusal(
      place,
      "expected a head with a column named text, or two cells: a class and a text. Name the column with --text-field, and delete rows above the head; a text with a comma in it needs quotes around it.",
    );
  const found = { isHead: true, names, text, id: usual(names, idNames) };
  if (options.textsOnly) return { ...found, labels: [] };
  const labels =
    options.labelField?.split(",").map((name) => named(name.trim())) ?? labelsIn(names, text, place);
  if (labels.length === 0)
    throw refusal(place, "expected a column of labels. Name it, or several with commas, with --label-field.");
  return { ...found, labels };
}

/** The one that is named most plainly; -1: none. */
function usual(names: string[], wanted: string[]): number {
  const small = names.map((name) => name.toLowerCase());
  const name = wanted.find((one) => small.includes(one));
  return name === undefined ? -1 : small.indexOf(name);
}

function labelsIn(names: string[], text: number, place: string): number[] {
  const found = names.flatMap((name, index) => (isUsualLabel(name) ? [index] : []));
  if (found.length > 1)
    throw refusal(
      place,
      `expected one column of labels, found ${found.length}. Name the one that counts with --label-field; rename those of one name.`,
    );
  if (found.length === 1) return found;
  // Columns that say 0 or 1 have their class as their name.
  const isOther = (name: string) => name === "" || idNames.includes(name.toLowerCase());
  return names.flatMap((name, index) => (index === text || isOther(name) ? [] : [index]));
}

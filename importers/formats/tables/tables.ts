// Tables with a text and its classes a row: CSV, TSV, Excel. Columns are found by their names.
import type { SourceFile } from "../../files.ts";
import type { Format, ReadOptions } from "../../format.ts";
import { Losses } from "../../losses.ts";
import { once } from "../../once.ts";
import type { SourceRecord } from "../../record.ts";
import { refusal } from "../../refusal.ts";
import { answers, ClassSurvey } from "./classes.ts";
import { type Columns, columnsOf, isUsualLabel, namesText } from "./columns.ts";
import { delimiters, type Row, rowsOf, SEPARATOR, unquoted } from "./rows.ts";
import { isWorkbook } from "./workbook.ts";

export const tables: Format = {
  name: "table",
  title: "a table (CSV, TSV, Excel) of texts and classes",
  units: [],
  recognise({ name, lines, named }) {
    if (isWorkbook(name)) return "an Excel workbook";
    const filled = lines.filter((line) => line.trim() !== "" && !SEPARATOR.test(line));
    if (isHead(filled[0] ?? "", named)) return "a head with a column of texts";
    // Comprehend's classes have no head: NAME,text or A|B,text. Whether they are classes, the whole file tells.
    const isClass = (line: string) => /^[^",\t]{1,128},\s*\S/.test(line);
    return filled.length > 1 && /\.csv$/i.test(name) && filled.every(isClass)
      ? "lines of a class, a comma and a text, without a head"
      : null;
  },
  async *read(files, options, losses) {
    const classesIn = classesBy(await surveyed(files, options), losses);
    for (const file of files)
      for await (const { row, columns } of dataIn(file, options, losses)) {
        const record = recordOf(row, columns, options, losses);
        if (record) yield { ...record, ...classesIn(row, columns) };
      }
  },
};

const isTextOf =
  ({ textField }: Pick<ReadOptions, "textField">) =>
  (cell: string) =>
    textField === undefined ? namesText(cell) : cell === textField;

/** Whether a line names a column of texts, whatever parts its cells. */
export const isHead = (line: string, named: Pick<ReadOptions, "textField">) =>
  delimiters.some((mark) => line.split(mark).map(unquoted).some(isTextOf(named)));

type Data = { row: Row; columns: Columns };

/** The rows below the head. Throws InvalidExport for one of another width: a text with a comma would be cut. */
async function* dataIn(file: SourceFile, options: ReadOptions, losses: Losses): AsyncGenerator<Data> {
  let columns: Columns | undefined;
  for await (const row of rowsOf(file, losses, isTextOf(options))) {
    if (columns === undefined) {
      if (row.cells.every((cell) => cell.trim() === "")) continue;
      columns = columnsOf(row, options);
      if (columns.isHead) continue;
    }
    const { cells, place } = row;
    const width = columns.names.length;
    const isLonger = cells.slice(width).some((cell) => cell.trim() !== "");
    const isShorter = cells.length <= Math.max(columns.text, ...columns.labels);
    if ((isLonger || isShorter) && cells.some((cell) => cell.trim() !== ""))
      throw refusal(
        place,
        `expected ${width} cells, as the first row has, found ${cells.length}. A text with a comma or a line break in it needs quotes around it.`,
      );
    for (const column of [columns.text, columns.id, ...columns.labels]) {
      const found = row.spoiled?.get(column);
      if (found !== undefined) throw refusal(place, `expected text, found ${found}`);
    }
    yield { row, columns };
  }
}

function recordOf(
  { cells, place }: Row,
  { names, text, id }: Columns,
  { textsOnly }: ReadOptions,
  losses: Losses,
): SourceRecord | null {
  const cell = (index: number) => cells[index]?.trim() ?? "";
  // Who asks for texts alone is told of each that is missing. Excel adds rows without anything.
  if (cell(text) === "" && !(textsOnly && cells.some((_, index) => cell(index) !== ""))) {
    losses.add("rows without a text", place);
    return null;
  }
  const fields = Object.fromEntries(names.map((name, index) => [name, cell(index)]));
  return { place, ...(cell(id) !== "" && { id: cell(id) }), text: cells[text]!, fields };
}

/** What the cells of classes say, by a reading of all of them. */
const surveyed = once(async (files, options) => {
  const survey = new ClassSurvey(options);
  // What is lost is counted by the reading that yields.
  for (const file of files)
    for await (const { row, columns } of dataIn(file, options, new Losses())) {
      if (columns.isHead && columns.labels.length !== 1) break;
      survey.add(row.cells[columns.labels[0]!]!, { ...row, text: row.cells[columns.text]!, columns });
    }
  return survey;
});

/** How classes stand in the rows. */
function classesBy(
  survey: ClassSurvey,
  losses: Losses,
): (row: Row, columns: Columns) => Pick<SourceRecord, "classes"> {
  const split = survey.split(losses);
  const { saysYesOrNo } = survey;
  return ({ cells, place }, { names, labels }) => {
    const [first] = labels;
    if (first === undefined) return {};
    if (labels.length === 1 && (isUsualLabel(names[first]!) || !saysYesOrNo)) {
      const cell = cells[first]?.trim() ?? "";
      return cell === "" ? {} : { classes: split(cell) };
    }
    return answers(
      labels.map((index) => ({ name: names[index]!, cell: cells[index] ?? "" })),
      place,
    );
  };
}

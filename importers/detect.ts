import { Readable } from "node:stream";
import type { SourceFile } from "./files.ts";
import { type Format, isObject, isText, type Sample } from "./format.ts";
import { explains, huggingFace } from "./formats/hugging-face.ts";
import { formats } from "./formats.ts";
import { jsonValuesOf } from "./json-values.ts";
import { refusal } from "./refusal.ts";
import { textOf } from "./text.ts";

/** How much of a file is looked at: a manifest may begin with hundreds of lines that nobody has labelled. */
const HEAD = 4 * 2 ** 20;
const SAMPLED = 1000;
/** Of files with one ending so many are looked at: a folder of texts may have one file that explains them. */
const OF_ONE_ENDING = 3;

/** The format of what was named, the files that it reads, and what shows it. Throws InvalidExport where nothing is recognised. */
export async function detect(
  files: readonly SourceFile[],
  named: Sample["named"] = {},
): Promise<{ format: Format; files: readonly SourceFile[]; saw: string }> {
  for (const { ending, instead } of binaries) {
    const found = files.find(({ name }) => ending.test(name));
    if (found) throw refusal(found.name, instead);
  }
  const samples: Sample[] = [];
  const names = files.map(({ name }) => name);
  const unreadable: unknown[] = [];
  for (const file of typical(files)) {
    const sample = await sampleOf(file, { names, named }).catch((error) => {
      if ((error as Error).name !== "InvalidExport") throw error;
      unreadable.push(error);
    });
    if (sample) samples.push(sample);
  }
  // A format that has marks of its own is looked for in every file before one that looks like many.
  for (const format of formats)
    for (const sample of samples) {
      const saw = format.recognise(sample);
      if (saw !== null) return { format, files: filesFor(format, files), saw };
    }
  // Where no annotation is asked for, a text is enough.
  const { textsOnly, textField = "text" } = named;
  if (textsOnly && samples.some(({ values: [first] }) => isObject(first) && isText(first[textField])))
    return { format: huggingFace, files, saw: `objects with "${textField}"` };
  if (unreadable.length > 0) throw unreadable[0];
  const hint = others.find(({ is }) => samples.some(is))?.instead;
  throw refusal(
    samples[0]?.name ?? files[0]?.name ?? "import",
    hint ??
      `expected a file of a known format. Name its format: ${formats.map(({ name }) => name).join(", ")}. Where the fields or columns of a table have names of their own, say them with --text-field and --label-field; the names must stand in its first line.`,
  );
}

/** The files that a format reads: what explains a data set of Hugging Face's is no record of another tool's. */
export const filesFor = (format: Format, files: readonly SourceFile[]): readonly SourceFile[] =>
  format === huggingFace ? files : files.filter((file) => !explains(file));

/** Files whose names show that they are not read. */
const binaries: { ending: RegExp; instead: string }[] = [
  // Its index is at its end, and archives and gzip are read from the beginning.
  {
    ending: /\.parquet$/,
    instead:
      'expected JSON lines, found Parquet. In Python: datasets.Dataset.from_parquet("…").to_json("….jsonl"); name dataset_info.json beside them.',
  },
  {
    ending: /\.arrow$/,
    instead:
      'expected JSON lines, found Arrow. In Python: datasets.load_from_disk("…").to_json("….jsonl"), for each split of them; name dataset_info.json beside them.',
  },
  {
    // What is inside of an archive that is none.
    ending: /^(?:\[Content_Types\]|META-INF\/manifest)\.xml$/,
    instead:
      "expected a workbook that ends with .xlsx, found another office file (.ods, .xlsb or .docx). Save the sheet as xlsx, or as CSV (UTF-8).",
  },
];

/** What is no format of these, and how it becomes one. */
const others: { is(sample: Sample): boolean; instead: string }[] = [
  {
    is: ({ lines }) => /^\s*\{\s*"data"\s*:\s*(\[|$)/.test(lines.slice(0, 2).join("")),
    instead: `expected records, found one object with a list of them under "data". Take the list alone: jq -c '.data[]' FILE > records.jsonl`,
  },
  {
    is: ({ lines }) => /^[[\]\s]*$/.test(lines.slice(0, 10).join("")),
    instead: "expected records, found an empty file. Export again.",
  },
  {
    is: ({ values: [first] }) => isObject(first) && Array.isArray(first.paragraphs),
    instead:
      "expected records, found training data of spaCy 2. Convert it: python -m spacy convert FILE.json FOLDER, and import the .spacy file.",
  },
  {
    is: ({ values: [first] }) => isObject(first) && isText(first.filename) && !("text" in first),
    instead:
      "expected texts, found names of files, as doccano writes of images and recordings. These are not read.",
  },
];

/** Some of each ending; what explains others is not looked at. */
function typical(files: readonly SourceFile[]): SourceFile[] {
  const taken = new Map<string, number>();
  return files.filter(({ name }) => {
    if (explains({ name })) return false;
    const ending = name.replace(/^.*\//, "").replace(/^.*\./, "");
    taken.set(ending, (taken.get(ending) ?? 0) + 1);
    return taken.get(ending)! <= OF_ONE_ENDING;
  });
}

async function sampleOf(file: SourceFile, around: Pick<Sample, "names" | "named">): Promise<Sample> {
  const { name } = file;
  if (/\.(spacy|xls[xm])$/i.test(name)) return { name, ...around, lines: [], values: [] };
  const { text, isWhole } = await headOf(file);
  const lines = text.split("\n").map((line) => (line.endsWith("\r") ? line.slice(0, -1) : line));
  // The last one may be cut.
  if (!isWhole && lines.length > 1) lines.pop();
  return { name, ...around, lines: lines.slice(0, SAMPLED), values: await valuesIn(text, lines) };
}

async function headOf(file: SourceFile): Promise<{ text: string; isWhole: boolean }> {
  return beginningOf(file).catch((error) => {
    if ((error as Error).name !== "InvalidExport") throw error;
    // What is not Unicode may be a table in a code page.
    return beginningOf(file, "windows-1252");
  });
}

async function beginningOf(file: SourceFile, encoding?: string): Promise<{ text: string; isWhole: boolean }> {
  let text = "";
  for await (const piece of textOf(file, encoding)) {
    text += piece;
    if (text.length >= HEAD) return { text, isWhole: false };
  }
  return { text, isWhole: true };
}

/** The JSON objects and lists of a head. One that is broken hides none of the others: the reader tells its line. */
async function valuesIn(head: string, lines: readonly string[]): Promise<unknown[]> {
  const ofLines = lines.slice(0, SAMPLED).flatMap((line) => {
    try {
      return [JSON.parse(line) as unknown];
    } catch {
      return [];
    }
  });
  const values = ofLines.filter(isContainer);
  // A list of all records on one line is not one of them.
  const isList = values.length === 1 && Array.isArray(values[0]) && values[0].every(isContainer);
  if (values.length > 0 && !isList) return values;
  const found: unknown[] = [];
  const file = { name: "", changed: new Date(0), open: async () => Readable.from([Buffer.from(head)]) };
  try {
    for await (const { value } of jsonValuesOf(file)) if (found.push(value) === SAMPLED) break;
  } catch (error) {
    // The head ends in the middle, or what stands there is broken.
    if ((error as Error).name !== "InvalidExport") throw error;
  }
  return found.filter(isContainer);
}

const isContainer = (value: unknown) => typeof value === "object" && value !== null;

import type { SourceFile } from "./files.ts";
import type { Format, Sample } from "./format.ts";
import { formats } from "./formats.ts";
import { jsonValuesOf } from "./json-values.ts";
import { refusal } from "./refusal.ts";
import { linesOf } from "./text.ts";

const SAMPLED = 20;
// A file that is one long line is JSON, or nothing that is known.
const LONGEST = 1_000_000;

/** The format of what was named, and what shows it. Throws InvalidExport where nothing is recognised. */
export async function detect(files: readonly SourceFile[]): Promise<{ format: Format; saw: string }> {
  const parquet = files.find(({ name }) => name.endsWith(".parquet"));
  // Its index is at its end, and archives and gzip are read from the beginning.
  if (parquet)
    throw refusal(
      parquet.name,
      'expected JSON lines, found Parquet. In Python: datasets.Dataset.from_parquet("…").to_json("….jsonl"); name dataset_info.json beside them.',
    );
  const sample = await sampleOf(files);
  for (const format of formats) {
    const saw = format.recognise(sample);
    if (saw !== null) return { format, saw };
  }
  throw refusal(
    files[0]?.name ?? "import",
    `expected a file of a known format. Name its format: ${formats.map(({ name }) => name).join(", ")}.`,
  );
}

/** Of the first file that says something: what lies beside it may be texts, or what explains it. */
async function sampleOf(files: readonly SourceFile[]): Promise<Sample> {
  const names = files.map(({ name }) => name);
  const telling = files.find(({ name }) => !/(^|\/)dataset_info\.json$/.test(name));
  if (!telling || /\.(spacy|xls[xm])$/i.test(telling.name)) return { names, lines: [], values: [] };
  return { names, lines: await linesIn(telling), values: await valuesIn(telling) };
}

async function linesIn(file: SourceFile): Promise<string[]> {
  try {
    return await firstLines(file);
  } catch (error) {
    // Not text in Unicode: a table may be in a code page.
    if ((error as Error).name !== "InvalidExport") throw error;
    return firstLines(file, "windows-1252");
  }
}

async function firstLines(file: SourceFile, encoding?: string): Promise<string[]> {
  const lines: string[] = [];
  for await (const { text } of linesOf(file, encoding)) {
    lines.push(text.slice(0, LONGEST));
    if (lines.length === SAMPLED) break;
  }
  return lines;
}

async function valuesIn(file: SourceFile): Promise<unknown[]> {
  const values: unknown[] = [];
  try {
    for await (const { value } of jsonValuesOf(file)) {
      values.push(value);
      if (values.length === SAMPLED) break;
    }
  } catch (error) {
    if ((error as Error).name !== "InvalidExport") throw error;
    return [];
  }
  return values.every((value) => typeof value === "object" && value !== null) ? values : [];
}

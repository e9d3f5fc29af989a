// What pbp validate would reject of a text is left out and counted here, so that the export of an import is a good one.
import exportSchema from "../schemas/data/training-export.schema.json" with { type: "json" };
import type { Losses } from "./losses.ts";
import type { SourceRecord } from "./record.ts";

const most = exportSchema.$defs.record.properties.text.maxLength;

export async function* usable(
  records: AsyncIterable<SourceRecord>,
  losses: Losses,
): AsyncGenerator<SourceRecord> {
  for await (const record of records) {
    const fault = faultOf(record.text);
    if (fault === null) yield record;
    else losses.add(fault.lost, record.place);
  }
}

/** What is wrong with a text, counted and said of one place; null if nothing is. */
export function faultOf(text: string): { lost: string; expected: string } | null {
  if (text.trim() === "") return { lost: "records without a text", expected: "a text" };
  if (!text.isWellFormed()) {
    const half = "half of a character (a lone surrogate)";
    return { lost: `texts with ${half}`, expected: `a text without ${half}` };
  }
  // A text of so many code units has no more characters.
  if (text.length > most && [...text].length > most) {
    const characters = `${most.toLocaleString("en")} characters`;
    return { lost: `texts of more than ${characters}`, expected: `at most ${characters}` };
  }
  return null;
}

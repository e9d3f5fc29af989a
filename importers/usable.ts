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
    else losses.add(fault, record.place);
  }
}

function faultOf(text: string): string | null {
  if (text.trim() === "") return "records without a text";
  if (!text.isWellFormed()) return "texts with half of a character (a lone surrogate)";
  // A text of so many code units has no more characters.
  if (text.length > most && [...text].length > most)
    return `texts of more than ${most.toLocaleString("en")} characters`;
  return null;
}

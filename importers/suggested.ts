// doccano and brat know no suggestions: what pbp suggest gives them is an annotation there, and comes back as one from
// people who never opened the note. So each task carries a digest of what was suggested, which an import compares.
import { createHash } from "node:crypto";
import type { SourceRecord } from "./record.ts";

/** The field beside a text, and the file beside brat's, in which a digest comes back. */
export const SUGGESTED = "suggested";

/** Of an annotation as a file has it, whatever the order. */
export function digestOf({ spans = [], classes = [] }: Pick<SourceRecord, "spans" | "classes">): string {
  const marks = spans.map(({ start, end, label }) => `${start} ${end} ${label}`).sort();
  return createHash("sha256")
    .update(JSON.stringify([marks, classes.toSorted()]))
    .digest("hex")
    .slice(0, 16);
}

/** Whether a record is annotated with what the model suggested, and nothing else. */
export const isAsSuggested = (record: SourceRecord): boolean =>
  SUGGESTED in record.fields && record.fields[SUGGESTED] === digestOf(record);

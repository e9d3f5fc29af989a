// What people answered, put into the export that their tasks came from.
import { createHash } from "node:crypto";
import type { ExportRecord, TrainingExport } from "../schemas/types.ts";
import type { Prepared } from "./convert.ts";
import { Losses } from "./losses.ts";
import { refusal } from "./refusal.ts";

/** An annotation with offsets in UTF-16 code units, of a text known by its digest. */
type Answer = Pick<ExportRecord, "keyphrases" | "classes"> & { text: string; place: string };

export type Merged = {
  header: TrainingExport;
  records(): AsyncGenerator<ExportRecord>;
  /** Complete at the end of `records`. */
  result: { answers: number; taken: number; losses: Losses["entries"] };
};

/**
 * The export with the annotations of an import in place of its own, by record id; everything else of a record stays. A
 * text that is another one than the record's is not taken, and neither is an answer to no record: both are counted.
 *
 * Throws InvalidExport for labels that the export does not have: a model of other labels would be rejected.
 */
export async function merge(
  prepared: Prepared,
  into: { header: TrainingExport; records(): AsyncIterable<ExportRecord> },
): Promise<Merged> {
  const known = new Set(into.header.labels);
  const unknown = prepared.header.labels.filter((label) => !known.has(label));
  if (unknown.length > 0)
    throw refusal(
      prepared.result.format,
      `expected labels of the export (${into.header.labels.join(", ")}), found ${unknown.join(", ")} too. Rename them with --map.`,
    );
  const answers = new Map<string, Answer>();
  for await (const { record, place } of prepared.records()) {
    const { recordId, text, keyphrases, classes } = record;
    if (keyphrases ?? classes)
      answers.set(recordId, {
        ...(keyphrases && { keyphrases }),
        ...(classes && { classes }),
        text: digestOf(text),
        place,
      });
  }
  const result: Merged["result"] = { answers: answers.size, taken: 0, losses: [] };
  async function* records() {
    const losses = new Losses();
    const left = new Map(answers);
    for await (const record of into.records()) {
      const answer = left.get(record.recordId);
      left.delete(record.recordId);
      if (!answer) yield record;
      else if (![record.text, unified(record.text)].map(digestOf).includes(answer.text)) {
        losses.add("answers to another text than the record's", answer.place);
        yield record;
      } else {
        result.taken++;
        yield answered(record, answer, into.header.offsetUnit ?? "utf16");
      }
    }
    for (const { place } of left.values())
      losses.add("answers to records that the export does not have", place);
    result.losses = losses.entries;
  }
  const exportId = `${into.header.exportId}-${prepared.header.exportId}`.slice(-128);
  return { header: { ...into.header, exportId }, records, result };
}

/** Tools write line breaks as they like. */
const unified = (text: string) => text.replace(/\r\n?/g, "\n");
const digestOf = (text: string) => createHash("sha256").update(text).digest("hex");

function answered(
  { keyphrases: _, classes: __, ...record }: ExportRecord,
  { keyphrases, classes, text }: Answer,
  unit: "utf16" | "codepoint",
): ExportRecord {
  if (!keyphrases) return { ...record, ...(classes && { classes }) };
  const position = positionsOf(record.text, { unit, isUnified: text !== digestOf(record.text) });
  return {
    ...record,
    keyphrases: keyphrases.map(({ start, end, label }) => ({
      start: position(start),
      end: position(end),
      label,
    })),
  };
}

/** Of UTF-16 positions in a text, or in what it is with line breaks of one character, those in the text in its unit. */
function positionsOf(
  text: string,
  { unit, isUnified }: { unit: "utf16" | "codepoint"; isUnified: boolean },
): (position: number) => number {
  if (!isUnified && (unit === "utf16" || !/[\ud800-\udfff]/.test(text))) return (position) => position;
  const found: number[] = [];
  let at = 0;
  let points = 0;
  for (const character of text) {
    // Of a line break of two characters, the second has no place of its own.
    const isSecond = isUnified && character === "\n" && text[at - 1] === "\r";
    if (!isSecond)
      for (let half = 0; half < character.length; half++) found.push(unit === "utf16" ? at + half : points);
    at += character.length;
    points++;
  }
  found.push(unit === "utf16" ? at : points);
  return (position) => found[position]!;
}

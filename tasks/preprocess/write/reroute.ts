import type { LabelledRow } from "../../../schemas/types.ts";
import { DOCUMENT_AT, DOCUMENT_LENGTH, type SideCounts } from "../kinds/keyphrases/rows.ts";
import type { Documents } from "../sides/documents.ts";
import type { Side } from "../sides/split.ts";
import type { LineFile } from "./line-file.ts";
import type { Spool } from "./spool.ts";

const NEWLINE = 0x0a;

/**
 * Moves the rows of documents that turned out to belong to the other side: they are appended there, and the file that
 * they leave is written again without them. Brings `counts` up to date and returns the files that now hold the sides.
 */
export async function reroute(
  spool: Spool,
  documents: Documents,
  counts: Record<Side, SideCounts>,
): Promise<Record<Side, LineFile>> {
  const files = { train: spool.train, test: spool.test };
  for (const [leaving, gaining] of [
    ["test", "train"],
    ["train", "test"],
  ] as const) {
    if (documents.misplaced[gaining] === 0) continue;
    const before = files[leaving];
    const kept = spool.open();
    const sides = documents.sidesOf(leaving);
    let current = "";
    let side: Side = leaving;
    for await (const row of linesOf(before)) {
      const document = row.toString("latin1", DOCUMENT_AT, DOCUMENT_AT + DOCUMENT_LENGTH);
      // Behind the documents that were written here stand those that have just come: they stay.
      if (document !== current) side = sides.next().value ?? leaving;
      current = document;
      const moves = side !== leaving;
      if (moves) recount(counts, leaving, gaining, JSON.parse(row.toString()) as LabelledRow);
      (moves ? files[gaining] : kept).lines.bytes(row);
    }
    files[leaving] = kept;
  }
  return files;
}

/** The lines of a file, newline included, each valid until the next is asked for. A row is under two megabytes. */
async function* linesOf(file: LineFile): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of file.read()) {
    const bytes: Buffer = rest.length > 0 ? Buffer.concat([rest, chunk as Buffer]) : (chunk as Buffer);
    let from = 0;
    for (let to = bytes.indexOf(NEWLINE); to >= 0; to = bytes.indexOf(NEWLINE, from)) {
      yield bytes.subarray(from, to + 1);
      from = to + 1;
    }
    rest = bytes.subarray(from);
  }
}

function recount(counts: Record<Side, SideCounts>, leaving: Side, gaining: Side, row: LabelledRow) {
  const entities = row.tags.filter((tag) => tag.startsWith("B-")).length;
  for (const [side, sign] of [
    [leaving, -1],
    [gaining, 1],
  ] as const) {
    counts[side].rows += sign;
    counts[side].tokens += sign * row.tokens.length;
    counts[side].entities += sign * entities;
  }
}

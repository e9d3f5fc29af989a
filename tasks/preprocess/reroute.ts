import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import type { LabelledRow } from "../../schemas/types.ts";
import type { Documents } from "./documents.ts";
import type { LineFile } from "./line-file.ts";
import { DOCUMENT_AT, DOCUMENT_LENGTH, type SideCounts } from "./rows.ts";
import type { Side } from "./split.ts";
import type { Spool } from "./spool.ts";

/**
 * Copies the rows of both sides, each to the side that its document belongs to now that all copies are known; returns
 * the new files and brings `counts` up to date. Needed only when a text turned out to be on both sides.
 */
export async function reroute(
  spool: Spool,
  documents: Documents,
  counts: Record<Side, SideCounts>,
): Promise<Record<Side, LineFile>> {
  const to = { train: spool.open("train-final"), test: spool.open("test-final") };
  for (const written of ["train", "test"] as const) {
    spool[written].close();
    for await (const row of createInterface({ input: createReadStream(spool[written].path) })) {
      const side = documents.sideOf(row.slice(DOCUMENT_AT, DOCUMENT_AT + DOCUMENT_LENGTH));
      if (side !== written) {
        const moved = measure(JSON.parse(row) as LabelledRow);
        add(counts[written], moved, -1);
        add(counts[side], moved, 1);
      }
      to[side].lines.long(row);
      to[side].lines.text("\n");
    }
  }
  return to;
}

function measure(row: LabelledRow): SideCounts {
  const entities = row.tags.filter((tag) => tag.startsWith("B-")).length;
  return { rows: 1, tokens: row.tokens.length, entities };
}

function add(counts: SideCounts, moved: SideCounts, sign: 1 | -1) {
  counts.rows += sign * moved.rows;
  counts.tokens += sign * moved.tokens;
  counts.entities += sign * moved.entities;
}

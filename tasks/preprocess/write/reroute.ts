import type { Documents } from "../sides/documents.ts";
import type { Side } from "../sides/split.ts";
import type { LineFile } from "./line-file.ts";
import type { SideCounts, Spool } from "./spool.ts";

const NEWLINE = 0x0a;
/** Every row begins with its document's id, so that rows can be told apart without parsing them. */
export const ROW_START = '{"document":"';
const DOCUMENT_LENGTH = 16;

/** The document's id of a row. */
export function documentOf(row: Buffer): string {
  return row.toString("latin1", ROW_START.length, ROW_START.length + DOCUMENT_LENGTH);
}

/**
 * Moves the rows of documents that turned out to belong to another side: they are appended there, and the file that
 * they leave is written again without them. Brings `counts` up to date, by what `countsOf` says of a row, and returns
 * the files that now hold the sides.
 */
export async function reroute(
  spool: Spool,
  documents: Documents,
  counts: Record<Side, SideCounts>,
  countsOf: (row: Buffer) => SideCounts,
): Promise<Record<Side, LineFile>> {
  const files = { train: spool.train, validation: spool.validation, test: spool.test };
  for (const leaving of ["test", "validation", "train"] as const) {
    if (documents.misplaced[leaving] === 0) continue;
    const before = files[leaving];
    const kept = spool.open();
    const sides = documents.sidesOf(leaving);
    let current = "";
    let side: Side = leaving;
    await forEachLine(before, (row) => {
      const document = documentOf(row);
      // Behind the documents that were written here stand those that have just come: they stay.
      if (document !== current) side = sides.next().value ?? leaving;
      current = document;
      const moves = side !== leaving;
      if (moves) move(countsOf(row), counts[leaving], counts[side]);
      (moves ? files[side] : kept).lines.bytes(row);
    });
    files[leaving] = kept;
  }
  return files;
}

/** Hands on the lines of a file, newline included, each valid until `each` returns. To wait for every line would take longer. */
export async function forEachLine(file: LineFile, each: (line: Buffer) => void): Promise<void> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of file.read()) {
    const bytes: Buffer = rest.length > 0 ? Buffer.concat([rest, chunk as Buffer]) : (chunk as Buffer);
    let from = 0;
    for (let to = bytes.indexOf(NEWLINE); to >= 0; to = bytes.indexOf(NEWLINE, from)) {
      each(bytes.subarray(from, to + 1));
      from = to + 1;
    }
    rest = bytes.subarray(from);
  }
}

function move(row: SideCounts, from: SideCounts, to: SideCounts) {
  for (const field of ["rows", "tokens", "units", "items"] as const) {
    from[field] -= row[field];
    to[field] += row[field];
  }
}

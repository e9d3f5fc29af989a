import type { Shares } from "../sides/shares.ts";
import type { LineFile } from "./line-file.ts";
import { documentOf, forEachLine } from "./reroute.ts";
import type { Spool } from "./spool.ts";

/** The training rows of a share of the groups, in their order, and how many documents they are of. */
export async function drawShare(
  spool: Spool,
  train: LineFile,
  shares: Shares,
  share: number,
): Promise<{ file: LineFile; documents: number }> {
  const file = spool.open();
  let [documents, current, isIn] = [0, "", false];
  await forEachLine(train, (row) => {
    const document = documentOf(row);
    // The rows of a document follow each other.
    if (document !== current) {
      current = document;
      isIn = shares.has(document, share);
      if (isIn) documents++;
    }
    if (isIn) file.lines.bytes(row);
  });
  return { file, documents };
}

import type { DocumentFacets, ExportRecord } from "../../../schemas/types.ts";
import type { Documents } from "../sides/documents.ts";
import type { LineFile, LineWriter } from "./line-file.ts";
import { forEachLine } from "./reroute.ts";
import type { Spool } from "./spool.ts";

const NOTHING = 1;

/** Writes a line for each document, in their order; an empty one for a document without facets. */
export function writeFacets(lines: LineWriter, document: string, record: ExportRecord) {
  const { specialty, facets } = record;
  // The record's own specialty counts, not a facet that is called so.
  const line: DocumentFacets = {
    document,
    facets: { ...facets, ...(specialty !== undefined && { specialty }) },
  };
  lines.text(Object.keys(line.facets).length > 0 ? `${JSON.stringify(line)}\n` : "\n");
}

/** Those of the test side alone: the training side has no use for them, and ten times as many. */
export async function testFacets(spool: Spool, documents: Documents): Promise<LineFile> {
  const file = spool.open();
  let number = 0;
  await forEachLine(spool.facets, (line) => {
    if (documents.sideOf(number++) === "test" && line.length > NOTHING) file.lines.bytes(line);
  });
  return file;
}

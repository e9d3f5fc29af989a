import type { DocumentFacets, ExportRecord } from "../../../schemas/types.ts";
import type { Documents } from "../sides/documents.ts";
import type { LineFile, LineWriter } from "./line-file.ts";
import { forEachLine } from "./reroute.ts";
import type { Spool } from "./spool.ts";

const NOTHING = 1;

/**
 * Writes a line for each document, in their order; an empty one for a document without facets. `json` is specialty and
 * facets of the record, as JSON.
 */
export function writeFacets(
  lines: LineWriter,
  document: string,
  { specialty, facets }: ExportRecord,
  json: string,
) {
  if (!facets) {
    lines.text(json === "" ? "\n" : `{"document":"${document}","facets":${json}}\n`);
    return;
  }
  // The record's own specialty counts, not a facet that is called so.
  const all: DocumentFacets["facets"] = specialty === undefined ? facets : { ...facets, specialty };
  lines.text(Object.keys(all).length > 0 ? `${JSON.stringify({ document, facets: all })}\n` : "\n");
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

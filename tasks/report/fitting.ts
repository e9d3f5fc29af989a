import { html } from "./html.ts";

/** The first of some rows whose names take at most so many bytes of a page: a thousand names may be a word or a line each. */
export function fitting<Row>(
  rows: readonly Row[],
  nameOf: (row: Row) => string,
  mostBytes: number,
): readonly Row[] {
  let bytes = 0;
  const end = rows.findIndex((row) => {
    bytes += Buffer.byteLength(html`${nameOf(row)}`.toString());
    return bytes > mostBytes;
  });
  return end === -1 ? rows : rows.slice(0, end);
}

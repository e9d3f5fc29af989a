import type { Dataset } from "../../../schemas/types.ts";
import type { Side } from "../sides/split.ts";
import { LineFile } from "./line-file.ts";

/** The lines of a preparation on the local disk, until it is known that they count. */
export type Spool = Record<Side | "notes" | "missing" | "rejects" | "facets", LineFile> & {
  /** One more file, closed with the others. */
  open(): LineFile;
};

/** Counts of one side of the split. */
export type SideCounts = Pick<Dataset["train"], "rows" | "tokens" | "units" | "items">;

export function noCounts(): SideCounts {
  return { rows: 0, tokens: 0, units: 0, items: 0 };
}

/** Runs `work` with a spool, and always gives its disk space back. */
export async function withSpool<T>(work: (spool: Spool) => Promise<T>): Promise<T> {
  const files: LineFile[] = [];
  const open = () => {
    const file = new LineFile();
    files.push(file);
    return file;
  };
  try {
    const sides = { train: open(), validation: open(), test: open() };
    return await work({ open, ...sides, notes: open(), missing: open(), rejects: open(), facets: open() });
  } finally {
    for (const file of files) file.close();
  }
}

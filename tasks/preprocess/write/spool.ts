import type { Side } from "../sides/split.ts";
import { LineFile } from "./line-file.ts";

/** The lines of a preparation on the local disk, until it is known that they count. */
export type Spool = Record<Side | "notes" | "missing" | "rejects", LineFile> & {
  /** One more file, closed with the others. */
  open(): LineFile;
};

/** Runs `work` with a spool, and always gives its disk space back. */
export async function withSpool<T>(work: (spool: Spool) => Promise<T>): Promise<T> {
  const files: LineFile[] = [];
  const open = () => {
    const file = new LineFile();
    files.push(file);
    return file;
  };
  try {
    return await work({ open, train: open(), test: open(), notes: open(), missing: open(), rejects: open() });
  } finally {
    for (const file of files) file.close();
  }
}

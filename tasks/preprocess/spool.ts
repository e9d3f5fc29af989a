import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LineFile } from "./line-file.ts";
import type { Side } from "./split.ts";

type SpoolFile = Side | "notes" | "missing" | "rejects";
/** The files of a preparation on the local disk, until it is known that they count. */
export type Spool = Record<SpoolFile, LineFile> & { open(name: string): LineFile };

/** Runs `work` with a private temporary folder, which is removed whatever happens: it holds patients' notes. */
export async function withSpool<T>(work: (spool: Spool) => Promise<T>): Promise<T> {
  // mkdtemp makes the folder 0700.
  const folder = await mkdtemp(join(tmpdir(), "pbp-preprocess-"));
  const files: LineFile[] = [];
  const open = (name: string) => {
    const file = new LineFile(join(folder, `${name}.jsonl`));
    files.push(file);
    return file;
  };
  try {
    return await work({
      open,
      train: open("train"),
      test: open("test"),
      notes: open("notes"),
      missing: open("missing"),
      rejects: open("rejects"),
    });
  } finally {
    for (const file of files) file.close();
    await rm(folder, { recursive: true, force: true });
  }
}

import { randomUUID } from "node:crypto";
import type { BigIntStats } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Which files of which version this machine has read and found to be those promoted, kept on its own disk. */
export type Verified = ReturnType<typeof openVerified>;

type Entries = Record<string, [sizeBytes: string, mtimeNs: string]>;

/**
 * With it a process that starts again only compares sizes and times: the rest of a bundle that was whole last time.
 * Without it, every process hashes what it reads (a second for a gigabyte). `folder` must be the application's own.
 */
export function openVerified(folder: string) {
  const file = (version: string) => join(folder, `${version}.json`);

  async function entriesOf(version: string): Promise<Entries> {
    try {
      return (JSON.parse(await readFile(file(version), "utf8")) as Entries | null) ?? {};
    } catch {
      return {}; // never written, or not readable: then everything is hashed
    }
  }

  return {
    async knows(version: string, name: string, status: BigIntStats): Promise<boolean> {
      const entry = (await entriesOf(version))[name];
      return entry?.[0] === String(status.size) && entry[1] === String(status.mtimeNs);
    },

    /** Two at once: one entry may be lost, and is hashed again the next time. */
    async remember(version: string, name: string, status: BigIntStats): Promise<void> {
      const entries: Entries = {
        ...(await entriesOf(version)),
        [name]: [String(status.size), String(status.mtimeNs)],
      };
      const draft = join(folder, `${randomUUID()}.tmp`);
      try {
        await mkdir(folder, { recursive: true });
        await writeFile(draft, JSON.stringify(entries));
        await rename(draft, file(version));
      } catch {
        // Where it cannot be written, everything is hashed: slower, but no reason to be without a model.
        await rm(draft, { force: true }).catch(() => undefined);
      }
    },
  };
}

// models/staging/: everything that is not finished. A name says what it is and whose:
//   <kind>-<place>-<process id>-<start of the process>-<random>
// kinds: promotion (a bundle being written), entry, policy, pointer (drafts), pin-<version> (a rollback is about to point there),
// removed-<version> (taken out of versions/, may still come back), doomed (being deleted).
import { randomBytes } from "node:crypto";
import { lstat, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { readdirOrNone } from "../store/folders.ts";
import { processPlace, readProc } from "../store/process-place.ts";
import { makeFolder, makeFolders, orNull } from "./durable.ts";
import type { Layout } from "./layout.ts";

export type StagingKind =
  | "promotion"
  | "entry"
  | "policy"
  | "pointer"
  | `pin-${string}`
  | `removed-${string}`
  | "doomed";

// The longest that a promotion may take, PromoteTask's state (states/limits.ts), and five minutes more for clocks that
// differ.
export const leaseMilliseconds = 140 * 60 * 1000;

/** Makes the folders that every writer needs. */
export async function prepareFolders(at: Layout): Promise<void> {
  await makeFolders(at.models);
  for (const folder of [at.staging, at.versions, at.history]) await makeFolder(folder);
}

/** A fresh path in staging that carries this process's mark. */
export function stagingPath(at: Layout, kind: StagingKind): string {
  return join(
    at.staging,
    `${kind}-${processPlace}-${process.pid}-${startOf(process.pid)}-${randomBytes(6).toString("hex")}`,
  );
}

/** Names in staging that begin so. */
export async function stagedAs(at: Layout, prefix: string): Promise<string[]> {
  return (await readdirOrNone(at.staging)).filter((name) => name.startsWith(prefix));
}

/** Deletes a folder so that a writer that comes back cannot finish it: it loses its name first. */
export async function discard(at: Layout, path: string): Promise<void> {
  const doomed = stagingPath(at, "doomed");
  try {
    await rename(path, doomed);
  } catch (error) {
    // Someone else discarded it, or this very call did and its reply was lost.
    if (await orNull(lstat(path))) throw error;
  }
  await rm(doomed, { recursive: true, force: true });
}

/**
 * Deletes what killed promotions left: older than any promotion can run, and not of a process that still lives on this
 * machine (a stopped one may wake up). Versions that were being removed are the retention's to finish.
 */
export async function sweepStaging(at: Layout, now = Date.now()): Promise<void> {
  for (const name of await readdirOrNone(at.staging)) {
    const path = join(at.staging, name);
    if (name.startsWith("removed-")) continue;
    if (name.startsWith("doomed-")) await rm(path, { recursive: true, force: true });
    else if (await isLeftover(path, name, now)) await discard(at, path);
  }
}

async function isLeftover(path: string, name: string, now: number): Promise<boolean> {
  const found = await orNull(lstat(path));
  if (!found || now - found.mtimeMs < leaseMilliseconds) return false;
  const mark = name.match(/-([0-9a-f]{8})-(\d+)-(\d+)-[0-9a-f]{12}$/);
  const start = mark?.[1] === processPlace ? startOf(Number(mark[2])) : 0;
  return start === 0 || start !== Number(mark?.[3]);
}

/** When a process began, in clock ticks since boot: tells it from a later one with the same id. 0: no such process. */
function startOf(pid: number): number {
  const status = readProc(`${pid}/stat`);
  // The command's name, in parentheses, may hold spaces: the 22nd field counts from after it.
  return status === "" ? 0 : Number(status.slice(status.lastIndexOf(")") + 2).split(" ")[19]);
}

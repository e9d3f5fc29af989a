import { randomUUID } from "node:crypto";
import { linkSync, readdirSync, readFileSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { identify, isRunning, type ProcessIdentity } from "./process-identity.ts";

/**
 * One owner at a time, released by its death too (kill -9 included). The owner is whoever made the highest numbered
 * lock file; taking over or releasing makes the next number. A number is made once (link of a finished file fails if
 * it exists) and files are never removed, so two processes that find the same dead owner cannot both win.
 */
type Owner = ProcessIdentity | { released: true };

const LOCK = /^lock\.(\d+)$/;

/** Releasing twice is harmless. */
export type Lock = { release(): void };

/**
 * Takes the lock of a folder; null while a living process (this one included) has it.
 * `finalFolder`: where the folder will be by the time of the release, if it is still to be moved.
 */
export function acquireLock(folder: string, finalFolder = folder): Lock | null {
  for (;;) {
    const { number, owner } = currentLock(folder);
    if (isAlive(owner)) return null;
    const self = identify(process.pid);
    if (self === null) throw new Error("this process cannot be found in the process table");
    if (claim(folder, number + 1, self)) {
      return { release: () => void claim(finalFolder, number + 2, { released: true }) };
    }
  }
}

export function isLocked(folder: string): boolean {
  return isAlive(currentLock(folder).owner);
}

function currentLock(folder: string): { number: number; owner: Owner } {
  const numbers = readdirSync(folder).map((name) => Number(LOCK.exec(name)?.[1] ?? 0));
  const number = Math.max(0, ...numbers);
  if (number === 0) return { number, owner: { released: true } };
  try {
    return { number, owner: JSON.parse(readFileSync(join(folder, `lock.${number}`), "utf8")) as Owner };
  } catch (error) {
    // A lock is linked once it is written, so only a power cut tears one; and that ended its owner too.
    if (error instanceof SyntaxError) return { number, owner: { released: true } };
    throw error;
  }
}

function claim(folder: string, number: number, owner: Owner): boolean {
  const draft = join(folder, `.lock-${randomUUID()}`);
  writeFileSync(draft, JSON.stringify(owner));
  try {
    linkSync(draft, join(folder, `lock.${number}`));
    return true;
  } catch (error) {
    // Made after all, when only the reply was lost: two names mean that the number is ours.
    if (statSync(draft).nlink > 1) return true;
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    unlinkSync(draft);
  }
}

function isAlive(owner: Owner): boolean {
  return "pid" in owner && isRunning(owner);
}

import { randomUUID } from "node:crypto";
import {
  existsSync,
  linkSync,
  readdirSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { clearAway, declareGone, type Owner, type OwnerState, ownerIn, placeOf, stateOf } from "./owner.ts";

/**
 * One owner at a time, released by its death too (kill -9 included). The owner is whoever made the highest numbered
 * lock file; taking over or releasing makes the next number. A number is made once (link of a finished file fails if
 * it exists) and files are never removed, so two processes that find the same dead owner cannot both win.
 */
type Entry = Owner | { released: true };

const LOCK = /^lock\.(\d+)$/;

export type Lock = {
  /** False once somebody took over, because a person said that this process was gone. */
  isOurs(): boolean;
  /** Releasing twice is harmless. */
  release(): void;
};

export type Holder = { owner: Owner; state: Exclude<OwnerState, "gone"> };

export type LockOptions = {
  /** Where owners make themselves known. */
  processes: string;
  /** Where the folder will be by the time of the release, if it is still to be moved. */
  finalFolder?: string;
  /** Somebody says that an owner of whom this process cannot know is gone for good. One that is known to live stays. */
  takeOver?: boolean;
};

/** Takes the lock of a folder; null while a process (this one included) has it that is alive, or may be. */
export function acquireLock(folder: string, options: LockOptions): Lock | null {
  const { processes, finalFolder = folder, takeOver = false } = options;
  for (;;) {
    const { number, entry } = currentLock(folder);
    const holder = holderIn(entry, processes);
    if (holder?.state === "unknown" && takeOver) declareGone(holder.owner, processes);
    else if (holder) return null;
    if (claim(folder, number + 1, ownerIn(processes))) {
      if ("id" in entry) clearAway(entry, processes);
      return {
        isOurs: () => !existsSync(join(finalFolder, `lock.${number + 2}`)),
        release: () => void claim(finalFolder, number + 2, { released: true }),
      };
    }
  }
}

/** Who has the lock of a folder; null when nobody has. */
export function holderOf(folder: string, processes: string): Holder | null {
  return holderIn(currentLock(folder).entry, processes);
}

/**
 * Who has a lock that could not be taken, as the end of a sentence; and what to do about one that is alive, and about one
 * of whom that cannot be known.
 */
export function explainHolder(
  folder: string,
  processes: string,
  remedies: { alive: string; takeOver: string },
): string {
  const holder = holderOf(folder, processes);
  if (holder === null) return "a process that has just ended; try again";
  const place = placeOf(holder.owner);
  return holder.state === "running"
    ? `${place}. ${remedies.alive}`
    : `${place}, as far as can be known from here. If that one is gone for good: ${remedies.takeOver}`;
}

function holderIn(entry: Entry, processes: string): Holder | null {
  if ("released" in entry) return null;
  const state = stateOf(entry, processes);
  return state === "gone" ? null : { owner: entry, state };
}

function currentLock(folder: string): { number: number; entry: Entry } {
  const numbers = readdirSync(folder).map((name) => Number(LOCK.exec(name)?.[1] ?? 0));
  const number = Math.max(0, ...numbers);
  if (number === 0) return { number, entry: { released: true } };
  try {
    return { number, entry: JSON.parse(readFileSync(join(folder, `lock.${number}`), "utf8")) as Entry };
  } catch (error) {
    // A lock is linked once it is written, so only a power cut tears one; and that ended its owner too.
    if (error instanceof SyntaxError) return { number, entry: { released: true } };
    throw error;
  }
}

function claim(folder: string, number: number, entry: Entry): boolean {
  const draft = join(folder, `.lock-${randomUUID()}`);
  writeFileSync(draft, JSON.stringify(entry));
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

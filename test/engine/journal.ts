import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { executionFiles, type Home, homeAt } from "../../pipeline/local/machine/home.ts";

/** For the tests that take a second or start processes: what they may take where other work takes the cores. */
export const SLOW_MACHINE_MS = 60_000;

/** In memory where that is to be had: each event is synced, and nothing here has to survive the machine. */
export const FASTEST_FOLDER = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

/** A home of the test's own, gone when the test is over. */
export function temporaryHome(): Home {
  const folder = mkdtempSync(join(FASTEST_FOLDER, "pbp-engine-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return homeAt(folder);
}

export function journalBytes(home: Home, name: string): Buffer {
  return readFileSync(executionFiles(home, name).history);
}

/** Where each whole line of a journal ends, in bytes. */
export function lineEnds(bytes: Buffer): number[] {
  return [...bytes.entries()].filter(([, byte]) => byte === 10).map(([index]) => index + 1);
}

/** The execution as a kill -9 leaves it that let only so many bytes reach the journal. */
export function crashedAfter(home: Home, name: string, bytes: Buffer, folder: string): Home {
  const crashed = homeAt(join(home.root, folder));
  const [from, to] = [executionFiles(home, name), executionFiles(crashed, name)];
  mkdirSync(to.folder, { recursive: true });
  writeFileSync(to.definition, readFileSync(from.definition));
  writeFileSync(to.history, bytes);
  return crashed;
}

import {
  closeSync,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  writeSync,
} from "node:fs";
import { EngineError } from "./engine-error.ts";
import type { JournalLine } from "./history.ts";

export type Journal = {
  /** What was in the file when it was opened. */
  lines: JournalLine[];
  /**
   * Writes the lines and waits until they are on the disk; only then may they take effect. After a failed write
   * (a full disk) the end of the file is unknown, so every later call fails too and the execution can be resumed.
   */
  append(lines: JournalLine[]): void;
  close(): void;
};

/** Opens the journal for its one writer and cuts off a last line that a crash has torn. */
export function openJournal(file: string): Journal {
  const descriptor = openSync(file, "a+");
  let lines: JournalLine[];
  try {
    const found = parseJournal(readFileSync(descriptor), file);
    if (fstatSync(descriptor).size > found.wholeBytes) ftruncateSync(descriptor, found.wholeBytes);
    lines = found.lines;
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
  let broken: unknown;
  return {
    lines,
    append(added) {
      if (broken !== undefined) throw broken;
      try {
        const bytes = Buffer.from(added.map((line) => `${JSON.stringify(line)}\n`).join(""));
        for (let done = 0; done < bytes.length; ) done += writeSync(descriptor, bytes, done);
        fdatasyncSync(descriptor);
      } catch (error) {
        broken = error;
        throw error;
      }
    },
    close: () => closeSync(descriptor),
  };
}

/** The journal as it stands; safe while the writer runs. Throws ENOENT where there is none. */
export function readJournal(file: string): JournalLine[] {
  return parseJournal(readFileSync(file), file).lines;
}

/** What has been made in the file other than by its writer or a crash. */
export function damaged(file: string, problem: string): EngineError {
  return new EngineError(
    "ExecutionDamaged",
    `${file}: ${problem}. The disk may be failing, or the file was edited: put it back from a backup, or run the export again.`,
  );
}

function parseJournal(bytes: Buffer, file: string): { lines: JournalLine[]; wholeBytes: number } {
  const lines: JournalLine[] = [];
  let wholeBytes = 0;
  for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, wholeBytes)) {
    const line = parseLine(bytes.toString("utf8", wholeBytes, end));
    if (line?.id !== lines.length + 1) {
      // A crash can leave garbage behind the last synced byte, but never in front of a whole line.
      if (bytes.indexOf(10, end + 1) < 0) break;
      throw damaged(file, `line ${lines.length + 1} is not the journal's event ${lines.length + 1}`);
    }
    lines.push(line);
    wholeBytes = end + 1;
  }
  return { lines, wholeBytes };
}

export function parseLine(text: string): JournalLine | null {
  try {
    return JSON.parse(text) as JournalLine;
  } catch {
    return null;
  }
}

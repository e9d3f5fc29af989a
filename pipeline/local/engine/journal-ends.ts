// The two ends of a journal, without what lies between: its first line says what an execution was started with, its last
// ones how it stands. So a list of many executions reads no whole journal, and needs no index, which could be wrong.
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import type { JournalLine } from "./history.ts";
import { damaged, parseLine } from "./journal.ts";

// An input seldom has a kilobyte, and the last events of an execution have a few.
const firstBytes = 4096;
const lastBytes = 16_384;
// From one look to the next, longer one.
const growth = 8;

/** Throws ENOENT where there is no journal, ExecutionDamaged where it does not begin as one. */
export function firstLine(file: string): JournalLine {
  return reading(file, (descriptor, sizeBytes) => {
    for (let length = firstBytes; ; length *= growth) {
      const bytes = bytesOf(descriptor, 0, Math.min(length, sizeBytes));
      const end = bytes.indexOf(10);
      const line = end < 0 ? null : parseLine(bytes.toString("utf8", 0, end));
      if (line?.type === "ExecutionStarted") return line;
      if (end >= 0 || length >= sizeBytes) throw damaged(file, "it does not begin with ExecutionStarted");
    }
  });
}

/**
 * The last lines, in their order: a few first, then more, as long as they are not `enough`; at most all of them.
 * Throws ENOENT, and ExecutionDamaged for what is no line of a journal.
 */
export function lastLines(
  file: string,
  enough: (lines: readonly JournalLine[]) => boolean,
): readonly JournalLine[] {
  return reading(file, (descriptor, sizeBytes) => {
    for (let length = lastBytes; ; length *= growth) {
      const start = Math.max(0, sizeBytes - length);
      const lines = wholeLines(bytesOf(descriptor, start, sizeBytes), start === 0, file);
      if (start === 0 || enough(lines)) return lines;
    }
  });
}

function wholeLines(bytes: Buffer, isFromTheStart: boolean, file: string): JournalLine[] {
  const texts = bytes.toString("utf8").split("\n");
  // A line that begins further ahead; and behind the last line break, what a crash has torn.
  if (!isFromTheStart) texts.shift();
  texts.pop();
  const lines = texts.map(parseLine);
  // As for the whole journal: a crash can leave garbage behind the last whole line, and nowhere else.
  if (lines.at(-1) === null) lines.pop();
  if (lines.some((line, index) => line === null || line.id !== lines[0]!.id + index))
    throw damaged(file, "it has a line that is none of a journal's");
  return lines as JournalLine[];
}

function reading<Found>(file: string, read: (descriptor: number, sizeBytes: number) => Found): Found {
  const descriptor = openSync(file, "r");
  try {
    return read(descriptor, fstatSync(descriptor).size);
  } finally {
    closeSync(descriptor);
  }
}

function bytesOf(descriptor: number, start: number, end: number): Buffer {
  const bytes = Buffer.allocUnsafe(end - start);
  let count = 0;
  while (count < bytes.length) {
    const more = readSync(descriptor, bytes, count, bytes.length - count, start + count);
    if (more === 0) break;
    count += more;
  }
  return bytes.subarray(0, count);
}

// The only way to the terminal, besides progress.ts: everything that passes is made printable here.

import { printable } from "../../../schemas/printable.ts";
import { coloured } from "./colour.ts";
import { hanging } from "./tables.ts";

/** What people read. */
export function printText(text: string): void {
  process.stdout.write(`${coloured(printable(text), process.stdout)}\n`);
}

/** What programs read: one JSON object on the last line of stdout. Its strings keep their value. */
export function printJson(value: unknown): void {
  process.stdout.write(`${printable(JSON.stringify(value))}\n`);
}

/** Progress and remarks, kept out of stdout. In a terminal, lines end between words; one that is indented stays whole. */
export function note(text: string): void {
  const lines = printable(text).split("\n");
  const shown = process.stderr.isTTY
    ? lines.map((line) => (/^\s/.test(line) ? line : hanging("", line)))
    : lines;
  process.stderr.write(`${shown.join("\n")}\n`);
}

/** Says what could not be read. */
export function noteMissing(missing: readonly string[]): void {
  for (const what of missing) note(`Without ${what}.`);
}

// The only way to the terminal, besides progress.ts: everything that passes is made printable here.

import { printable } from "../../../schemas/printable.ts";
import { coloured } from "./colour.ts";
import { hanging } from "./tables.ts";

/** What people read. */
export function printText(text: string): void {
  const shown = betweenWords(printable(text), process.stdout);
  process.stdout.write(`${coloured(shown, process.stdout)}\n`);
}

/** What programs read: one JSON object on the last line of stdout. Its strings keep their value. */
export function printJson(value: unknown): void {
  process.stdout.write(`${printable(JSON.stringify(value))}\n`);
}

/** Progress and remarks, kept out of stdout. */
export function note(text: string): void {
  process.stderr.write(`${betweenWords(printable(text), process.stderr)}\n`);
}

/** In a terminal, prose ends its lines between words. What is indented, or a row of a table, stays whole. */
function betweenWords(text: string, { isTTY }: NodeJS.WriteStream): string {
  if (!isTTY) return text;
  const isWhole = /^\s| {2}|\t|─/;
  return text
    .split("\n")
    .map((line) => (isWhole.test(line) ? line : hanging("", line)))
    .join("\n");
}

/** Says what could not be read. */
export function noteMissing(missing: readonly string[]): void {
  for (const what of missing) note(`Without ${what}.`);
}

// The only way to the terminal, beside progress.ts: whatever passes is made printable here.

import { printable } from "../../schemas/printable.ts";
import { coloured } from "./colour.ts";

/** What people read. */
export function printText(text: string): void {
  process.stdout.write(`${coloured(printable(text), process.stdout)}\n`);
}

/** What programs read: one JSON object on the last line of stdout. Its strings keep their value. */
export function printJson(value: unknown): void {
  process.stdout.write(`${printable(JSON.stringify(value))}\n`);
}

/** Progress and remarks, kept out of stdout. */
export function note(text: string): void {
  process.stderr.write(`${printable(text)}\n`);
}

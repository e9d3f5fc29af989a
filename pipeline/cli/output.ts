/** What people read. */
export function printText(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** What programs read: one JSON object on the last line of stdout. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

/** Progress and remarks, kept out of stdout. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

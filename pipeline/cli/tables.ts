import { oneLine } from "../../schemas/printable.ts";

/** A column: its head, and whether its cells are numbers, which stand at the right. */
export type Column = { head: string; numeric?: boolean };

/** A table for people: padded columns, a line under the head, two blanks between. Ends without a line break. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const widths = columns.map(({ head }, index) =>
    Math.max(width(head), ...rows.map((row) => width(oneLine(row[index] ?? "")))),
  );
  const line = (cells: readonly string[]) =>
    columns
      .map(({ numeric }, index) => {
        const cell = oneLine(cells[index] ?? "");
        const padding = " ".repeat(widths[index]! - width(cell));
        return numeric ? padding + cell : cell + padding;
      })
      .join("  ")
      .trimEnd();
  return [
    line(columns.map(({ head }) => head)),
    line(widths.map((size) => "─".repeat(size))),
    ...rows.map(line),
  ].join("\n");
}

/** Lines of `name  value`. */
export function pairs(rows: readonly (readonly [string, string])[]): string {
  const size = Math.max(...rows.map(([name]) => width(name)));
  return rows.map(([name, value]) => `${name.padEnd(size)}  ${oneLine(value)}`).join("\n");
}

/** Text in lines of at most 80 characters, each after `indent`; what has no blank, such as a path, is cut. */
export function wrap(text: string, indent = ""): string {
  const most = 80 - indent.length;
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > most) {
      lines.push(line);
      line = "";
    }
    line = line === "" ? word : `${line} ${word}`;
    for (; line.length > most; line = line.slice(most)) lines.push(line.slice(0, most));
  }
  return [...lines, line].map((one) => indent + one).join("\n");
}

const width = (text: string) => [...text].length;

/** `0.4 s`, `12 s`, `2 min 05 s`, `1 h 02 min`. */
export function duration(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  const minutes = Math.round(whole / 60);
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
}

const two = (number: number) => String(number).padStart(2, "0");

/** A score with the digits that a comparison needs; a dash for none. */
export function score(value: number | null | undefined): string {
  return value === null || value === undefined ? "-" : value.toFixed(4);
}

/** `12,345`. */
export function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** `2026-11-20 12:00:03` in UTC. */
export function moment(date: string | null): string {
  return date === null ? "-" : date.slice(0, 19).replace("T", " ");
}

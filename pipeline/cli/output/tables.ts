import { oneLine } from "../../../schemas/printable.ts";

/** How wide a line may be: as the terminal is, and elsewhere what every terminal shows. */
const lineWidth = () => (process.stdout.isTTY && process.stdout.columns) || 80;

/**
 * A column: its head, and whether its cells are numbers, which stand at the right. `shortened`: where the table is too
 * wide, a cell loses its middle instead of going on in the next line.
 */
export type Column = { head: string; numeric?: boolean; shortened?: boolean };

/**
 * A table for people: padded columns, a line under the head, two blanks between, within the width of a line. Where it is
 * too wide, cells of text go on in the next line; words, which may be names to copy, stay whole. A cell more than there
 * are columns is a remark, in separate lines below the row. Ends without a line break.
 */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  most = lineWidth(),
): string {
  const texts = rows.map((row) => columns.map((_, index) => oneLine(row[index] ?? "")));
  const widths = columns.map(({ head }, index) =>
    Math.max(width(head), ...texts.map((row) => width(row[index]!))),
  );
  narrow(columns, texts, widths, most);
  const line = (cells: readonly string[]) =>
    columns
      .map(({ numeric }, index) => {
        const cell = cells[index] ?? "";
        const padding = " ".repeat(Math.max(0, widths[index]! - width(cell)));
        return numeric ? padding + cell : cell + padding;
      })
      .join("  ")
      .trimEnd();
  const lines = (cells: readonly string[]) => {
    const broken = cells.map((cell, index) => {
      const { numeric, shortened } = columns[index]!;
      if (numeric) return [cell];
      return shortened ? [withoutMiddle(cell, widths[index]!)] : broke(cell, widths[index]!);
    });
    const height = Math.max(...broken.map((parts) => parts.length));
    return Array.from({ length: height }, (_, at) => line(broken.map((parts) => parts[at] ?? "")));
  };
  return [
    ...lines(columns.map(({ head }) => head)),
    line(widths.map((size) => "─".repeat(size))),
    ...texts.flatMap((cells, at) => [...lines(cells), ...remark(rows[at]![columns.length], most)]),
  ].join("\n");
}

function remark(text: string | undefined, most: number): string[] {
  return text ? wrap(oneLine(text), "    ", most).split("\n") : [];
}

/** Takes from the widest columns of text what is too much. */
function narrow(
  columns: readonly Column[],
  texts: readonly (readonly string[])[],
  widths: number[],
  most: number,
): void {
  const narrowest = columns.map(({ head, numeric, shortened }, index) =>
    numeric
      ? widths[index]!
      : shortened
        ? Math.max(width(head), shortest)
        : Math.max(
            ...[head, ...texts.map((row) => row[index]!)].flatMap((cell) => cell.split(" ").map(width)),
          ),
  );
  let over = widths.reduce((sum, size) => sum + size + 2, -2) - most;
  for (; over > 0; over--) {
    const candidates = [...columns.keys()].filter((index) => widths[index]! > narrowest[index]!);
    const [first, ...others] = candidates;
    if (first === undefined) return;
    widths[others.reduce((best, index) => (widths[index]! > widths[best]! ? index : best), first)]!--;
  }
}

// Of a name, so much tells it from others.
const shortest = 12;

/** `Cardiovas…ulmonary`: names often share their beginning. */
function withoutMiddle(text: string, most: number): string {
  const characters = [...text];
  if (characters.length <= most) return text;
  const end = Math.floor((most - 1) / 2);
  return `${characters.slice(0, most - 1 - end).join("")}…${characters.slice(characters.length - end).join("")}`;
}

function broke(cell: string, most: number): string[] {
  return width(cell) <= most ? [cell] : wrap(cell, "", most).split("\n");
}

/** Lines of `name  value`; a value that is too long for its line continues below itself. */
export function pairs(rows: readonly (readonly [string, string])[]): string {
  const size = Math.max(...rows.map(([name]) => width(name)));
  return rows.map(([name, value]) => hanging(`${name.padEnd(size)}  `, value)).join("\n");
}

/** A text behind its head; what is too long for the line continues below itself. */
export function hanging(head: string, text: string): string {
  const room = Math.max(8, lineWidth() - width(head));
  const shown = oneLine(text);
  // A path or a name is copied by people: never broken.
  const isProse = shown.split(" ").every((word) => width(word) <= room);
  return head + (isProse ? broke(shown, room) : [shown]).join(`\n${" ".repeat(width(head))}`);
}

/** Text in lines of at most so many characters, each after `indent`; what has no blank, such as a path, is cut. */
export function wrap(text: string, indent = "", width = 80): string {
  const most = width - indent.length;
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

/** A score with the digits that a comparison needs; a dash for none. */
export function score(value: number | null | undefined): string {
  return value === null || value === undefined ? "-" : value.toFixed(4);
}

/** `2026-11-20 12:00:03` in UTC. */
export function moment(date: string | null): string {
  return date === null ? "-" : date.slice(0, 19).replace("T", " ");
}

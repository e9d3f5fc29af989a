import type { StateMachine } from "../../../states/asl.ts";
import { type Html, html } from "../../../tasks/report/html.ts";
import { arcsOf, takenIn } from "./arcs.ts";
import type { Row } from "./rows.ts";

/** Height of a row; the stylesheet gives each the same. */
const rowHeight = 32;
const laneWidth = 18;
const mainX = 46;
const width = 84;

/** How a state ended, as its mark shows. */
export type Mark = "off" | "done" | "now" | "bad" | "good";

/** The way of an execution as a line with its states on it, branches beside each other, shortcuts at the left. */
export function graph(machine: StateMachine, rows: readonly Row[], markOf: (row: Row) => Mark): Html {
  const height = rows.length * rowHeight;
  return html`<svg width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" aria-hidden="true">${arcs(machine, rows)}${ways(machine, rows)}${rows.map(
    (row, index) => node(row, index, markOf(row)),
  )}</svg>`;
}

const yOf = (index: number) => index * rowHeight + rowHeight / 2;
const xOf = ({ lane, explains }: Row) => mainX + (lane + (explains ? 1 : 0)) * laneWidth;
const wasEntered = ({ visits }: Row) => visits.length > 0;

function ways(machine: StateMachine, rows: readonly Row[]): Html[] {
  const top = Object.keys(machine.States);
  const taken = takenIn(top, rows);
  const lines: Html[] = [];
  let last: number | null = null;
  for (const [index, row] of rows.entries()) {
    // What explains a failure hangs on the state before it.
    if (row.explains)
      lines.push(curve(xOf(rows[index - 1]!), yOf(index - 1), xOf(row), yOf(index), "caught"));
    else if (row.lane === 0) {
      const before = last === null ? null : rows[last]!;
      const isInside = before !== null && !(top.includes(before.name) && top.includes(row.name));
      const isTaken =
        before !== null &&
        (isInside ? wasEntered(before) && wasEntered(row) : taken.has(`${before.name} ${row.name}`));
      const isEnd = row.kind === "End" && before?.kind === "End";
      if (before && !isEnd)
        lines.push(curve(mainX, yOf(last!), mainX, yOf(index), isTaken ? "way" : "aside"));
      last = index;
    }
  }
  return [...lines, ...sideLanes(rows)];
}

/** The further branches of a Parallel: out of it, along their states, and back into what follows. */
function sideLanes(rows: readonly Row[]): Html[] {
  const lines: Html[] = [];
  for (let index = 1; index < rows.length; index++) {
    const row = rows[index]!;
    if (row.lane === 0 || row.explains) continue;
    const before = rows.findLastIndex(
      (one, at) => at < index && !one.explains && (one.lane > 0 || one.kind === "Parallel"),
    );
    const look = wasEntered(row) ? "way" : "aside";
    lines.push(curve(xOf(rows[before]!), yOf(before), xOf(row), yOf(index), look));
    const next = rows.findIndex((one, at) => at > index && !one.explains);
    const joins = next > 0 && rows[next]!.lane === 0;
    if (joins)
      lines.push(curve(xOf(row), yOf(index), mainX, yOf(next), wasEntered(rows[next]!) ? "way" : "aside"));
  }
  return lines;
}

/** Straight down where it can be, else bent at both ends. */
function curve(x1: number, y1: number, x2: number, y2: number, look: string): Html {
  if (x1 === x2) return html`<path class="${look}" d="M${x1} ${y1}V${y2}"/>`;
  const bend = Math.min(20, (y2 - y1) / 2);
  return x2 > x1
    ? html`<path class="${look}" d="M${x1} ${y1}C${x1} ${y1 + bend} ${x2} ${y1 + bend / 2} ${x2} ${y1 + 2 * bend}V${y2}"/>`
    : html`<path class="${look}" d="M${x1} ${y1}V${y2 - 2 * bend}C${x1} ${y2 - bend / 2} ${x2} ${y2 - bend} ${x2} ${y2}"/>`;
}

/** Transitions that pass rows by, each at its own distance. */
function arcs(machine: StateMachine, rows: readonly Row[]): Html[] {
  return arcsOf(machine, rows).map(({ from, to, caught, taken }, at) => {
    const look = caught ? "caught" : taken ? "way" : "aside";
    const x = Math.max(4, mainX - 14 - at * 8);
    const [top, bottom] = [Math.min(from, to), Math.max(from, to)].map(yOf) as [number, number];
    return html`<path class="${look}" d="M${mainX} ${top}C${x} ${top + 8} ${x} ${top + 8} ${x} ${top + 24}V${bottom - 24}C${x} ${bottom - 8} ${x} ${bottom - 8} ${mainX} ${bottom}"/>`;
  });
}

function node(row: Row, index: number, mark: Mark): Html {
  const [x, y] = [xOf(row), yOf(index)];
  const look = { off: "node off", done: "node", now: "node now", bad: "node bad", good: "node good" }[mark];
  if (mark === "good")
    return html`<circle class="${look}" cx="${x}" cy="${y}" r="8"/><path class="mark" d="M${x - 3.5} ${y}l2.5 2.5 4.5-5"/>`;
  if (mark === "bad")
    return html`<circle class="${look}" cx="${x}" cy="${y}" r="8"/><path class="mark" d="M${x - 3} ${y - 3}l6 6m0-6l-6 6"/>`;
  if (row.kind === "Choice") return html`<path class="${look}" d="M${x} ${y - 7}l7 7-7 7-7-7z"/>`;
  return html`<circle class="${look}" cx="${x}" cy="${y}" r="${mark === "off" ? 5 : 6}"/>`;
}

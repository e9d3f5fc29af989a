import { details, table } from "../../tasks/report/elements.ts";
import { score } from "../../tasks/report/format.ts";
import { type Html, html } from "../../tasks/report/html.ts";
import { chart, linear, place, ticks } from "../../tasks/report/svg/chart.ts";

export type TrendLine = { name: string; values: (number | null)[] };

const height = 240;
const [top, bottom] = [10, 214];
// Room for the scale at the left and the names at the right, in percent.
const [left, right] = [5, 84];
// More lines than that cannot be told apart; the table below has them all.
const mostLines = 8;

/** Scores by generation as lines, the first one thick, each named at its end; and as a table. */
export function trend(generations: readonly number[], lines: readonly TrendLine[]): Html {
  const shown = lines.slice(0, mostLines);
  const all = shown.flatMap(({ values }) => values.filter((value) => value !== null));
  const least = Math.max(0, Math.min(...all, 1) - 0.02);
  const y = (value: number) => place(bottom - ((value - least) / (1 - least || 1)) * (bottom - top));
  const x = linear(0, Math.max(1, generations.length - 1), left, right);
  const sentence = `F1 by generation, ${generations[0]} to ${generations.at(-1)}. ${shown
    .map(
      ({ name, values }) =>
        `${name}: from ${score(values.find((one) => one !== null))} to ${score(values.at(-1))}`,
    )
    .join("; ")}.`;
  const grid = ticks(least, 1, 5).map(
    (value) =>
      html`<line class="grid" x1="${left}%" x2="${right}%" y1="${y(value)}" y2="${y(value)}"/><text x="0" y="${y(value) + 4}">${value.toFixed(2)}</text>`,
  );
  // Names that would lie on each other move apart.
  const ends = shown
    .map(({ values }, at) => ({ at, y: y(values.findLast((one) => one !== null) ?? least) }))
    .sort((a, b) => a.y - b.y);
  for (const [index, end] of ends.entries()) if (index > 0) end.y = Math.max(end.y, ends[index - 1]!.y + 15);
  const stride = Math.ceil(generations.length / 12);
  const drawing = html`${grid}${generations.map(
    (generation, at) =>
      at % stride === 0 &&
      html`<text x="${x(at)}%" y="${height - 6}" text-anchor="middle">${generation}</text>`,
  )}${shown.map((line, at) => drawn(line, at, x, y))}${ends.map(
    ({ at, y: place }) =>
      html`<text class="${at === 0 && "strong"}" x="${right + 1.5}%" y="${place + 4}">${shown[at]!.name}</text>`,
  )}`;
  const rows = generations.map((generation, at) => [
    generation,
    ...lines.map(({ values }) => score(values[at])),
  ]);
  return html`${chart(sentence, height, drawing, "trend")}${details(
    "As a table",
    table(
      [{ head: "Generation" }, ...lines.map(({ name }) => ({ head: name, numeric: true }))],
      rows,
      "tight",
    ),
  )}`;
}

function drawn(
  { values }: TrendLine,
  line: number,
  x: (at: number) => number,
  y: (value: number) => number,
): Html {
  const look = line === 0 ? "main" : `t${line}`;
  const segments = values.flatMap((value, at) => {
    const before = at > 0 ? values[at - 1] : null;
    return value === null || before === null || before === undefined
      ? []
      : [
          html`<line class="trend-line ${look}" x1="${x(at - 1)}%" y1="${y(before)}" x2="${x(at)}%" y2="${y(value)}"/>`,
        ];
  });
  const dots = values.map(
    (value, at) =>
      value !== null &&
      html`<circle class="trend-dot ${look}" cx="${x(at)}%" cy="${y(value)}" r="${line === 0 ? 4 : 3}"/>`,
  );
  return html`${segments}${dots}`;
}

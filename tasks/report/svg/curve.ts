import { type Html, html } from "../html.ts";
import { chart, linear, place } from "./chart.ts";

export type Point = { x: number; y: number };
export type Curve = {
  points: readonly Point[];
  /** What `points` are a smoothed form of: drawn lightly behind. */
  raw?: readonly Point[];
  /** `s0` to `s2`: each with a dash of its own. */
  look: string;
};

// Left of it stand the numbers of the axis.
const left = 9;
const top = 20;
const bottom = 24;
const mostMarked = 30;

/**
 * Lines over steps, with the ends of epochs marked. The axis is logarithmic: a loss falls by orders of magnitude, and
 * what matters happens at the small end.
 */
export function curves(
  sentence: string,
  of: readonly Curve[],
  epochs: readonly { from: number; to: number; name: string }[],
  height: number,
): Html {
  const all = of.flatMap(({ points, raw = [] }) => [...points, ...raw]);
  const last = Math.max(1, ...all.map(({ x }) => x));
  const positive = all.map(({ y }) => y).filter((y) => y > 0);
  const [low, high] = [Math.min(...positive), Math.max(...positive)];
  // A third of a decade above and below.
  const [from, to] = [Math.log10(low) - 0.12, Math.log10(high) + 0.12];
  const x = linear(0, last, left, 98);
  const floor = height - bottom;
  const y = (value: number) => {
    const share = (Math.log10(Math.max(value, low)) - from) / (to - from);
    return place(floor - share * (floor - top));
  };
  const grid = logTicks(10 ** from, 10 ** to).map(
    (tick) =>
      html`<line class="grid" x1="${left}%" x2="98%" y1="${y(tick)}" y2="${y(tick)}"/><text x="${left - 1.5}%" y="${y(tick) + 4}" text-anchor="end">${tick}</text>`,
  );
  const ends = epochs.map(
    ({ from: begun, to: ended, name }) =>
      html`<line class="grid dashed" x1="${x(ended)}%" x2="${x(ended)}%" y1="${top - 8}" y2="${floor}"/>${epochs.length <= 8 && html`<text x="${x((begun + ended) / 2)}%" y="12" text-anchor="middle">${name}</text>`}`,
  );
  const line = (points: readonly Point[], look: string) =>
    html`<polyline class="line ${look}" points="${points.map((point) => `${x(point.x)},${y(point.y)}`).join(" ")}"/>`;
  const lines = [
    ...of.map(({ raw, look }) => raw && line(raw, `${look} raw`)),
    ...of.map(({ points, look }) => line(points, look)),
  ];
  const end = of[0]?.points.at(-1);
  return chart(sentence, height, [
    ...grid,
    ...ends,
    // In the inner picture a unit of x is a percent of the width.
    html`<svg x="0" y="0" width="100%" height="${height}" viewBox="0 0 100 ${height}" preserveAspectRatio="none">${lines}</svg>`,
    // Of several lines, or of many points, they would hide the lines.
    ...(of.length === 1 && of[0]!.points.length <= mostMarked
      ? of[0]!.points.map(
          (point) => html`<circle class="point" cx="${x(point.x)}%" cy="${y(point.y)}" r="2.2"/>`,
        )
      : []),
    html`${end && of.length === 1 && html`<text class="strong" x="98%" y="${y(end.y) - 9}" text-anchor="end">${end.y.toPrecision(3)}</text>`}<line class="axis" x1="${left}%" x2="98%" y1="${floor}" y2="${floor}"/><text x="${left}%" y="${height - 6}">step 0</text><text x="98%" y="${height - 6}" text-anchor="end">${last}</text>`,
  ]);
}

/** 0.03, 0.1, 0.3, 1: two to a decade; of less than a decade, more. */
function logTicks(from: number, to: number): number[] {
  const steps = to / from > 8 ? [1, 3] : to / from > 2.5 ? [1, 2, 5] : [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8];
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(from)); power <= Math.ceil(Math.log10(to)); power++)
    for (const step of steps) {
      const tick = Number((step * 10 ** power).toPrecision(3));
      if (tick >= from && tick <= to) ticks.push(tick);
    }
  return ticks;
}

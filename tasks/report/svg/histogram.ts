import { type Html, html } from "../html.ts";
import { chart, place } from "./chart.ts";

export type Bin = { value: number; faint?: boolean; title?: string };
export type Mark = { at: number; text: string; anchor?: "start" | "middle" | "end" };

/** Bars of equal width beside each other. `marks`: what is written below, at a place in percent. */
export function histogram(
  sentence: string,
  bins: readonly Bin[],
  marks: readonly Mark[],
  height: number,
): Html {
  const most = Math.max(1, ...bins.map(({ value }) => value));
  const width = 100 / bins.length;
  const floor = height - 22;
  const bars = bins.map(({ value, faint, title }, at) => {
    // What is there is seen, however little it is.
    const tall = value === 0 ? 0 : Math.max(1, (value / most) * floor);
    return html`<rect class="bar${faint && " faint"}" x="${place(at * width)}%" y="${place(floor - tall)}" width="${place(width * 0.9)}%" height="${place(tall)}">${title && html`<title>${title}</title>`}</rect>`;
  });
  return chart(sentence, height, [
    ...bars,
    html`<line class="axis" x1="0" x2="100%" y1="${floor + 0.5}" y2="${floor + 0.5}"/>`,
    ...marks.map(
      ({ at, text, anchor = "middle" }) =>
        html`<text x="${place(at)}%" y="${height - 4}" text-anchor="${anchor}">${text}</text>`,
    ),
  ]);
}

// Charts are SVG with horizontal places in percent and heights in pixels, so that they fill their card without their
// letters growing. What is drawn as a path lies in an inner svg that is stretched, with lines that are not.
import { type Html, html } from "../html.ts";

/** A number as SVG needs it: no more digits than a screen can show. */
export const place = (value: number) => Number(value.toFixed(2));

/** A chart, with the sentence that says what it shows to whoever cannot see it. */
export function chart(sentence: string, height: number, content: Html | readonly Html[], name = ""): Html {
  return html`<svg class="chart ${name}" role="img" aria-label="${sentence}" width="100%" height="${height}"><title>${sentence}</title>${content}</svg>`;
}

/** From a value to a place in percent. */
export type Scale = (value: number) => number;

export function linear(from: number, to: number, start = 0, end = 100): Scale {
  const width = to - from || 1;
  return (value) => place(start + ((value - from) / width) * (end - start));
}

/** Round numbers from `from` to `to`, about as many as asked for. */
export function ticks(from: number, to: number, about: number): number[] {
  const rough = (to - from) / about;
  if (!(rough > 0)) return [from];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((digit) => digit * power).find((one) => one >= rough * 0.999)!;
  const first = Math.ceil(from / step - 1e-9);
  const last = Math.floor(to / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, at) => Number(((first + at) * step).toPrecision(12)));
}

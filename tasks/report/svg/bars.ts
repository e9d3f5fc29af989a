import { type Html, html } from "../html.ts";
import { chart, place } from "./chart.ts";

/** Lying bars below each other, each a share of the width. */
export function bars(sentence: string, of: readonly { share: number; name: string }[]): Html {
  const thick = 8;
  return chart(
    sentence,
    of.length * (thick + 2),
    of.map(
      ({ share, name }, at) =>
        html`<rect class="bar ${name}" x="0" y="${at * (thick + 2)}" width="${place(Math.max(share * 100, share > 0 ? 0.5 : 0))}%" height="${thick}" rx="1.5"/>`,
    ),
    "dumbbell",
  );
}

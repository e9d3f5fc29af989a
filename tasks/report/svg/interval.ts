import { signed } from "../format.ts";
import { type Html, html } from "../html.ts";
import { chart, linear } from "./chart.ts";

/** A difference with its interval, and where zero is. */
export function interval(
  sentence: string,
  { at, lower, upper }: { at: number; lower: number; upper: number },
): Html {
  const [from, to] = [Math.min(0, lower), Math.max(0, upper)];
  const x = linear(from, to, 12, 88);
  return chart(
    sentence,
    48,
    html`<line class="axis" x1="0" x2="100%" y1="16" y2="16"/><line class="reach" x1="${x(lower)}%" x2="${x(upper)}%" y1="16" y2="16"/><line class="zero" x1="${x(0)}%" x2="${x(0)}%" y1="4" y2="28"/><circle class="dot" cx="${x(at)}%" cy="16" r="5"/><text x="${x(lower)}%" y="44" text-anchor="middle">${signed(lower)}</text>${
      // Not where one number would stand upon another.
      Math.min(Math.abs(x(0) - x(lower)), Math.abs(x(0) - x(upper))) > 14 &&
      html`<text x="${x(0)}%" y="44" text-anchor="middle">0</text>`
    }<text x="${x(upper)}%" y="44" text-anchor="middle">${signed(upper)}</text>`,
  );
}

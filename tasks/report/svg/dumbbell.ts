import type { LabelScores } from "../../../schemas/types.ts";
import { score } from "../format.ts";
import { type Html, html } from "../html.ts";
import { chart, type Scale } from "./chart.ts";

/** From precision to recall, with F1 between them, and a champion's F1 as a thin line. */
export function dumbbell(
  { precision, recall, f1 }: LabelScores,
  champion: LabelScores | null,
  scale: Scale,
): Html {
  const [from, to] = [scale(Math.min(precision, recall)), scale(Math.max(precision, recall))];
  const before = champion ? ` The model in use then: F1 ${score(champion.f1)}.` : "";
  return chart(
    `Precision ${score(precision)}, F1 ${score(f1)}, recall ${score(recall)}.${before}`,
    20,
    html`<line class="grid" x1="0" x2="100%" y1="10" y2="10"/><line class="reach" x1="${from}%" x2="${to}%" y1="10" y2="10"/>${
      champion &&
      html`<line class="before" x1="${scale(champion.f1)}%" x2="${scale(champion.f1)}%" y1="1" y2="19"/>`
    }<circle class="dot" cx="${scale(precision)}%" cy="10" r="4.5"/><circle class="ring" cx="${scale(recall)}%" cy="10" r="4"/><line class="tick" x1="${scale(f1)}%" x2="${scale(f1)}%" y1="3" y2="17"/>`,
    "dumbbell",
  );
}

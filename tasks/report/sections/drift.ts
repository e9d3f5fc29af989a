import type { Drift } from "../../../schemas/types.ts";
import { type Card, card } from "../elements.ts";
import { count } from "../format.ts";
import { html } from "../html.ts";

/** What is new in this export, against the one that the champion was trained on. It decides nothing. */
export function driftSection(drift: Drift): Card {
  const { champion, findings } = drift;
  const moved = findings.filter(({ exceeds }) => exceeds).length;
  return card(
    {
      id: "drift",
      title: "Drift",
      say:
        moved === 0
          ? `Against the export of generation ${count(champion)}: no more than two halves of one export differ. Nothing is decided by it.`
          : `Against the export of generation ${count(champion)}: ${count(moved)} of ${count(findings.length)} differ by more than two halves of one export do. Nothing is decided by it.`,
      columns: 6,
    },
    html`<ul class="checks">${[...findings]
      .sort((a, b) => Number(b.exceeds) - Number(a.exceeds))
      .map(
        ({ exceeds, message }) =>
          html`<li><span class="${exceeds ? "unsure" : "off"}" aria-hidden="true">${exceeds ? "!" : "·"}</span><span>${exceeds && html`<strong>Moved.</strong> `}${message}</span></li>`,
      )}</ul>`,
  );
}

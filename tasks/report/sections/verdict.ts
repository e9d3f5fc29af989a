import { wordsOf } from "../../../schemas/tables/kinds.ts";
import type { Verdict } from "../../../schemas/types.ts";
import { type Card, card } from "../elements.ts";
import { percent, score, signed } from "../format.ts";
import { type Html, html } from "../html.ts";
import { isWarning } from "../outcome.ts";
import { interval } from "../svg/interval.ts";

/** Every rule of the gate with its sentence, and how sure the difference to the model in use is. */
export function verdictSection(verdict: Verdict): Card {
  const { kind, policy, reasons, comparison } = verdict;
  const name = wordsOf(kind).metrics[policy.metric] ?? policy.metric;
  return card(
    {
      id: "verdict",
      title: "Verdict",
      say: `Decided by ${name.toLowerCase()}. Evidence: verdict.json`,
      columns: 5,
    },
    html`<ul class="checks">${reasons.map(reason)}</ul>`,
    comparison && difference(comparison, name),
  );
}

function reason({ passed, message }: Verdict["reasons"][number]): Html {
  // It has passed, and should be looked at all the same; its sentence says so itself.
  const [tone, symbol, said] = isWarning(message)
    ? ["unsure", "!", ""]
    : passed
      ? ["good", "✓", "Passed: "]
      : ["bad", "✗", "Not passed: "];
  return html`<li><span class="${tone}" aria-hidden="true">${symbol}</span><span><span class="hidden">${said}</span>${message}</span></li>`;
}

function difference(comparison: NonNullable<Verdict["comparison"]>, name: string): Html {
  const { difference, level, lower, upper, probabilityBetter, smallestDetectable } = comparison;
  const sentence = `${name}, this run minus the model in use: ${signed(difference)}; ${percent(level)} interval ${signed(lower)} to ${signed(upper)}.`;
  const shown =
    lower > 0
      ? "The interval lies above zero: the difference is not luck of the draw."
      : upper < 0
        ? "The interval lies below zero: the model in use is better."
        : "The interval contains zero: these test documents cannot tell the two apart.";
  return html`<h3>Difference to the model in use</h3><p class="say">${sentence} ${shown} Better with probability ${probabilityBetter.toFixed(2)}. The smallest difference that this test set could have shown: ${score(smallestDetectable)}.</p>${interval(sentence, { at: difference, lower, upper })}`;
}

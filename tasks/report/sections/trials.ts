import { settingsInWords } from "../../../schemas/execution/trials.ts";
import type { TrialReceipt } from "../../../schemas/types.ts";
import { badge, type Card, card, type Row, table } from "../elements.ts";
import { count, score } from "../format.ts";
import { type Html, html } from "../html.ts";
import { chart, linear, type Scale } from "../svg/chart.ts";

/** What was tried and what was taken; nothing where there was nothing to choose. */
export function trialsSection(trials: readonly TrialReceipt[]): Card | null {
  if (trials.length < 2) return null;
  const ends = trials.flatMap(({ score: middle, standardError: error }) =>
    middle === null ? [] : [middle - (error ?? 0), middle + (error ?? 0)],
  );
  const x = linear(Math.min(...ends), Math.max(...ends), 4, 96);
  const scored = ends.length > 0;
  return card(
    {
      id: "trials",
      title: "Trials",
      say: `${count(trials.length)} trainings, compared on the validation side. Taken: the simplest within one standard error of the best.`,
      columns: 12,
    },
    table(
      [
        { head: "Trial" },
        { head: "Settings", className: "wide" },
        ...(scored ? [{ head: "Score ± one standard error", className: "drawn" }] : []),
        { head: "Validation", numeric: true },
        { head: "Std. error", numeric: true, className: "wide" },
      ],
      trials.map((trial): Row => {
        const { algorithm, chosen, status, score: middle, standardError, failure } = trial;
        const cells = [
          html`${trial.trial} · ${algorithm}${chosen && html` ${badge("taken")}`}`,
          html`<span class="off">${settingsInWords(trial)}</span>${failure && html`<br>${failure.name}: ${failure.message}`}`,
          ...(scored ? [whiskers(trial, x)] : []),
          status === "failed" ? html`<span class="bad">✗ failed</span>` : score(middle),
          score(standardError),
        ];
        return chosen ? { look: "own", cells } : cells;
      }),
      "labels",
    ),
  );
}

function whiskers({ score: middle, standardError }: TrialReceipt, x: Scale): Html | null {
  if (middle === null) return null;
  const error = standardError ?? 0;
  return chart(
    `${score(middle)} ± ${score(error)}`,
    20,
    html`<line class="grid" x1="0" x2="100%" y1="10" y2="10"/><line class="reach" x1="${x(middle - error)}%" x2="${x(middle + error)}%" y1="10" y2="10"/><circle class="dot" cx="${x(middle)}%" cy="10" r="4.5"/>`,
    "dumbbell",
  );
}

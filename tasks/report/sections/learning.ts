import type { Finding, TrainingLogLine, TrainingStep, TrialReceipt } from "../../../schemas/types.ts";
import { type Card, card, details, legend, table } from "../elements.ts";
import { count, score } from "../format.ts";
import { html } from "../html.ts";
import type { Training } from "../run-files.ts";
import { smoothed, smoothedOver } from "../smooth.ts";
import { curves } from "../svg/curve.ts";

// As many lines as can be told apart by their dashes.
const mostDrawn = 3;

/** How the loss fell, the taken trial first, and what somebody should look at. It decides nothing. */
export function learningSection(
  trainings: readonly Training[],
  trials: readonly TrialReceipt[] | null,
  findings: readonly Finding[],
): Card | null {
  const chosen = trials?.find((one) => one.chosen)?.trial ?? 0;
  const drawn = trainings
    .map(({ trial, algorithm, lines }) => ({ trial, algorithm, lines, steps: lines.filter(isStep) }))
    // A logarithm needs something above zero, a line two points.
    .filter(({ steps }) => steps.filter(({ loss }) => loss > 0).length > 1)
    .sort((a, b) => Number(b.trial === chosen) - Number(a.trial === chosen));
  const [first] = drawn;
  if (!first) return null;
  const shown = drawn.slice(0, mostDrawn);
  const last = first.steps.at(-1)!;
  const sentence = `Loss by step, logarithmic: ${first.steps[0]!.loss.toPrecision(3)} at first, ${last.loss.toPrecision(3)} at step ${count(last.step)}.`;
  const noisy = shown.filter(({ steps }) => isSmoothed(steps));
  const meanings = [
    ...(shown.length > 1
      ? shown.map(({ trial, algorithm }, at) => [`s${at}`, `trial ${trial} · ${algorithm}`] as const)
      : []),
    ...(noisy[0]
      ? [
          ...(shown.length > 1
            ? []
            : [["s0", `mean of ${smoothedOver(noisy[0].steps.length)} points`] as const]),
          [
            "s0 raw",
            shown.length > 1 ? "light: each point; the lines are means over several" : "each point",
          ] as const,
        ]
      : []),
  ];
  const validations = first.lines.flatMap((line) => ("validation" in line ? [line] : []));
  return card(
    { id: "learning", title: "Learning", say: sentence, columns: 6 },
    curves(
      sentence,
      shown.map(({ steps }, at) => {
        const losses = smoothed(steps.map(({ loss }) => loss));
        return {
          points: steps.map(({ step }, index) => ({ x: step, y: losses[index]! })),
          ...(isSmoothed(steps) && { raw: steps.map(({ step, loss }) => ({ x: step, y: loss })) }),
          look: `s${at}`,
        };
      }),
      shown.length === 1 ? epochsOf(first.steps) : [],
      230,
    ),
    meanings.length > 0 && legend(meanings),
    drawn.length > shown.length &&
      html`<p class="note">${count(drawn.length - shown.length)} more are not drawn.</p>`,
    ...findings.map(({ trial, message }) => html`<p class="warning">Trial ${trial}: ${message}</p>`),
    validations.length > 0 &&
      details(
        "Validation scores",
        table(
          [
            { head: "Epoch" },
            { head: "Score", numeric: true },
            { head: "Std. error", numeric: true },
            { head: "Loss", numeric: true },
          ],
          validations.map(({ epoch, step, validation }) => [
            epoch === undefined ? `step ${count(step)}` : String(epoch),
            score(validation.score),
            score(validation.standardError),
            score(validation.loss),
          ]),
          "tight",
        ),
      ),
  );
}

const isSmoothed = (steps: readonly TrainingStep[]) => smoothedOver(steps.length) > 1;

const isStep = (line: TrainingLogLine): line is TrainingStep => "loss" in line;

/** Where each epoch begins and ends. */
function epochsOf(steps: readonly TrainingStep[]) {
  const ends = new Map<number, number>();
  for (const { step, epoch } of steps) if (epoch !== undefined) ends.set(epoch, step);
  let from = 0;
  return [...ends].map(([epoch, to]) => {
    const one = { from, to, name: `epoch ${epoch}` };
    from = to;
    return one;
  });
}

import type { LearningCurve } from "../curve.ts";
import { type Card, card, table } from "../elements.ts";
import { count, score } from "../format.ts";

/** What more labelled notes would bring, by share of the training groups. */
export function curveSection({ algorithm, points, says }: LearningCurve): Card {
  return card(
    {
      id: `curve-${algorithm}`,
      title: `Learning curve of ${algorithm}`,
      say: `On the validation side. ${says}`,
      columns: 12,
    },
    table(
      [
        { head: "Share" },
        { head: "Documents", numeric: true },
        { head: "Trainings", numeric: true },
        { head: "Score", numeric: true },
        { head: "Std. error", numeric: true },
      ],
      points.map(({ share, documents, trainings, asked, score: middle, standardError }) => [
        `${Math.round(100 * share)} %`,
        count(documents),
        trainings === asked ? count(asked) : `${count(trainings)} of ${count(asked)}`,
        middle === null ? "failed" : score(middle),
        score(standardError),
      ]),
    ),
  );
}

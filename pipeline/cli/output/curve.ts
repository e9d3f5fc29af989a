import type { LearningCurve } from "../../../tasks/report/curve.ts";
import { count } from "../../../tasks/report/format.ts";
import { score, table, wrap } from "./tables.ts";
import { heightsFor, sparkline } from "./training.ts";

/** Tables of the learning curves, a sparkline and a sentence each. */
export function curves(found: readonly LearningCurve[]): string[] {
  return found.map(({ algorithm, points, says }) => {
    const rows = points.map((point) => [
      `${Math.round(100 * point.share)} %`,
      count(point.documents),
      point.trainings === point.asked ? String(point.asked) : `${point.trainings} of ${point.asked}`,
      point.score === null ? "failed" : `${score(point.score)} ± ${score(point.standardError)}`,
    ]);
    const columns = [
      { head: "Share", numeric: true },
      { head: "Documents", numeric: true },
      { head: "Trainings", numeric: true },
      { head: "Score ± std. error", numeric: true },
    ];
    const scores = points.flatMap((point) => point.score ?? []);
    const title = `Learning curve of ${algorithm}, on the validation side: ${sparkline(scores, scores.length, heightsFor(process.env))}`;
    return [title.trimEnd(), table(columns, rows), wrap(says)].join("\n");
  });
}

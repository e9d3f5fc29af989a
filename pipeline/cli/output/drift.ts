import type { Drift } from "../../../schemas/types.ts";
import type { DriftFinding } from "../../../tasks/drift/drift.ts";
import { titleOf } from "../../../tasks/drift/wording.ts";
import { table, wrap } from "./tables.ts";

/** Of an execution: what drifted since the champion's export, as sentences. */
export function driftSince({ champion, findings }: Drift): string {
  const drifted = findings.filter(({ exceeds }) => exceeds);
  const against = `Drift since the export of generation ${champion}`;
  if (drifted.length === 0)
    return wrap(`${against}: none; nothing differs by more than two halves of one export.`);
  return [`${against} (it decides nothing):`, ...drifted.map(({ message }) => wrap(message, "  "))].join(
    "\n",
  );
}

const legend =
  "Distance: 0 the same, 1 nothing in common. PSI: population stability index. Halves: the distance of two random halves of one export, and what it is at most by chance.";

/** The findings of a comparison of two exports: a table, and a sentence for each that is more than chance. */
export function driftText(findings: readonly DriftFinding[]): string {
  const numeric = true;
  const figures = table(
    [
      { head: "Compared", shortened: true },
      { head: "Distance", numeric },
      { head: "PSI", numeric },
      { head: "Halves", numeric },
      { head: "At most", numeric },
      { head: "" },
    ],
    findings.map(({ what, distance, psi, halves, limit, exceeds }) => [
      titleOf(what),
      distance.toFixed(3),
      psi?.toFixed(3) ?? "",
      halves?.toFixed(3) ?? "",
      limit?.toFixed(3) ?? "",
      exceeds ? "drifted" : limit === null ? "unknown" : "same",
    ]),
  );
  const told = findings.filter(({ exceeds }) => exceeds).map(({ message }) => wrap(message));
  const none = "Nothing differs by more than two random halves of one export do.";
  return [figures, wrap(legend), ...(told.length > 0 ? told : [none])].join("\n\n");
}

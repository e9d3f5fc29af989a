import { settingsInWords } from "../../../schemas/execution/trials.ts";
import type { Summary } from "../../results/summary.ts";
import { score, table, wrap } from "./tables.ts";

/** Table of the trials, and which one was taken; nothing where there was nothing to choose. */
export function trials({ trials: ended }: Summary): string[] {
  if (!ended || ended.length < 2) return [];
  const rows = ended.map((trial) => [
    `${trial.trial}${trial.chosen ? "*" : ""}`,
    trial.algorithm,
    settingsInWords(trial),
    trial.status === "failed" ? "failed" : score(trial.score),
    score(trial.standardError),
    ...(trial.failure ? [`${trial.failure.name}: ${trial.failure.message}`] : []),
  ]);
  const columns = [
    { head: "Trial", numeric: true },
    { head: "Algorithm" },
    { head: "Settings" },
    { head: "Validation", numeric: true },
    { head: "Std. error", numeric: true },
  ];
  const rule = ended.some((trial) => trial.chosen)
    ? ["* taken: the simplest within one standard error of the best on the validation side."]
    : [];
  return [[table(columns, rows), ...rule.map((text) => wrap(text))].join("\n")];
}

import type { Finding, TrainingLogLine } from "../../../schemas/types.ts";
import { percent } from "../../../tasks/report/format.ts";
import { smoothed } from "../../../tasks/report/smooth.ts";
import type { Results } from "../../results/results.ts";
import { wrap } from "./tables.ts";

// With the names and numbers beside them, a line of 80 columns.
const lossColumns = 20;
const shareColumns = 7;
const scoreColumns = 8;

/** How each trial's loss went, and its score on the validation side, also while it trains: a line a trial. */
export function training({ files }: Results, environment = process.env): string[] {
  const heights = heightsFor(environment);
  const lines = files.trainings.flatMap(({ trial, algorithm, lines }) => {
    const loss = lines.flatMap((line) => ("loss" in line ? [line.loss] : []));
    if (loss.length === 0) return [];
    // Of a learning curve.
    const share = files.dataset?.trials.find((one) => one.trial === trial)?.trainShare;
    const said =
      share === undefined
        ? ""
        : percent(share)
            .padStart(shareColumns - 1)
            .padEnd(shareColumns);
    const [first, last] = [loss[0]!, loss.at(-1)!].map((value) => value.toPrecision(3));
    return [
      `  ${String(trial).padStart(2)} ${algorithm.padEnd(11)}  ${said}loss ${first} ${sparkline(smoothed(loss), lossColumns - said.length, heights)} ${last}${scores(lines, heights)}`,
    ];
  });
  return lines.length === 0 ? [] : [["Training", ...lines].join("\n")];
}

function scores(lines: readonly TrainingLogLine[], heights: string): string {
  const found = lines.flatMap((line) => ("validation" in line ? [line.validation] : []));
  const last = found.at(-1);
  if (!last) return "";
  const curve = sparkline(
    found.map(({ score }) => score),
    scoreColumns,
    heights,
  );
  return `  ${last.metric} ${found.length > 1 ? `${curve} ` : ""}${last.score.toFixed(4)}`;
}

/** What somebody should look at, a sentence each. */
export function findings(found: readonly Finding[]): string[] {
  if (found.length === 0) return [];
  const said = found.map(({ trial, message }) => wrap(`Trial ${trial}: ${message}`, "  "));
  return [["Findings, which decide nothing:", ...said].join("\n")];
}

/** At most `columns` characters, each as high as the mean of its part of the values. */
export function sparkline(values: readonly number[], columns: number, heights: string): string {
  const count = Math.min(columns, values.length);
  const means = Array.from({ length: count }, (_, column) => {
    const part = values.slice(
      Math.floor((column * values.length) / count),
      Math.floor(((column + 1) * values.length) / count),
    );
    return part.reduce((sum, value) => sum + value, 0) / part.length;
  });
  const [low, high] = [Math.min(...means), Math.max(...means)];
  const steps = [...heights];
  return means
    .map((mean) => steps[high > low ? Math.round(((mean - low) / (high - low)) * (steps.length - 1)) : 0])
    .join("");
}

/** What a terminal can show. The first of these that is set counts, as for every program (locale(7)). */
export function heightsFor({ LC_ALL, LC_CTYPE, LANG }: NodeJS.ProcessEnv): string {
  return /utf-?8/i.test(LC_ALL || LC_CTYPE || LANG || "") ? "▁▂▃▄▅▆▇█" : "_.:-=+*#";
}

import { expect, test } from "vitest";
import { findings, sparkline, training } from "../../../pipeline/cli/output/training.ts";
import type { Results } from "../../../pipeline/results/results.ts";
import type { TrainingLogLine } from "../../../schemas/types.ts";
import type { Training } from "../../../tasks/report/run-files.ts";

const steps = (losses: number[]): TrainingLogLine[] =>
  losses.map((loss, index) => ({ step: index + 1, loss, seconds: index }));
const scored = (scores: number[]): TrainingLogLine[] =>
  scores.map((score, index) => ({
    step: index + 1,
    epoch: index + 1,
    validation: { metric: "macroF1", score, standardError: 0.0123, documents: 90 },
    seconds: index,
  }));
const resultsOf = (trainings: Training[], trials: object[] = []) =>
  ({ files: { trainings, dataset: { trials } } }) as unknown as Results;

test("a trial is a line of 80 columns with its loss, and its scores where it has a validation side", () => {
  const falling = steps(Array.from({ length: 500 }, (_, index) => 2.5 * Math.exp(-index / 100)));
  const logs = resultsOf([
    { trial: 0, algorithm: "linear", lines: steps([1.2, 0.6, 0.3]) },
    { trial: 29, algorithm: "transformer", lines: [...falling, ...scored([0.1, 0.5, 0.9312])] },
  ]);
  const [text] = training(logs, { LANG: "en_GB.UTF-8" });
  expect(text!.split("\n")).toEqual([
    "Training",
    "   0 linear       loss 1.20 █▃▁ 0.300",
    "  29 transformer  loss 2.50 █▆▅▄▄▃▃▂▂▂▂▁▁▁▁▁▁▁▁▁ 0.0170  macroF1 ▁▄█ 0.9312",
  ]);
  for (const line of text!.split("\n")) expect([...line].length).toBeLessThanOrEqual(80);
  for (const locale of [{}, { LANG: "C" }, { LANG: "de_DE.UTF-8", LC_ALL: "POSIX" }])
    expect(training(logs, locale)[0]).toMatch(/^[\n\x20-\x7e]+$/);
});

test("a training of a learning curve names its share", () => {
  const falling = steps(Array.from({ length: 500 }, (_, index) => 2.5 * Math.exp(-index / 100)));
  const lines = [...falling, ...scored(Array.from({ length: 20 }, (_, index) => index / 20))];
  const logs = resultsOf(
    [0, 1].map((trial) => ({ trial, algorithm: "transformer", lines })),
    [
      { trial: 0, trainShare: 0.125 },
      { trial: 1, trainShare: 1 },
    ],
  );
  const [, ...found] = training(logs, { LANG: "C.UTF-8" })[0]!.split("\n");
  expect(found.map((line) => line.slice(0, 29))).toEqual([
    "   0 transformer  12.5 % loss",
    "   1 transformer   100 % loss",
  ]);
  for (const line of found) expect([...line].length).toBeLessThanOrEqual(80);
});

test("what has no log yet has no line", () => {
  expect(training(resultsOf([]))).toEqual([]);
  expect(training(resultsOf([{ trial: 0, algorithm: "transformer", lines: [] }]))).toEqual([]);
});

test("a sparkline is flat for what does not change, and has no more columns than values", () => {
  expect(sparkline([0.5, 0.5, 0.5], 20, "_-#")).toBe("___");
  expect(sparkline([1, 2, 3, 4, 5, 6], 3, "_-#")).toBe("_-#");
});

test("findings name their trial and say that they decide nothing", () => {
  expect(findings([])).toEqual([]);
  expect(findings([{ rule: "diverging", trial: 2, message: "The training loss rose." }])).toEqual([
    "Findings, which decide nothing:\n  Trial 2: The training loss rose.",
  ]);
});

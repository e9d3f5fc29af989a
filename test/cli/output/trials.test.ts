import { expect, test } from "vitest";
import { trials } from "../../../pipeline/cli/output/trials.ts";
import type { Summary } from "../../../pipeline/results/summary.ts";
import datasetSchema from "../../../schemas/execution/dataset.schema.json" with { type: "json" };
import { trialReceipts } from "../../../schemas/execution/trials.ts";
import type { Dataset } from "../../../schemas/types.ts";

const [example] = datasetSchema.examples as unknown as [Dataset];
const planned = (["linear", "frozen", "transformer"] as const).map((algorithm, trial) => ({
  ...example.trials[0]!,
  trial,
  algorithm,
}));
const ended = (
  trial: number,
  score: number | null,
  failure: { name: string; message: string } | null = null,
) => ({
  trial,
  status: failure ? ("failed" as const) : ("completed" as const),
  score,
  standardError: score === null ? null : 0.0042,
  failure,
  usage: null,
});

test("the table has each trial with its settings and score, and says which one was taken and why one failed", () => {
  const failure = { name: "TrainingFailed", message: "loss: expected a finite number; lower learningRate" };
  const receipts = trialReceipts(
    { trials: planned },
    [ended(0, 0.871), ended(1, 0.88), ended(2, null, failure)],
    1,
  );
  const [text] = trials({ trials: receipts } as Summary);
  expect(text!.split("\n")).toEqual([
    expect.stringMatching(/^Trial +Algorithm +Settings +Validation +Std. error$/),
    expect.stringMatching(/^─/),
    expect.stringMatching(/^ +0 +linear +C 10 +0.8710 +0.0042$/),
    expect.stringMatching(/^ +1\* +frozen +minilm, C 10, window 128 +0.8800 +0.0042$/),
    expect.stringMatching(/^ +2 +transformer +minilm, rate/),
    ...text!
      .split("\n")
      .slice(5, -2)
      .map(() => expect.any(String)),
    expect.stringContaining("simplest within one standard error"),
    expect.any(String),
  ]);
  expect(text).toContain("TrainingFailed: loss: expected a finite number; lower learningRate");
});

test("one trial is no table, nor is what has not ended", () => {
  expect(
    trials({ trials: trialReceipts({ trials: planned.slice(2) }, [ended(2, null)], 2) } as Summary),
  ).toEqual([]);
  expect(trials({ trials: null } as Summary)).toEqual([]);
});

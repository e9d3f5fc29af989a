import { expect, test } from "vitest";
import { otherSettings } from "../../schemas/execution/advice.ts";
import runSchema from "../../schemas/execution/run.schema.json" with { type: "json" };
import { settingsOf } from "../../schemas/execution/settings.ts";
import type { Run } from "../../schemas/types.ts";

const run = runSchema.examples[0] as unknown as Run;

test("nothing differs in a run with the defaults", () => {
  expect(settingsOf(run, null).changed).toEqual([]);
});

test("tuning and algorithms are named, alike as the input asks for them and as ValidateInput resolves them", () => {
  const { baseModel } = run;
  const ranges = { epochs: [2, 4] as [number, number] };
  const other = { ...baseModel, name: "bio", learningRate: 2e-5 };
  const resolved = {
    trials: 8,
    parallel: 1,
    ranges,
    baseModels: [{ ...baseModel, learningRate: 5e-5 }, other],
  };
  const told = settingsOf({ ...run, algorithms: ["transformer"], tuning: resolved }, null);
  expect(told.changed).toEqual(["algorithms", "tuning"]);
  expect(told.tuning).toEqual({ trials: 8, parallel: 1, ranges, baseModels: ["bio"] });
  const asked = { trials: 8, ranges, baseModels: ["bio"] };
  expect(settingsOf({ ...run, tuning: asked }, null).tuning).toEqual(told.tuning);
});

test("every setting that is not the default is named", () => {
  const other: Run = {
    ...run,
    epochs: 4,
    minSamples: 1001,
    testFraction: 0.3,
    identifiedText: "forbid",
    hyperparameters: {
      ...run.hyperparameters,
      batchSize: 16,
      learningRate: 0.001,
      maxSequenceLength: 64,
      seed: 7,
      patience: 2,
      classWeights: "balanced",
      thresholds: "label",
      regularization: 3,
      reject: 0.9,
    },
    conflicts: "allow",
    gate: {
      metric: "f1",
      minimum: 0.6,
      minimumImprovement: 0.01,
      confidence: 0.9,
      labelMinimum: { test: 0.5 },
    },
  };
  const asked = { baseModel: "other", hyperparameters: other.hyperparameters };
  expect(settingsOf(other, null, asked).changed.sort()).toEqual(
    [
      ...["baseModel", "batchSize", "epochs", "identifiedText", "learningRate", "maxSequenceLength"],
      ...["minSamples", "seed", "testFraction", "conflicts"],
      ...["classWeights", "patience", "regularization", "reject", "thresholds"],
      ...["confidence", "labelMinimum", "metric", "minimum", "minimumImprovement"].map(
        (name) => `gate.${name}`,
      ),
    ].sort(),
  );
});

test("what to try next is a setting that the run learnt by", () => {
  expect(otherSettings("run-1", settingsOf(run, null))).toBe("pbp rerun run-1 --epochs 5");
  expect(otherSettings("run-1", settingsOf({ ...run, epochs: 99 }, null), " --cloud")).toBe(
    "pbp rerun run-1 --epochs 100 --cloud",
  );
  expect(otherSettings("run-1", settingsOf({ ...run, algorithms: ["linear"] }, null))).toBe(
    "pbp rerun run-1 --tune 8",
  );
  // Of an input that could not be used.
  expect(otherSettings("run-1", null)).toBe("pbp rerun run-1 --epochs 5");
});

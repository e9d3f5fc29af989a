import { expect, test } from "vitest";
import runSchema from "../../schemas/run.schema.json" with { type: "json" };
import { settingsOf } from "../../schemas/settings.ts";
import type { Run } from "../../schemas/types.ts";

const run = runSchema.examples[0] as unknown as Run;

test("nothing differs in a run with the defaults", () => {
  expect(settingsOf(run, null).changed).toEqual([]);
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
    },
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
      ...["minSamples", "seed", "testFraction"],
      ...["confidence", "labelMinimum", "metric", "minimum", "minimumImprovement"].map(
        (name) => `gate.${name}`,
      ),
    ].sort(),
  );
});

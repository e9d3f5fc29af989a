import { expect, test } from "vitest";
import { settings } from "../../pipeline/cli/settings.ts";
import type { Summary } from "../../pipeline/results/summary.ts";
import runSchema from "../../schemas/execution/run.schema.json" with { type: "json" };
import { type Settings, settingsOf } from "../../schemas/execution/settings.ts";
import type { Run } from "../../schemas/types.ts";

const [example] = runSchema.examples as unknown as [Run];
// As of a receipt, where Preprocess has filled in the rate.
const run: Run = { ...example, hyperparameters: { ...example.hyperparameters, learningRate: 5e-5 } };
const shown = (told: Settings) => settings({ settings: told, reason: "" } as Summary).join("\n");
const row = (text: string, name: string) =>
  // A row that is too long goes on below itself.
  new RegExp(`^${name} +(.*(?:\\n {4,}.*)*)`, "m").exec(text)?.[1]?.replace(/\s+/g, " ");

test("a run with the defaults shows what its algorithms learn by", () => {
  const text = shown(settingsOf(run, null));
  expect(row(text, "Training")).toBe("epochs 3, learning rate 0.00005, batch size 32, window 128, seed 42");
  expect(text).not.toMatch(/patience|weights|threshold|conflict/);
});

test("a run of linear alone shows no epochs, batch size, rate or window, which it did not use", () => {
  const text = shown(settingsOf({ ...run, algorithms: ["linear"] }, null));
  expect(row(text, "Training")).toBe("seed 42");
  const frozen = shown(settingsOf({ ...run, algorithms: ["linear", "frozen"] }, null));
  expect(row(frozen, "Training")).toBe("window 128, seed 42");
});

test("what somebody asked for is shown", () => {
  const hyperparameters = {
    ...run.hyperparameters,
    regularization: 3,
    patience: 2,
    classWeights: "balanced",
    thresholds: "label",
    reject: 0.9,
  } as const;
  const text = shown(settingsOf({ ...run, hyperparameters, conflicts: "allow" }, null));
  expect(row(text, "Training")).toBe(
    "epochs 3, learning rate 0.00005, batch size 32, window 128, C 3*, patience 2*, class weights balanced*, a threshold for each label*, coverage at precision 0.9*, seed 42",
  );
  expect(row(text, "Data")).toMatch(/conflicting classes: allow\*$/);
  for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
});

test("settings of an earlier version, which had fewer, are shown as they are", () => {
  const { patience, classWeights, thresholds, regularization, reject, conflicts, algorithms, ...old } =
    settingsOf(run, null);
  expect([patience, classWeights, thresholds, regularization, reject, conflicts, algorithms]).toEqual([
    0,
    "none",
    "one",
    10,
    0.95,
    "refuse",
    null,
  ]);
  expect(row(shown(old as Settings), "Training")).toContain("epochs 3");
});

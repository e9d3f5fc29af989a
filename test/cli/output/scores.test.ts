import { describe, expect, test } from "vitest";
import { errorFigures, figures, labels } from "../../../pipeline/cli/output/scores.ts";
import { type EvaluationFigures, figuresOf } from "../../../pipeline/results/evaluation.ts";
import type { Summary } from "../../../pipeline/results/summary.ts";
import verdictSchema from "../../../schemas/evaluation/verdict.schema.json" with { type: "json" };
import type { Evaluation, ModelScores, Verdict } from "../../../schemas/types.ts";
import { classified } from "../../gate/classified.ts";

const longest = `Neurology${" and so on".repeat(11)} with sleep`;
const names = ["Cardiovascular / Pulmonary", "Consult - History and Phy.", "Surgery", longest];
const documents = [0, 1, 2, 3].map((label) => ({ gold: [label], challenger: [label], champion: [0] }));

/** What the classes' `measure` of Evaluate adds. */
const measured: Partial<ModelScores> = {
  subsetAccuracy: 0.75,
  calibrationError: 0.0312,
  emptyPredictions: 0.0205,
  withoutSupport: [],
  coverage: { precision: 0.95, threshold: 0.81, share: 0.4125, reached: 0.9312 },
};

function evaluated(kind: "single-label" | "multi-label", changes: Partial<ModelScores> = measured) {
  const { evaluation } = classified(kind, names, documents);
  const ranked = ({ perLabel, ...model }: ModelScores): ModelScores => ({
    ...model,
    ...changes,
    perLabel: Object.fromEntries(
      Object.entries(perLabel).map(([label, of]) => [
        label,
        { ...of, auroc: 0.9812, averagePrecision: 0.8765 },
      ]),
    ),
  });
  const { challenger, champion } = evaluation;
  return { ...evaluation, challenger: ranked(challenger), champion: champion && ranked(champion) };
}

function verdictOn({ kind, challenger, champion }: Evaluation): Verdict {
  const perLabel = Object.fromEntries(
    names.map((label) => [
      label,
      { support: 1234, challenger: challenger.perLabel[label]!, champion: champion?.perLabel[label] ?? null },
    ]),
  );
  const [example] = verdictSchema.examples as unknown as [Verdict];
  return { ...example, kind, metrics: { ...example.metrics, champion: champion?.scores ?? null }, perLabel };
}

const summaryWith = (evaluation: EvaluationFigures | null) => ({ evaluation }) as Summary;

describe("the table of labels", () => {
  test("has AUROC and average precision of a multi-label model, and fits a line with a champion beside it", () => {
    const evaluation = evaluated("multi-label");
    const lines = labels(verdictOn(evaluation), summaryWith(figuresOf(evaluation))).split("\n");
    expect(lines[0]).toMatch(/^Label +Classes +Precision +Recall +F1 +F1 of champion +AUROC +AP$/);
    expect(lines).toHaveLength(2 + names.length);
    for (const line of lines) expect([...line].length, line).toBeLessThanOrEqual(80);
    expect(lines[2]).toMatch(/^Cardio…onary +1,234 .* 0\.9812 +0\.8765$/);
    expect(lines[5]).toMatch(/^Neurol…sleep /);
  });

  test("has neither of a single-label model, and shortens no name that has room", () => {
    const evaluation = evaluated("single-label");
    const text = labels(
      { ...verdictOn(evaluation), metrics: { ...verdictOn(evaluation).metrics, champion: null } },
      summaryWith(figuresOf(evaluation)),
    );
    expect(text).not.toMatch(/AUROC|AP$/m);
    expect(text).toMatch(/^Cardiovascular \/ Pulmonary +1,234/m);
  });

  test("is as before without an evaluation", () => {
    const verdict = verdictOn(evaluated("multi-label"));
    expect(labels(verdict, summaryWith(null)).split("\n")[0]).toMatch(/F1 +F1 of champion$/);
  });
});

test("of no error it is not told where to read about it", () => {
  const analysis = { errors: 0, mostConfused: null, wrongBounds: null, f1: null };
  const told = (errors: number) =>
    errorFigures("single-label", { execution: "a-1", analysis: { ...analysis, errors } } as Summary, "");
  expect(told(0)).toEqual(["Errors  none"]);
  expect(told(7)).toEqual(["Errors  7\nWhich they are:\n  pbp errors a-1"]);
});

describe("the figures that decide nothing", () => {
  const told = (evaluation: Evaluation) => figures(verdictOn(evaluation), summaryWith(figuresOf(evaluation)));

  test("of a multi-label model, for both models", () => {
    const [text] = told(evaluated("multi-label"));
    expect(text!.split("\n")).toEqual([
      "Shown, not decided on     Challenger  Champion",
      "────────────────────────  ──────────  ────────",
      "Subset accuracy               0.7500    0.7500",
      "No class said                 0.0205    0.0205",
      "Calibration error             0.0312    0.0312",
      "Coverage, 0.95 asked for      0.4125    0.4125",
      "Right among these             0.9312    0.9312",
    ]);
  });

  test("of a single-label model without those that its kind fixes", () => {
    const [text] = told(evaluated("single-label"));
    expect(text).not.toMatch(/Subset|No class said/);
    expect(text).toMatch(/^Coverage, 0\.95 asked for +0\.4125/m);
  });

  test("what was right among the sure answers is absent where an earlier version measured none, or none was sure", () => {
    const { reached: _, ...before } = measured.coverage!;
    for (const coverage of [before, { ...before, share: 0, reached: null }]) {
      const [text] = told(evaluated("single-label", { ...measured, coverage }));
      expect(text).toContain("Coverage, 0.95 asked for");
      expect(text).not.toMatch(/Right among these +\d/);
    }
  });

  test("no coverage where nothing was asked for, and no table where nothing was measured", () => {
    expect(told(evaluated("multi-label", { ...measured, coverage: null }))[0]).not.toContain("Coverage");
    expect(told(classified("multi-label", names, documents).evaluation)).toEqual([]);
    expect(figures(verdictOn(evaluated("multi-label")), summaryWith(null))).toEqual([]);
  });

  test("labels without a test document are named, the first of many", () => {
    const many = Array.from({ length: 13 }, (_, index) => `label ${index}`);
    const [, text] = told(evaluated("multi-label", { ...measured, withoutSupport: many }));
    expect(text).toMatch(/^In no test document, so in no score: label 0, .*label[ \n]9, and 3 more\.$/s);
  });
});

test("--json has the whole names, and absent figures stay absent", () => {
  const told = figuresOf(evaluated("multi-label", { calibrationError: 0.1 }))!;
  expect(told.challenger).toEqual({
    calibrationError: 0.1,
    perLabel: Object.fromEntries(names.map((name) => [name, { auroc: 0.9812, averagePrecision: 0.8765 }])),
  });
  expect(figuresOf(null)).toBeNull();
});

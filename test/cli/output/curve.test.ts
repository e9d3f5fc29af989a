import { expect, test } from "vitest";
import { curves } from "../../../pipeline/cli/output/curve.ts";
import datasetSchema from "../../../schemas/execution/dataset.schema.json" with { type: "json" };
import type { TrialEnded } from "../../../schemas/execution/trials.ts";
import type { Dataset } from "../../../schemas/types.ts";
import { curvesOf } from "../../../tasks/report/curve.ts";

const [example] = datasetSchema.examples as unknown as [Dataset];
const shares = [
  [0.25, 250],
  [0.5, 500],
  [1, 1000],
] as const;

/** scores: of each share, one for each seed; null: failed. */
function curveOf(
  scores: readonly (readonly (number | null)[])[],
  standardError = 0.005,
  algorithm: "linear" | "transformer" = "transformer",
) {
  const trials = scores.flatMap((seeds, index) =>
    seeds.map(() => {
      const [trainShare, trainDocuments] = shares[index]!;
      return { ...example.trials[0]!, algorithm, trainShare, trainDocuments, trainFolder: "" };
    }),
  );
  const numbered = trials.map((trial, number) => ({ ...trial, trial: number }));
  const ended = scores.flat().map(
    (score, trial): TrialEnded => ({
      trial,
      status: score === null ? "failed" : "completed",
      score,
      standardError: score === null ? null : standardError,
      failure: null,
      usage: null,
    }),
  );
  return curvesOf({ ...example, trials: numbered }, ended);
}

test.each([
  ["yes", [[0.7], [0.75], [0.8]], 0.005, "twice as many documents would bring up to 0.050 more"],
  ["hardly", [[0.8], [0.81], [0.811]], 0.002, "hardly worth it"],
  ["hardly", [[0.8], [0.81], [0.78]], 0.002, "changed by −0.030"],
  ["unclear", [[0.7], [0.75], [0.8]], 0.03, "neither clearly above nor clearly below 0.01"],
  ["unclear", [[0.7], [0.75], [null]], 0.005, "did not both finish"],
  ["unclear", [[0], [0], [0]], 0, "Train for longer (--epochs)"],
])("whether labelling more is worth it: %s", (expected, scores, error, says) => {
  const [curve] = curveOf(scores, error);
  expect(curve).toMatchObject({ isWorthIt: expected, metric: "f1", algorithm: "transformer" });
  expect(curve!.says).toContain(says);
});

test("more seeds are asked for only where another seed gives another model", () => {
  const says = (algorithm: "linear" | "transformer") =>
    curveOf([[0.7], [0.75], [0.8]], 0.03, algorithm)[0]!.says;
  expect(says("transformer")).toContain("0.01. Ask for more seeds, or take a larger export");
  expect(says("linear")).toContain("0.01. Take a larger export");
});

test("several seeds are averaged; what they share, the validation documents, stays uncertain", () => {
  const [{ points }] = curveOf([[0.7, 0.74], [0.8], [0.9]], 0.03) as [ReturnType<typeof curveOf>[0]];
  expect(points[0]).toMatchObject({ share: 0.25, documents: 250, trainings: 2, asked: 2 });
  expect(points[0]!.score).toBeCloseTo(0.72, 9);
  expect(points[0]!.standardError).toBeCloseTo(Math.hypot(0.03, 0.02), 9);
});

test("is a table with a sentence of at most 80 columns; an execution without a curve has none", () => {
  const [text] = curves(
    curveOf([
      [0.7, 0.72],
      [0.75, null],
      [0.8, 0.82],
    ]),
  );
  const lines = text!.split("\n");
  expect(lines[0]).toMatch(/^Learning curve of transformer, on the validation side: \S{3}$/);
  expect(lines.slice(1, 6)).toEqual(
    [
      "Share  Documents  Trainings  Score ± std. error",
      "─────  ─────────  ─────────  ──────────────────",
      " 25 %        250          2  0.7100 ± 0.0112",
      " 50 %        500     1 of 2  0.7500 ± 0.0050",
      "100 %      1,000          2  0.8100 ± 0.0112",
    ].map((line) => expect.stringContaining(line.trim().split(/ {2,}/)[0]!)),
  );
  expect(text).toContain("0.7500 ± 0.0050");
  for (const line of lines) expect([...line].length).toBeLessThanOrEqual(80);
  expect(curves(curvesOf(example, []))).toEqual([]);
});

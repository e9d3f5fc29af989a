import fc from "fast-check";
import { expect, test } from "vitest";
import runSchema from "../../../schemas/execution/run.schema.json" with { type: "json" };
import type { Run } from "../../../schemas/types.ts";
import { trialsOf } from "../../../tasks/preprocess/tuning/trials.ts";

const plain = runSchema.examples[0] as unknown as Run;
const own = { ...plain.baseModel, learningRate: 5e-5 };
const other = {
  ...own,
  name: "bio",
  prefix: "base-models/bio/1/",
  weightsSha256: "0".repeat(64),
  learningRate: 2e-5,
};
type Tuning = NonNullable<Run["tuning"]>;
const tuned = (tuning: Partial<Tuning>, seed = 42): Run => ({
  ...plain,
  hyperparameters: { ...plain.hyperparameters, seed },
  tuning: { trials: 16, parallel: 1, ranges: {}, baseModels: [own], ...tuning },
});
const three = ["linear", "frozen", "transformer"] as const;

test("without tuning each algorithm has its default, the simplest first", () => {
  const trials = trialsOf(plain, "keyphrases", three);
  expect(trials.map(({ trial, algorithm }) => [trial, algorithm])).toEqual([
    [0, "linear"],
    [1, "frozen"],
    [2, "transformer"],
  ]);
  for (const { epochs, hyperparameters, baseModel } of trials) {
    expect(epochs).toBe(3);
    expect(hyperparameters).toEqual({ ...plain.hyperparameters, learningRate: 5e-5 });
    expect(baseModel.name).toBe("minilm");
  }
});

test("classes are learnt at 0.4 of the base model's rate, and points lie around that; a rate in the input is for all", () => {
  const rates = (run: Run) =>
    trialsOf(run, "single-label", ["transformer"]).map(({ hyperparameters }) => hyperparameters.learningRate);
  expect(rates(plain)).toEqual([2e-5]);
  const [first, ...points] = rates(tuned({}));
  expect(first).toBe(2e-5);
  for (const rate of points) expect(isIn(rate, [5e-6, 8e-5])).toBe(true);
  const asked = { ...plain, hyperparameters: { ...plain.hyperparameters, learningRate: 3e-4 } };
  expect(rates(asked)).toEqual([3e-4]);
  // A run of an earlier version names the rate there.
  const { learningRate: _, ...earlier } = own;
  expect(rates({ ...asked, baseModel: earlier })).toEqual([3e-4]);
});

test("with tuning the defaults come first, then points in turn; the seed alone decides, and stays what it is", () => {
  const trials = trialsOf(tuned({}), "keyphrases", three);
  expect(trials).toHaveLength(16);
  expect(trials.slice(0, 3)).toEqual(trialsOf(plain, "keyphrases", three));
  expect(trials.map(({ trial }) => trial)).toEqual(Array.from({ length: 16 }, (_, index) => index));
  expect(trials.slice(3, 9).map(({ algorithm }) => algorithm)).toEqual([...three, ...three]);
  expect(trialsOf(tuned({}), "keyphrases", three)).toEqual(trials);
  expect(trialsOf(tuned({}, 43), "keyphrases", three)).not.toEqual(trials);
  expect(new Set(trials.map(({ hyperparameters }) => hyperparameters.seed))).toEqual(new Set([42]));
  // More trials are the same ones, and others after them.
  expect(trialsOf(tuned({ trials: 24 }), "keyphrases", three).slice(0, 16)).toEqual(trials);
});

test("every point lies in its range, ends included, and no two trials are the same", () => {
  const integers = (least: number, most: number) =>
    fc.tuple(fc.integer({ min: least, max: most }), fc.integer({ min: least, max: most })).map(sorted);
  const rates = fc
    .tuple(fc.double({ min: 1e-6, max: 0.01, noNaN: true }), fc.double({ min: 1e-6, max: 0.01, noNaN: true }))
    .map(sorted)
    .filter(([from, to]) => to / from > 1.5);
  fc.assert(
    fc.property(
      rates,
      integers(1, 512),
      integers(1, 100),
      integers(16, 512),
      fc.nat(),
      (learningRate, batchSize, epochs, maxSequenceLength, seed) => {
        const ranges = { learningRate, batchSize, epochs, maxSequenceLength } as Tuning["ranges"];
        const trials = trialsOf(tuned({ trials: 30, ranges }, seed), "keyphrases", ["transformer"]).slice(1);
        for (const { epochs: passes, hyperparameters: drawn } of trials) {
          expect(isIn(drawn.learningRate, learningRate)).toBe(true);
          expect(isIn(drawn.batchSize, batchSize) && Number.isInteger(drawn.batchSize)).toBe(true);
          expect(isIn(passes, epochs) && Number.isInteger(passes)).toBe(true);
          expect(isIn(drawn.maxSequenceLength, maxSequenceLength)).toBe(true);
        }
        expect(new Set(trials.map((one) => JSON.stringify({ ...one, trial: 0 }))).size).toBe(29);
      },
    ),
  );
});

test("learning rates are spread over magnitudes, not crowded at the upper end", () => {
  const range: [number, number] = [1e-5, 1e-3];
  const trials = trialsOf(tuned({ trials: 30, ranges: { learningRate: range } }), "keyphrases", [
    "transformer",
  ]).slice(1);
  const small = trials.filter(({ hyperparameters }) => hyperparameters.learningRate < 1e-4).length;
  expect(small).toBeGreaterThan(11);
  expect(small).toBeLessThan(18);
});

test("a base model brings its own learning rate; a window's length is varied only if it is asked for", () => {
  const trials = trialsOf(tuned({ trials: 30, baseModels: [own, other] }), "keyphrases", [
    "transformer",
  ]).slice(1);
  for (const { baseModel, hyperparameters } of trials) {
    const usual = baseModel.name === "bio" ? 2e-5 : own.learningRate;
    expect(isIn(hyperparameters.learningRate, [usual / 4.01, usual * 4.01])).toBe(true);
    expect(hyperparameters.maxSequenceLength).toBe(128);
  }
  const bio = trials.filter(({ baseModel }) => baseModel.name === "bio").length;
  expect(bio).toBeGreaterThan(10);
  expect(bio).toBeLessThan(20);
});

test.each<[string, Partial<Tuning>, readonly ("linear" | "transformer")[], string]>([
  [
    "a setting that nothing here has",
    { ranges: { regularization: [1, 10] } },
    ["transformer"],
    "/tuning/ranges/regularization",
  ],
  ["base models for linear models", { baseModels: [own, other] }, ["linear"], "/tuning/baseModels"],
  [
    "more trials than there are points",
    { trials: 9, ranges: { learningRate: [1e-4, 1e-4], batchSize: [16, 17], epochs: [2, 3] } },
    ["transformer"],
    "only 5 different ones",
  ],
])("refused by name: %s", (_, tuning, algorithms, words) => {
  expect(() => trialsOf(tuned(tuning), "keyphrases", algorithms)).toThrow(
    expect.objectContaining({ name: "InvalidInput", message: expect.stringContaining(words) }),
  );
});

function sorted([a, b]: [number, number]): [number, number] {
  return a < b ? [a, b] : [b, a];
}

const isIn = (value: number, [from, to]: readonly [number, number]) => value >= from && value <= to;

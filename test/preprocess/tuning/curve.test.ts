// A learning curve's shares: nested, whole groups, and the other sides as they were.
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import runSchema from "../../../schemas/execution/run.schema.json" with { type: "json" };
import type { LabelledRow, Run } from "../../../schemas/types.ts";
import { curveTrials } from "../../../tasks/preprocess/tuning/curve.ts";
import { trialsOf } from "../../../tasks/preprocess/tuning/trials.ts";
import { deploy, failure } from "../../tasks/deployment.ts";
import { exportOf, preprocess } from "../world.ts";

let deployment: Awaited<ReturnType<typeof deploy>>;
beforeAll(async () => {
  deployment = await deploy();
});
afterAll(() => deployment.remove());

// Three notes of each patient.
const records = Array.from({ length: 900 }, (_, number) => ({
  recordId: `r-${number}`,
  patientId: `p-${number % 300}`,
  text: `Note ${number} of patient number ${number % 300} shows a stone.`,
  keyphrases: [],
}));
const curve = { shares: [0.25, 0.5, 1], seeds: 2 };

test("shares hold whole groups, each those of the smaller ones, and leave the other sides alone", async () => {
  const { store } = deployment;
  const plain = await preprocess(store, exportOf(records), {
    hyperparameters: { ...(runSchema.examples[0] as unknown as Run).hyperparameters, patience: 1 },
  });
  const rowsOf = async (name: string) =>
    (await text(await store.read(plain.prefix + name)))
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as LabelledRow);
  const dataset = await preprocess(store, exportOf(records), { curve });
  expect(dataset.train).toEqual(plain.train);
  expect(dataset.validation).toEqual(plain.validation);
  expect(dataset.test).toEqual(plain.test);

  const [quarter, half, all] = await Promise.all(
    ["shares/0/train.jsonl", "shares/1/train.jsonl", "train.jsonl"].map(rowsOf),
  );
  const patientOf = ({ tokens }: LabelledRow) => tokens[tokens.indexOf("number") + 1]!;
  const documents = (rows: LabelledRow[]) => new Set(rows.map(({ document }) => document));
  const groups = (rows: LabelledRow[]) => new Set(rows.map(patientOf));
  for (const [smaller, larger] of [
    [quarter!, half!],
    [half!, all!],
  ] as const) {
    expect([...documents(larger)]).toEqual(expect.arrayContaining([...documents(smaller)]));
    // All of a patient, or nothing.
    for (const row of larger)
      expect(documents(smaller).has(row.document)).toBe(groups(smaller).has(patientOf(row)));
  }
  // Drawn by hash: of 224 patients a share is off by a few.
  expect([quarter!, half!, all!].map((rows) => groups(rows).size)).toEqual([48, 98, 224]);
  expect(
    dataset.trials.map(({ trial, trainShare, trainDocuments, hyperparameters: { seed } }) => [
      trial,
      trainShare,
      trainDocuments,
      seed,
    ]),
  ).toEqual([
    [0, 0.25, documents(quarter!).size, 42],
    [1, 0.25, documents(quarter!).size, 43],
    [2, 0.5, documents(half!).size, 42],
    [3, 0.5, documents(half!).size, 43],
    [4, 1, documents(all!).size, 42],
    [5, 1, documents(all!).size, 43],
  ]);
});

test("a share without a document, and more trainings than an execution may have, are refused by name", async () => {
  // None of these patients has a place in the first hundredth.
  const few = await failure(
    preprocess(deployment.store, exportOf(records.slice(0, 11)), { curve: { shares: [0.01, 1], seeds: 1 } }),
  );
  expect(few.name).toBe("InvalidInput");
  expect(few.message).toContain("0.01 of the training groups holds no document");
  const defaults = trialsOf(runSchema.examples[0] as unknown as Run, "single-label", [
    "linear",
    "frozen",
    "transformer",
  ]);
  const drawn = [{ trainShare: 1, trainFolder: "", trainDocuments: 9 }];
  expect(() => curveTrials(defaults, { shares: [0.25, 0.5, 1], seeds: 10 }, drawn)).toThrow(
    "3 shares and 10 seeds of 3 algorithms are 36 trainings, and 30 are the most",
  );
  // What no seed changes is trained once.
  const trials = curveTrials(defaults, { shares: [1], seeds: 3 }, drawn);
  expect(trials.map(({ trial, algorithm, hyperparameters: { seed } }) => [trial, algorithm, seed])).toEqual([
    [0, "linear", 42],
    [1, "frozen", 42],
    [2, "transformer", 42],
    [3, "transformer", 43],
    [4, "transformer", 44],
  ]);
});

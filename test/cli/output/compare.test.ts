import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fillHome } from "../../../bench/listing/home.ts";
import { localInstallation } from "../../../pipeline/local/installation.ts";
import { openPipeline } from "../../../pipeline/local/pipeline.ts";
import type { RunComparison } from "../../../pipeline/results/compare.ts";
import { runPrefix } from "../../../schemas/bucket.ts";
import reportSchema from "../../../schemas/data/preprocess-report.schema.json" with { type: "json" };
import verdictSchema from "../../../schemas/evaluation/verdict.schema.json" with { type: "json" };
import type { Evaluation, Finding, PreprocessReport, Verdict } from "../../../schemas/types.ts";
import { type ObjectStore, writeJson } from "../../../tasks/store/store.ts";
import { FASTEST_FOLDER } from "../../engine/journal.ts";
import { classified } from "../../gate/classified.ts";
import { lastLine, pbp } from "../helpers.ts";

let folder = "";
let names: string[] = [];
beforeAll(async () => {
  folder = mkdtempSync(join(FASTEST_FOLDER, "pbp-compare-"));
  const pipeline = await openPipeline(folder);
  await fillHome(pipeline.home, 4);
  // The latest first: for keyphrases, routing (which failed), specialty, keyphrases.
  names = await localInstallation(pipeline).namesFrom("", 9);
  await leave(pipeline.store, names[0]!, "a", 1600, [0, 1, 2, 3], []);
  const improving = { rule: "still-improving", trial: 0, message: sentence } as const;
  await leave(pipeline.store, names[2]!, "b", 1700, [0, 1, 2, 0], [improving]);
});
afterAll(() => rmSync(folder, { recursive: true }));

const labels = ["billing", "shipping", "returns", "other"];
const [example] = verdictSchema.examples as unknown as [Verdict];
const sentence = "The validation score still rose in the last epoch: more epochs may help.";
const [report] = reportSchema.examples as unknown as [PreprocessReport];

/** What the steps of a run for classes would have left: of four test documents, the model says `said`. */
async function leave(
  store: ObjectStore,
  execution: string,
  rows: string,
  records: number,
  said: number[],
  findings: Finding[],
) {
  const documents = said.map((label, index) => ({ gold: [index], challenger: [label], champion: null }));
  const { evaluation } = classified("single-label", labels, documents);
  const { challenger } = evaluation;
  const verdict: Verdict = {
    ...example,
    kind: "single-label",
    findings,
    championGeneration: null,
    metrics: { challenger: challenger.scores, champion: null, baselines: evaluation.baselines },
    perLabel: Object.fromEntries(
      labels.map((label) => [label, { support: 1, challenger: challenger.perLabel[label]!, champion: null }]),
    ),
  };
  const metrics: Evaluation = {
    ...evaluation,
    testSha256: rows.repeat(64),
    challenger: { ...challenger, calibrationError: 0.1, subsetAccuracy: challenger.scores.accuracy },
  };
  const prefix = runPrefix(execution);
  await writeJson(store, `${prefix}verdict.json`, verdict);
  await writeJson(store, `${prefix}evaluation/0/metrics.json`, metrics);
  await writeJson(store, `${prefix}dataset/report.json`, { ...report, records });
}

const compare = (...line: string[]) => pbp("compare", ...line, "--home", folder);
const named = (pairs: { name: string }[]) => pairs.map(({ name }) => name);

test("two runs differ in what is told, and in nothing that is not", async () => {
  const { code, stdout, stderr } = await compare(names[0]!, names[2]!, "--json");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const told = lastLine(stdout) as unknown as RunComparison;
  expect(told.executions).toEqual({ a: names[0], b: names[2] });
  expect(told.sameTestRows).toBe(false);
  expect(told.settings).toEqual([{ name: "model", a: "keyphrases", b: "specialty" }]);
  expect(told.data).toEqual([{ name: "records", a: 1600, b: 1700 }]);
  expect(told.trials).toEqual([]);
  expect(told.findings).toEqual([{ name: "still-improving, trial 0", a: null, b: sentence }]);
  expect(named(told.scores)).toEqual(["accuracy", "precision", "recall", "f1", "macroF1", "subsetAccuracy"]);
  expect(told.scores[0]).toEqual({ name: "accuracy", a: 1, b: 0.75 });
  // What changed most comes first; what did not is left out.
  expect(told.labels).toEqual([
    { name: "other", a: 1, b: 0, supportA: 1, supportB: 1 },
    { name: "billing", a: 1, b: 2 / 3, supportA: 1, supportB: 1 },
  ]);
});

test("--all tells what is the same too", async () => {
  const told = lastLine(
    (await compare(names[0]!, names[2]!, "--all", "--json")).stdout,
  ) as unknown as RunComparison;
  expect(named(told.settings)).toEqual(
    expect.arrayContaining(["export.key", "epochs", "gate.metric", "seed"]),
  );
  expect(named(told.labels)).toEqual(expect.arrayContaining(labels));
  expect(told.scores).toContainEqual({ name: "calibrationError", a: 0.1, b: 0.1 });
  expect(told.outcome).toContainEqual({ name: "verdict", a: "promote", b: "promote" });
});

test("people see the two side by side, and whether their scores are comparable", async () => {
  const { stdout } = await compare(names[0]!, names[2]!);
  expect(stdout).toMatch(/^Settings +A +B\n─.*\nmodel +keyphrases +specialty$/m);
  expect(stdout).toMatch(/^accuracy +1\.0000 +0\.7500 +−0\.2500$/m);
  expect(stdout).toMatch(/^other +1\.0000 +0\.0000 +−1\.0000 +1 +1$/m);
  expect(stdout).toContain("scored on different test rows");
  for (const line of stdout.split("\n")) expect(line.length, line).toBeLessThanOrEqual(80);
  expect((await compare("latest", names[0]!)).stdout).toContain("They differ in nothing that was recorded.");
});

test("a run that failed is compared as far as it came", async () => {
  const told = lastLine((await compare(names[1]!, names[0]!, "--json")).stdout) as unknown as RunComparison;
  expect(told.sameTestRows).toBeNull();
  expect(told.outcome).toEqual(
    expect.arrayContaining([
      { name: "status", a: "FAILED", b: "SUCCEEDED" },
      { name: "error", a: "MetricInvalid", b: null },
    ]),
  );
  expect(told.scores[0]).toEqual({ name: "accuracy", a: null, b: 1 });
  const absent = await compare(names[0]!, "absent");
  expect(absent.stderr).toContain("ExecutionDoesNotExist");
  expect(absent.code).toBe(1);
});

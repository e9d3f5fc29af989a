import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fillHome } from "../../bench/listing/home.ts";
import type { Installation } from "../../pipeline/installation.ts";
import { localInstallation } from "../../pipeline/local/installation.ts";
import { openPipeline } from "../../pipeline/local/pipeline.ts";
import { withLabels, withScores } from "../../pipeline/results/generations.ts";
import verdictSchema from "../../schemas/evaluation/verdict.schema.json" with { type: "json" };
import type { Verdict } from "../../schemas/types.ts";
import { writeJson } from "../../tasks/store/store.ts";
import { FASTEST_FOLDER } from "../engine/journal.ts";

const [verdict] = verdictSchema.examples as unknown as [Verdict];
let folder = "";
let installation: Installation;
beforeAll(async () => {
  folder = mkdtempSync(join(FASTEST_FOLDER, "pbp-generations-"));
  const pipeline = await openPipeline(folder);

  await fillHome(pipeline.home, 20);
  installation = localInstallation(pipeline);
});
afterAll(() => rmSync(folder, { recursive: true }));

test("the labels' F1 over the generations of one model", async () => {
  const { generations } = await installation.history("routing");
  expect(generations.length).toBeGreaterThan(1);
  const [newest, older] = generations;
  const of = (f1: number) => ({ precision: 0.9, recall: 0.8, f1 });
  const perLabel = {
    billing: { support: 9, challenger: of(0.81), champion: null },
    returns: { support: 3, challenger: of(0.75), champion: null },
  };
  await writeJson(installation.store, older!.verdict!.key, { ...verdict, perLabel });
  // The newest one's verdict is not kept: its curve has a gap, its scores stand in the log.
  const labelled = await withLabels(installation, generations);
  expect(labelled[0]).toMatchObject({ generation: newest!.generation, perLabel: {} });
  expect(labelled[0]!.scores).toEqual({ accuracy: expect.any(Number), f1: expect.any(Number) });
  expect(labelled[1]!.perLabel).toEqual({ billing: of(0.81), returns: of(0.75) });
});

test("a rollback has the scores of its version", () => {
  const entry = { actor: "x", from: null, at: "2026-11-20T12:31:02Z", reason: "", inUse: false, kept: true };
  const first = {
    ...entry,
    generation: 1,
    action: "promote",
    version: "000001-0123456789ab",
    execution: "run-1",
  } as const;
  const judged = { key: "runs/run-1/verdict.json", accuracy: 0.9, f1: 0.8, macroF1: 0.7 };
  const back = {
    ...entry,
    generation: 2,
    action: "rollback",
    version: first.version,
    execution: null,
  } as const;
  const forgotten = { ...first, generation: 3, version: "000003-0123456789ab" };
  const scored = withScores([
    { ...forgotten, verdict: null },
    { ...back, verdict: null },
    { ...first, verdict: judged },
  ]);
  const scores = { accuracy: 0.9, f1: 0.8, macroF1: 0.7 };
  expect(scored.map((one) => one.scores)).toEqual([null, scores, scores]);
});

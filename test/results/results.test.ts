import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import type { ExecutionDescription } from "../../pipeline/execution.ts";
import { localInstallation } from "../../pipeline/local/installation.ts";
import { openPipeline } from "../../pipeline/local/pipeline.ts";
import { readResults } from "../../pipeline/results/results.ts";
import datasetSchema from "../../schemas/execution/dataset.schema.json" with { type: "json" };
import { writeJson } from "../../tasks/store/store.ts";

const folder = mkdtempSync(join(tmpdir(), "pbp-results-"));
afterAll(() => rmSync(folder, { recursive: true }));

const run = "export-0a1b2c3d4e5f";
const described = {
  ...{ name: run, status: "RUNNING", isOwned: true, input: {}, run: null, trials: null, output: null },
  ...{ error: null, cause: null, startDate: "2026-11-20T12:00:00.000Z", stopDate: null },
  ...{ states: [], progress: [], eventCount: 1, redriveCount: 0, redriveDate: null },
} as unknown as ExecutionDescription;

test("a file that cannot be read is named, and the rest told; without a verdict or receipt nothing is", async () => {
  const pipeline = await openPipeline(folder);
  const { store } = pipeline;
  const installation = {
    ...localInstallation(pipeline),
    describe: async () => described,
    promotion: async () => null,
    jobs: async () => [],
  };
  await writeJson(store, `runs/${run}/dataset/manifest.json`, datasetSchema.examples[0]);
  await store.write(`runs/${run}/embeddings/manifest.json`, "{");
  await store.write(`runs/${run}/dataset/profile.json`, "[");
  const { missing, files, summary } = await readResults(installation, run);
  expect(missing.sort()).toEqual([
    "dataset/profile.json: ObjectInvalid",
    "embeddings/manifest.json: ObjectInvalid",
  ]);
  expect(files.dataset).toEqual(datasetSchema.examples[0]);
  expect(summary).toMatchObject({ status: "RUNNING", embeddings: null, verdict: null });
  await store.write(`runs/${run}/verdict.json`, "{");
  await expect(readResults(installation, run)).rejects.toMatchObject({ name: "ObjectInvalid" });
});

import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fillHome } from "../../bench/listing/home.ts";
import type { Installation } from "../../pipeline/installation.ts";
import { localInstallation } from "../../pipeline/local/installation.ts";
import { openPipeline } from "../../pipeline/local/pipeline.ts";
import { listRuns, type RunFilter } from "../../pipeline/results/runs.ts";
import { FASTEST_FOLDER } from "../engine/journal.ts";

let folder = "";
let installation: Installation;
// Of ten: 0 and 4 and 7 promoted, 1, 3, 5 and 8 rejected, 2 and 9 failed, 6 cut short; every third for each model.
beforeAll(async () => {
  folder = mkdtempSync(join(FASTEST_FOLDER, "pbp-results-"));
  const pipeline = await openPipeline(folder);
  await fillHome(pipeline.home, 20);
  installation = localInstallation(pipeline);
});
afterAll(() => rmSync(folder, { recursive: true }));

const listed = async (filter: Partial<RunFilter> = {}) =>
  (await listRuns(installation, { limit: 99, ...filter })).runs.map(({ entry }) => entry);

test("a run has what its journal, its receipt and its model's log say of it", async () => {
  const all = await listed();
  expect(all).toHaveLength(20);
  expect(all.toSorted((a, b) => b.startedAt.localeCompare(a.startedAt))).toEqual(all);
  // Numbers 19 and 17: the first failed, the second was promoted last of the runs for routing.
  expect(all[0]).toMatchObject({ status: "FAILED", error: "MetricInvalid", verdict: null, inUse: false });
  expect(all[2]).toMatchObject({ status: "SUCCEEDED", verdict: "promote", model: "routing", inUse: true });
  expect(all[2]!.settings).toMatchObject({ model: "routing" });
  expect(all.filter(({ inUse }) => inUse)).toHaveLength(3);
  expect(all.filter(({ status }) => status === "INTERRUPTED")).toHaveLength(2);
});

test("filters are true of what is listed, and of all that is not, false", async () => {
  const all = await listed();
  const cases: [Partial<RunFilter>, (entry: (typeof all)[number]) => boolean][] = [
    [{ model: "routing" }, ({ model }) => model === "routing"],
    [{ status: "INTERRUPTED" }, ({ status }) => status === "INTERRUPTED"],
    [{ verdict: "promote" }, ({ verdict }) => verdict === "promote"],
    [{ verdict: "inconclusive" }, () => false],
    [
      { verdict: "promote", model: "specialty" },
      ({ verdict, model }) => verdict === "promote" && model === "specialty",
    ],
    [
      { text: all[3]!.execution.slice(4, 12).toUpperCase() },
      ({ execution }) => execution === all[3]!.execution,
    ],
    [{ text: "Weekly EXPORT" }, () => true],
    [{ text: "template.json" }, () => true],
    [{ text: "specialty" }, ({ model }) => model === "specialty"],
    [{ before: all[4]!.execution }, ({ startedAt }) => startedAt < all[4]!.startedAt],
  ];
  for (const [filter, isTrue] of cases)
    expect(await listed(filter), JSON.stringify(filter)).toEqual(all.filter(isTrue));
  const pages = [await listed({ limit: 12 })];
  pages.push(await listed({ limit: 12, before: pages[0]!.at(-1)!.execution }));
  expect(pages.flat()).toEqual(all);
});

// An operator overrules the gate: only the verdict, and only with a reason.
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import verdictSchema from "../../schemas/evaluation/verdict.schema.json" with { type: "json" };
import type { PromotionRecord, Verdict } from "../../schemas/types.ts";
import { currentChampion } from "../../tasks/models/champion.ts";
import { readHistory } from "../../tasks/models/history.ts";
import { rollback } from "../../tasks/models/rollback.ts";
import { handler } from "../../tasks/operators/force-promotion.ts";
import { force } from "../../tasks/promote/force.ts";
import { promote } from "../../tasks/promote/promotion.ts";
import { writeJson } from "../../tasks/store/store.ts";
import { deploy, failure } from "../tasks/deployment.ts";
import { trained } from "./execution.ts";

let deployment: Awaited<ReturnType<typeof deploy>>;
beforeEach(async () => {
  deployment = await deploy();
});
afterEach(() => deployment.remove());

const places = (keep = 3) => ({ store: deployment.store, modelsFolder: deployment.models, keep });
const forced = (execution: string, reason = "labels were renamed") =>
  force({ execution, actor: "jdoe@ops", reason }, places());

const rejected: Verdict["reasons"] = [
  { rule: "above-minimum", passed: true, message: "Above." },
  { rule: "same-labels", passed: false, message: "Other labels." },
  { rule: "same-labels", passed: false, message: "Other labels too." },
];

/** An execution as QualityGate leaves it. */
async function judged(name: string, change: Partial<Verdict> = {}) {
  const promotion = await trained(deployment.store, name, await currentChampion(deployment.models));
  const { run, dataset, artifacts } = promotion;
  await writeJson(deployment.store, `runs/${name}/challenger.json`, { run, dataset, artifacts });
  await writeJson(deployment.store, `runs/${name}/verdict.json`, {
    ...(verdictSchema.examples[0] as unknown as Verdict),
    verdict: "reject",
    reasons: rejected,
    challengerSha256: artifacts.model.sha256,
    ...change,
  });
  return promotion;
}

describe("a forced promotion", () => {
  test("puts a rejected model in use and says who, why, and what the gate had said", async () => {
    await promote(await trained(deployment.store, "first"), places());
    const { dataset, run } = await judged("second");
    const record = await forced("second");
    const { metrics } = verdictSchema.examples[0] as unknown as Verdict;
    expect(record).toMatchObject({
      generation: 2,
      action: "forced",
      from: expect.stringMatching(/^000001-/),
      actor: "jdoe@ops",
      execution: "second",
      reason: "labels were renamed",
      verdict: {
        key: `${run.prefix}verdict.json`,
        accuracy: metrics.challenger.accuracy,
        f1: metrics.challenger.f1,
      },
      exportedAt: dataset.exportedAt,
      overruled: { verdict: "reject", rules: ["same-labels"] },
    } satisfies Partial<PromotionRecord>);
    expect(await currentChampion(deployment.models)).toMatchObject({ generation: 2, execution: "second" });
    expect((await readHistory(deployment.models))[0]).toMatchObject(record);
    // The next challenger is compared with it, and it may be rolled back.
    await promote(
      await trained(deployment.store, "third", await currentChampion(deployment.models)),
      places(),
    );
    await rollback({ modelsFolder: deployment.models, to: 2, actor: "jdoe@ops", reason: "so" });
    expect(await currentChampion(deployment.models)).toMatchObject({ version: record.version });
  });

  test("works for a first model, an inconclusive one, and one whose export is older", async () => {
    await judged("first", { verdict: "inconclusive" });
    const late = await judged("late");
    expect(await forced("first")).toMatchObject({ generation: 1, from: null });
    const dataset = { ...late.dataset, exportedAt: "2020-01-01T00:00:00Z" };
    const { run, artifacts } = late;
    await writeJson(deployment.store, "runs/late/challenger.json", { run, dataset, artifacts });
    expect(await forced("late")).toMatchObject({ generation: 2, exportedAt: dataset.exportedAt });
  });

  test("done twice counts once", async () => {
    await judged("first");
    const record = await forced("first");
    expect(await forced("first")).toEqual(record);
    expect(await readHistory(deployment.models)).toHaveLength(1);
  });

  test("of a model that was in use before is a rollback, unless its bundle is gone", async () => {
    await judged("first");
    const { version } = await forced("first");
    await judged("second");
    await forced("second");
    const refused = await failure(forced("first"));
    expect(refused.name).toBe("InvalidInput");
    expect(refused.message).toContain("pbp rollback --to 1");
    rmSync(join(deployment.models, "versions", version), { recursive: true });
    expect(await forced("first")).toMatchObject({ generation: 3, execution: "first" });
    expect(await currentChampion(deployment.models)).toMatchObject({ generation: 3, execution: "first" });
  });

  test("that another promotion comes before is not tried again by itself", async () => {
    const other = await trained(deployment.store, "other");
    await judged("first");
    const { store } = deployment;
    const racing = {
      ...store,
      copy: async (...of: Parameters<typeof store.copy>) => {
        racing.copy = store.copy;
        await promote(other, places());
        return store.copy(...of);
      },
    };
    const request = { execution: "first", actor: "jdoe@ops", reason: "so" };
    const refused = await failure(force(request, { ...places(), store: racing }));
    expect(refused.name).toBe("StaleChampion");
    expect(await currentChampion(deployment.models)).toMatchObject({ generation: 1, execution: "other" });
    expect(readdirSync(join(deployment.models, "versions"))).toHaveLength(1);
  });
});

describe("refuses", () => {
  test.each<[string, string, () => Promise<unknown>]>([
    ["an unknown execution", "only a model that the gate has judged", async () => undefined],
    [
      "one that the gate has not judged",
      "verdict.json is missing",
      async () => {
        await judged("run-1");
        await deployment.store.remove("runs/run-1/verdict.json");
      },
    ],
    [
      "one judged before such files were kept",
      "challenger.json is missing",
      async () => {
        await judged("run-1");
        await deployment.store.remove("runs/run-1/challenger.json");
      },
    ],
    [
      "a verdict about another model",
      "is about another model",
      () => judged("run-1", { challengerSha256: "0".repeat(64) }),
    ],
    [
      "a damaged verdict",
      "verdict.json",
      async () => {
        await judged("run-1");
        await deployment.store.write("runs/run-1/verdict.json", '{"verdict":"Canary"}');
      },
    ],
  ])("%s", async (_, message, prepare) => {
    await prepare();
    const refused = await failure(forced("run-1"));
    expect(refused.name).toBe("InvalidInput");
    expect(refused.message).toContain(message);
    expect(refused.message).not.toContain("Canary");
    expect(await currentChampion(deployment.models)).toBeNull();
  });

  test("a model that is not the one that was evaluated, as any promotion does", async () => {
    const { artifacts } = await judged("run-1");
    await deployment.store.write(artifacts.model.key, "another archive");
    expect((await failure(forced("run-1"))).name).toBe("PromotionFailed");
    expect(await currentChampion(deployment.models)).toBeNull();
  });

  test.each([
    ["no reason", "run-1", ""],
    ["a reason of a page", "run-1", "x".repeat(401)],
    ["a name that is a path", "../run-1", "so"],
  ])("%s", async (_, execution, reason) => {
    expect((await failure(forced(execution, reason))).name).toBe("InvalidInput");
  });
});

test("the function does the same and words a notice", async () => {
  vi.stubEnv("KEEP_VERSIONS", "3");
  await judged("first");
  const { promotion, notice } = await handler({
    execution: "first",
    actor: "op-1",
    reason: "checked by hand",
  });
  expect(promotion).toMatchObject({ generation: 1, action: "forced", actor: "op-1" });
  expect(notice.subject).toContain("generation 1");
  expect(notice.message).toContain("reject, same-labels");
  expect(notice.message).toContain("checked by hand");
  expect((await failure(handler({ execution: "first", actor: "op-1" }))).name).toBe("InvalidInput");
  // Step Functions repeats a call whose reply was lost, perhaps after another promotion.
  await judged("second");
  await forced("second");
  const repeated = await handler({ execution: "first", actor: "op-1", reason: "checked by hand" });
  expect(repeated.promotion).toEqual(promotion);
  expect(await readHistory(deployment.models)).toHaveLength(2);
});

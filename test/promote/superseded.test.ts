// Two exports trained on side by side: the older one's model must not undo the newer one's.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { currentChampion } from "../../tasks/models/champion.ts";
import { readHistory } from "../../tasks/models/history.ts";
import { rollback } from "../../tasks/models/rollback.ts";
import { type Promotion, promote } from "../../tasks/promote/promotion.ts";
import { deploy, failure } from "../tasks/deployment.ts";
import { trained } from "./execution.ts";

const older = "2026-11-01T00:00:00Z";
const newer = "2026-11-01T01:30:00+01:00";

let deployment: Awaited<ReturnType<typeof deploy>>;
beforeEach(async () => {
  deployment = await deploy();
});
afterEach(() => deployment.remove());

const places = () => ({ store: deployment.store, modelsFolder: deployment.models, keep: 3 });
const champion = () => currentChampion(deployment.models);

/** A run that has begun, on an export of that time. */
async function begun(name: string, exportedAt: string): Promise<Promotion> {
  const promotion = await trained(deployment.store, name, await champion());
  return { ...promotion, dataset: { ...promotion.dataset, exportedAt } };
}
const run = async (name: string, exportedAt: string) => promote(await begun(name, exportedAt), places());

test("an older export's model does not replace a newer one's that came into use meanwhile", async () => {
  const late = await begun("late", older);
  await run("quick", newer);
  const refused = await failure(promote(late, places()));
  expect(refused.name).toBe("Superseded");
  expect(refused.message).toContain(newer);
  expect(refused.message).toContain("Generation 1");
  // Nor after another evaluation, against the new champion.
  const again = await failure(promote({ ...late, champion: await champion() }, places()));
  expect(again.name).toBe("Superseded");
  expect((await readHistory(deployment.models)).map((entry) => entry.execution)).toEqual(["quick"]);
  expect(readdirSync(join(deployment.models, "versions"))).toHaveLength(1);
  expect(readdirSync(join(deployment.models, "staging"))).toEqual([]);
});

test("nor when it came in the very moment before", async () => {
  const late = await begun("late", older);
  const quick = await begun("quick", newer);
  const { store } = deployment;
  const racing = {
    ...store,
    // After the first look at the log, before the generation is taken.
    copy: async (...of: Parameters<typeof store.copy>) => {
      const copied = await store.copy(...of);
      await promote(quick, places());
      return copied;
    },
  };
  expect((await failure(promote(late, { ...places(), store: racing }))).name).toBe("Superseded");
  const [entry] = await readHistory(deployment.models);
  expect(entry).toMatchObject({ generation: 1, execution: "quick", inUse: true });
  expect(readdirSync(join(deployment.models, "versions"))).toHaveLength(1);
  expect(readdirSync(join(deployment.models, "staging"))).toEqual([]);
});

test("a newer or equally old export's model only has to be compared again", async () => {
  const late = await begun("late", newer);
  const same = await begun("same", older);
  await run("quick", older);
  for (const promotion of [late, same])
    expect((await failure(promote(promotion, places()))).name).toBe("StaleChampion");
  expect((await promote({ ...same, champion: await champion() }, places())).generation).toBe(2);
  expect((await promote({ ...late, champion: await champion() }, places())).generation).toBe(3);
});

test("who starts a run on an old export while a newer one's model is in use knows what they do", async () => {
  await run("new", newer);
  const promotion = await begun("old-again", older);
  // Both may fall into one millisecond here.
  const startedAt = new Date(Date.now() + 1).toISOString();
  expect(await promote({ ...promotion, run: { ...promotion.run, startedAt } }, places())).toMatchObject({
    generation: 2,
  });
});

test("after a rollback it counts what the version in use was trained on", async () => {
  await run("first", newer);
  const late = await begun("late", older);
  await run("second", newer);
  await rollback({ modelsFolder: deployment.models, actor: "a person", reason: "worse" });
  const [entry] = await readHistory(deployment.models);
  expect(entry).toMatchObject({ generation: 3, action: "rollback", exportedAt: newer });
  expect((await failure(promote(late, places()))).name).toBe("Superseded");
  await rollback({ modelsFolder: deployment.models, to: 2, actor: "a person", reason: "better after all" });
  expect((await readHistory(deployment.models))[0]).toMatchObject({ generation: 4, exportedAt: newer });
});

test("a model that was already promoted is still told so", async () => {
  const first = await begun("first", older);
  await promote(first, places());
  await run("second", newer);
  expect(await promote(first, places())).toMatchObject({ generation: 1 });
});

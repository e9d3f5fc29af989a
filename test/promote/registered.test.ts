// Registered models: everything that is said of a champion is said within one name.
import { readdirSync, readFileSync, readlinkSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { folderOf } from "../../schemas/bucket.ts";
import verdictSchema from "../../schemas/evaluation/verdict.schema.json" with { type: "json" };
import type { Verdict } from "../../schemas/types.ts";
import { currentChampion } from "../../tasks/models/champion.ts";
import { readHistory } from "../../tasks/models/history.ts";
import { registeredModels } from "../../tasks/models/registered.ts";
import { rollback } from "../../tasks/models/rollback.ts";
import { force } from "../../tasks/promote/force.ts";
import { type Promotion, promote } from "../../tasks/promote/promotion.ts";
import { readJson, writeJson } from "../../tasks/store/store.ts";
import { deploy, failure } from "../tasks/deployment.ts";
import { trained } from "./execution.ts";

let deployment: Awaited<ReturnType<typeof deploy>>;
beforeEach(async () => {
  deployment = await deploy();
});
afterEach(() => deployment.remove());

const places = (keep = 3) => ({ store: deployment.store, modelsFolder: deployment.models, keep });

/** A promotion that may come next in a model's log. */
async function challenger(execution: string, model?: string): Promise<Promotion> {
  const champion = await currentChampion(deployment.models, model);
  return trained(deployment.store, execution, champion, model === undefined ? {} : { model });
}
const promoteAs = async (model: string | undefined, execution: string, keep?: number) =>
  promote(await challenger(execution, model), places(keep));

/** Every path below a folder with what lies there, to see that nothing has changed. */
function contents(folder: string, ...apart: string[]): Record<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return Object.fromEntries(
    entries
      .filter((entry) => !entry.isDirectory())
      .map((entry) => ({ path: join(entry.parentPath, entry.name), isLink: entry.isSymbolicLink() }))
      .filter(({ path }) => !apart.some((part) => path.startsWith(join(folder, part))))
      .map(({ path, isLink }) => [path, isLink ? readlinkSync(path) : readFileSync(path, "base64")]),
  );
}

describe("two registered models", () => {
  test("each have generations, a pointer, a folder and archives of their own", async () => {
    await promoteAs(undefined, "k-1");
    const first = await promoteAs("specialty", "s-1");
    const second = await promoteAs("specialty", "s-2");
    expect([first.generation, second.generation]).toEqual([1, 2]);
    const folder = join(deployment.models, "registered/specialty");
    expect(readlinkSync(join(folder, "current"))).toBe(`versions/${second.version}`);
    expect(readlinkSync(join(folder, "ner"))).toBe("current/ner");
    expect(await currentChampion(deployment.models)).toMatchObject({ generation: 1, execution: "k-1" });
    const champion = await currentChampion(deployment.models, "specialty");
    expect(champion).toMatchObject({ generation: 2, execution: "s-2" });
    expect(champion!.model.key).toBe(`champions/registered/specialty/${second.version}/model.tar.gz`);
    expect(await deployment.store.head(champion!.model.key)).not.toBeNull();
    // What the roles of Promote, ReadChampion and Evaluate may touch (pipeline/cloud/function-permissions.ts).
    expect(folderOf(champion!.model.key)).toBe("champions");
    expect((await readHistory(deployment.models)).map((one) => one.execution)).toEqual(["k-1"]);
    expect((await readHistory(deployment.models, "specialty")).map((one) => one.execution)).toEqual([
      "s-2",
      "s-1",
    ]);
    expect(await registeredModels(deployment.models)).toEqual(["keyphrases", "specialty"]);
  });

  test("the default one's paths, entries and keys are as they always were", async () => {
    const { version } = await promoteAs("keyphrases", "k-1");
    const { models, store } = deployment;
    expect(readdirSync(models).sort()).toEqual([
      "current",
      "embeddings.sav",
      "history",
      "ner",
      "staging",
      "versions",
    ]);
    expect(JSON.parse(readFileSync(join(models, "history/000001.json"), "utf8"))).not.toHaveProperty("model");
    expect((await store.head(`champions/${version}/model.tar.gz`))?.key).toBeDefined();
    const manifest = JSON.parse(readFileSync(join(models, "current/manifest.json"), "utf8"));
    expect(manifest).toMatchObject({ kind: "keyphrases", labels: ["problem", "test"] });
  });

  test("promotions, retention and rollbacks of one leave the other as it is, byte for byte", async () => {
    for (const turn of [1, 2]) await promoteAs(undefined, `k-${turn}`, 1);
    const before = contents(deployment.models);
    for (const turn of [1, 2, 3, 4]) await promoteAs("specialty", `s-${turn}`, 1);
    await rollback({ modelsFolder: deployment.models, model: "specialty", actor: "me", reason: "why" });
    expect(contents(deployment.models, "registered")).toEqual(before);
    expect(readdirSync(join(deployment.models, "registered/specialty/versions"))).toHaveLength(2);
    const keys: string[] = [];
    for await (const { key } of deployment.store.list("champions/")) keys.push(key);
    expect(keys.filter((key) => key.startsWith("champions/registered/specialty/"))).toHaveLength(8);
    expect(keys).toHaveLength(16);
    const named = contents(join(deployment.models, "registered"));
    for (const turn of [3, 4, 5]) await promoteAs(undefined, `k-${turn}`, 1);
    await rollback({ modelsFolder: deployment.models, actor: "me", reason: "why" });
    expect(contents(join(deployment.models, "registered"))).toEqual(named);
  });

  test("a promotion of one does not make the other's stale, and a newer export of one does not supersede the other", async () => {
    await promoteAs(undefined, "k-1");
    const waiting = await challenger("k-2");
    const newer = await challenger("s-1", "specialty");
    newer.dataset = { ...newer.dataset, exportedAt: "2030-01-01T00:00:00Z" };
    await promote(newer, places());
    await promoteAs("specialty", "s-2");
    expect((await promote(waiting, places())).generation).toBe(2);
  });

  test("within one name a newer export supersedes, and another promotion makes stale", async () => {
    await promoteAs("specialty", "s-1");
    const [waiting, older] = [await challenger("s-2", "specialty"), await challenger("s-3", "specialty")];
    const newer = await challenger("s-4", "specialty");
    newer.dataset = { ...newer.dataset, exportedAt: waiting.dataset.exportedAt };
    await promote(newer, places());
    expect((await failure(promote(waiting, places()))).name).toBe("StaleChampion");
    older.dataset = { ...older.dataset, exportedAt: "2000-01-01T00:00:00Z" };
    expect((await failure(promote(older, places()))).name).toBe("Superseded");
  });

  test("an entry that was restored into another model's log is refused", async () => {
    await promoteAs("specialty", "s-1");
    await promoteAs("routing", "r-1");
    const history = (model: string) => join(deployment.models, "registered", model, "history");
    rmSync(history("routing"), { recursive: true });
    renameSync(history("specialty"), history("routing"));
    expect(await failure(currentChampion(deployment.models, "routing"))).toEqual({
      name: "ChampionUnreadable",
      message: expect.stringContaining("another registered model's log"),
    });
  });
});

describe("a promotion by hand", () => {
  const asked = { actor: "me", reason: "checked by hand" };
  async function judged(execution: string, model: string, kind?: "single-label") {
    const { run, dataset, artifacts } = await challenger(execution, model);
    await writeJson(deployment.store, `runs/${execution}/challenger.json`, {
      run,
      dataset: { ...dataset, ...(kind && { kind }) },
      artifacts,
    });
    await writeJson(deployment.store, `runs/${execution}/verdict.json`, {
      ...(verdictSchema.examples[0] as unknown as Verdict),
      challengerSha256: artifacts.model.sha256,
    });
  }

  test("goes to the log of the execution's own model", async () => {
    await promoteAs("specialty", "s-1");
    await judged("s-2", "specialty");
    expect(await force({ execution: "s-2", ...asked }, places())).toMatchObject({
      generation: 2,
      model: "specialty",
    });
    expect(await readHistory(deployment.models)).toEqual([]);
    // Once in use before, it is to be rolled back to, under its name.
    await promoteAs("specialty", "s-3");
    expect((await failure(force({ execution: "s-2", ...asked }, places()))).message).toContain(
      "pbp rollback --model specialty --to 2",
    );
  });

  test("cannot put a model of another kind in use under a name", async () => {
    await promoteAs("specialty", "s-1");
    await judged("s-2", "specialty", "single-label");
    expect((await failure(force({ execution: "s-2", ...asked }, places()))).name).toBe("KindMismatch");
    expect(await readHistory(deployment.models, "specialty")).toHaveLength(1);
  });
});

test("a first promotion that fails registers no model", async () => {
  const promotion = await challenger("s-1", "specialty");
  await deployment.store.remove(promotion.artifacts.model.key);
  expect((await failure(promote(promotion, places()))).name).toBe("PromotionFailed");
  expect(await registeredModels(deployment.models)).toEqual(["keyphrases"]);
  expect(await readJson(deployment.store, `${promotion.run.baseModel.prefix}manifest.json`)).toBeDefined();
});

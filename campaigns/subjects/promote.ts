import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Champion, Verdict } from "../../schemas/types.ts";
import verdictSchema from "../../schemas/verdict.schema.json" with { type: "json" };
import { currentChampion } from "../../tasks/models/champion.ts";
import { promote as promoteBundle } from "../../tasks/promote/promotion.ts";
import { handler } from "../../tasks/promote.ts";
import { openFileStore } from "../../tasks/store/fs.ts";
import { type ObjectStore, writeJson } from "../../tasks/store/store.ts";
import { trained } from "../../test/promote/execution.ts";
import { halfDone, isNamedAmong, unrepaired } from "./models.ts";
import type { Subject } from "./subject.ts";

export const bucket = "pbp-faults";
export const keep = 1;
export const modelsOf = (folder: string) => join(folder, "world", "models");
export const storeOf = (folder: string) => openFileStore(join(folder, "world"), bucket);

/** How many generations came before, by variant: a first promotion, a second, one that removes a version. */
const before = [0, 1, 3];

/** Points the functions at a world, as their deployment does. */
export function deployTo(folder: string): void {
  Object.assign(process.env, {
    OBJECT_STORE: `file:${join(folder, "world")}`,
    DATA_BUCKET: bucket,
    BASE_MODEL: "minilm",
    MODELS_DIR: modelsOf(folder),
    KEEP_VERSIONS: String(keep),
    FILE_SYSTEM: "none",
  });
}

/** A models folder with so many generations. */
export async function promoteGenerations(folder: string, count: number): Promise<ObjectStore> {
  await mkdir(join(folder, "world"), { recursive: true });
  const store = await storeOf(folder);
  for (let generation = 1; generation <= count; generation++) {
    const promotion = await trained(store, `before-${generation}`, await currentChampion(modelsOf(folder)));
    await promoteBundle(promotion, { store, modelsFolder: modelsOf(folder), keep });
  }
  return store;
}

/** The event of Promote for a model that the gate lets through, with its artefacts and verdict in the store. */
export async function promotable(store: ObjectStore, name: string, champion: Champion | null) {
  const { run, dataset, artifacts } = await trained(store, name, champion);
  const verdict: Verdict = {
    ...(verdictSchema.examples[0] as Verdict),
    challengerSha256: artifacts.model.sha256,
    championGeneration: champion?.generation ?? null,
  };
  const verdictKey = `${run.prefix}verdict.json`;
  await writeJson(store, verdictKey, verdict);
  return { run, dataset, artifacts, champion, verdict: { verdictKey } };
}

type Plan = { event: unknown; generations: number };

const readPlan = async (folder: string) =>
  JSON.parse(await readFile(join(folder, "plan.json"), "utf8")) as Plan;

/** One promotion, through the function's own handler. */
export const promote: Subject = {
  mayBeRemote: true,
  root: (folder) => join(folder, "world"),
  async prepare(folder, variant) {
    const generations = before[variant % before.length]!;
    const store = await promoteGenerations(folder, generations);
    if (variant === 0) {
      // What the notebook left stands where the links will be.
      await mkdir(join(modelsOf(folder), "ner"), { recursive: true });
      await writeFile(join(modelsOf(folder), "ner", "weights"), "the notebook's");
      await writeFile(join(modelsOf(folder), "embeddings.sav"), "the notebook's");
    }
    const event = await promotable(store, "challenger", await currentChampion(modelsOf(folder)));
    await writeFile(join(folder, "plan.json"), JSON.stringify({ event, generations } satisfies Plan));
  },
  async act(folder) {
    const { event } = await readPlan(folder);
    deployTo(folder);
    await handler(event);
  },
  async inspect(folder, acknowledged) {
    const { generations } = await readPlan(folder);
    return halfDone(modelsOf(folder), { generations, keep, acknowledged });
  },
  async recover(folder) {
    const { event, generations } = await readPlan(folder);
    deployTo(folder);
    // The very event again, as a retry or a redrive sends it.
    const promoted = await handler(event);
    const problems = await unrepaired(modelsOf(folder), await storeOf(folder), {
      generations: generations + 1,
      keep,
    });
    if (promoted.generation !== generations + 1) problems.push(`promoted as ${promoted.generation}`);
    return problems;
  },
  mayEndBy: (error) => isNamedAmong(error, ["PromotionFailed", "ChampionUnreadable", "TaskFailed"]),
};

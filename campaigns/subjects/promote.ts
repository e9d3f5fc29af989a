import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import verdictSchema from "../../schemas/evaluation/verdict.schema.json" with { type: "json" };
import { defaultModel } from "../../schemas/models/registered-models.ts";
import type { Champion, Verdict } from "../../schemas/types.ts";
import { currentChampion } from "../../tasks/models/champion.ts";
import { readHistory } from "../../tasks/models/history.ts";
import { promote as promoteBundle } from "../../tasks/promote/promotion.ts";
import { handler } from "../../tasks/promote.ts";
import { openFileStore } from "../../tasks/store/fs.ts";
import { type ObjectStore, writeJson } from "../../tasks/store/store.ts";
import { trained } from "../../test/promote/execution.ts";
import { halfDone, isNamedAmong, unrepaired, unsoundness } from "./models.ts";
import type { Subject } from "./subject.ts";

export const bucket = "pbp-faults";
export const keep = 1;
export const modelsOf = (folder: string) => join(folder, "world", "models");
/** The registered models that a subject acts on by turns, and the one that `prepare` noted down. */
export const models = [defaultModel, "specialty"];
export const readModel = (folder: string) => readFile(join(folder, "model"), "utf8");
export const storeOf = (folder: string) => openFileStore(join(folder, "world"), bucket);

/**
 * By variant the registered model that is promoted, and how many generations came before: a first promotion, a second, one
 * that removes a version. The other model has one generation in any case, which nothing may touch.
 */
const variants = [
  { model: defaultModel, before: 0 },
  { model: "specialty", before: 1 },
  { model: defaultModel, before: 3 },
];
/** The one that a subject does not act on. */
export const otherThan = (model: string) => (model === defaultModel ? "specialty" : defaultModel);

/** Points the functions at a world, as their deployment does. */
export function deployTo(folder: string): void {
  Object.assign(process.env, {
    OBJECT_STORE: `file:${join(folder, "world")}`,
    DATA_BUCKET: bucket,
    BASE_MODEL: "minilm",
    MODELS_DIR: modelsOf(folder),
    KEEP_VERSIONS: String(keep),
    FILE_SYSTEM: "none",
    CODE_REVISION: "unknown",
    APPROVAL: "none",
  });
}

/** A models folder with so many generations of a model. */
export async function promoteGenerations(folder: string, model: string, count: number): Promise<ObjectStore> {
  await mkdir(join(folder, "world"), { recursive: true });
  const store = await storeOf(folder);
  const modelsFolder = modelsOf(folder);
  for (let generation = 1; generation <= count; generation++) {
    const champion = await currentChampion(modelsFolder, model);
    const promotion = await trained(store, `${model}-before-${generation}`, champion, { model });
    await promoteBundle(promotion, { store, modelsFolder, keep });
  }
  return store;
}

/** What is wrong with the model that was not acted on: it has one generation, and its version is whole. */
export async function disturbed(folder: string, actedOn: string): Promise<string[]> {
  const model = otherThan(actedOn);
  const history = await readHistory(modelsOf(folder), model);
  const problems = await unsoundness(modelsOf(folder), keep, model);
  if (history.length !== 1) problems.push(`has ${history.length} generations, not 1`);
  return problems.map((problem) => `the other model: ${problem}`);
}

/** The event of Promote for a model that the gate lets through, with its artefacts and verdict in the store. */
async function promotable(
  store: ObjectStore,
  name: string,
  champion: Champion | null,
  model: string = defaultModel,
) {
  const { run, dataset, artifacts } = await trained(store, name, champion, { model });
  const verdict: Verdict = {
    ...(verdictSchema.examples[0] as Verdict),
    challengerSha256: artifacts.model.sha256,
    championGeneration: champion?.generation ?? null,
  };
  const verdictKey = `${run.prefix}verdict.json`;
  await writeJson(store, verdictKey, verdict);
  return { run, dataset, artifacts, champion, verdict: { verdictKey } };
}

type Plan = { event: unknown; model: string; generations: number };

const readPlan = async (folder: string) =>
  JSON.parse(await readFile(join(folder, "plan.json"), "utf8")) as Plan;

/** One promotion, through the function's own handler. */
export const promote: Subject = {
  mayBeRemote: true,
  root: (folder) => join(folder, "world"),
  async prepare(folder, variant) {
    const { model, before: generations } = variants[variant % variants.length]!;
    await promoteGenerations(folder, otherThan(model), 1);
    const store = await promoteGenerations(folder, model, generations);
    if (variant === 0) {
      // What the notebook left stands where the links will be.
      await mkdir(join(modelsOf(folder), "ner"), { recursive: true });
      await writeFile(join(modelsOf(folder), "ner", "weights"), "the notebook's");
      await writeFile(join(modelsOf(folder), "embeddings.sav"), "the notebook's");
    }
    const champion = await currentChampion(modelsOf(folder), model);
    const event = await promotable(store, "challenger", champion, model);
    await writeFile(join(folder, "plan.json"), JSON.stringify({ event, model, generations } satisfies Plan));
  },
  async act(folder) {
    const { event } = await readPlan(folder);
    deployTo(folder);
    await handler(event);
  },
  async inspect(folder, acknowledged) {
    const { generations, model } = await readPlan(folder);
    return [
      ...(await halfDone(modelsOf(folder), { generations, keep, acknowledged, model })),
      ...(await disturbed(folder, model)),
    ];
  },
  async recover(folder) {
    const { event, generations, model } = await readPlan(folder);
    deployTo(folder);
    // The very event again, as a retry or a redrive sends it.
    const promoted = await handler(event);
    const problems = await unrepaired(modelsOf(folder), await storeOf(folder), {
      generations: generations + 1,
      keep,
      model,
    });
    if (promoted.generation !== generations + 1) problems.push(`promoted as ${promoted.generation}`);
    return problems;
  },
  mayEndBy: (error) => isNamedAmong(error, ["PromotionFailed", "ChampionUnreadable", "TaskFailed"]),
};

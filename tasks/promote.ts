// Why this step exists: a model counts from the moment that its number is taken in the generation log, not before and
// not half. Model, labels and embeddings become the champion together, or not at all.
import verdictSchema from "../schemas/evaluation/verdict.schema.json" with { type: "json" };
import artifactsSchema from "../schemas/execution/artifacts.schema.json" with { type: "json" };
import datasetSchema from "../schemas/execution/dataset.schema.json" with { type: "json" };
import runSchema from "../schemas/execution/run.schema.json" with { type: "json" };
import championSchema from "../schemas/models/champion.schema.json" with { type: "json" };
import { NamedError } from "../schemas/tables/errors.ts";
import type { Artifacts, Champion, Dataset, Run, Verdict } from "../schemas/types.ts";
import { door } from "./lambda/door.ts";
import { environment } from "./lambda/environment.ts";
import { task } from "./lambda/task.ts";
import { judged } from "./promote/judged.ts";
import { preflight } from "./promote/preflight.ts";
import { type Promoted, promote } from "./promote/promotion.ts";
import { openStore } from "./store/open.ts";
import { ObjectInvalid, ObjectMissing, type ObjectStore, readJson } from "./store/store.ts";

const event = {
  type: "object",
  additionalProperties: false,
  required: ["run", "dataset", "artifacts", "champion", "verdict"],
  properties: {
    run: runSchema,
    dataset: datasetSchema,
    artifacts: artifactsSchema,
    champion: championSchema.properties.champion,
    verdict: {
      type: "object",
      required: ["verdictKey"],
      properties: { verdictKey: { $ref: "common.schema.json#/$defs/objectKey" } },
    },
  },
};
type Event = {
  run: Run;
  dataset: Dataset;
  artifacts: Artifacts;
  champion: Champion | null;
  verdict: { verdictKey: string };
};

const checkVerdict = door<Verdict>(verdictSchema, { what: "verdict.json", name: "PromotionFailed" });

export const handler = task(
  event,
  async ({ verdict: { verdictKey }, ...received }: Event): Promise<Promoted> => {
    const store = await openStore({ driver: environment.objectStore, bucket: environment.dataBucket });
    const verdict = await readVerdict(store, verdictKey);
    requireCovering(verdict, received);
    await preflight(environment.fileSystem);
    return promote(
      { ...received, verdict: judged(verdict, verdictKey), evidence: verdict },
      {
        store,
        modelsFolder: environment.modelsFolder,
        keep: environment.keepVersions,
        code: environment.codeRevision,
      },
    );
  },
);

async function readVerdict(store: ObjectStore, key: string): Promise<Verdict> {
  try {
    return checkVerdict(await readJson(store, key));
  } catch (error) {
    if (!(error instanceof ObjectMissing || error instanceof ObjectInvalid)) throw error;
    throw new NamedError(
      "PromotionFailed",
      `${key} is missing or not readable: there is no verdict to act on.`,
    );
  }
}

/** A verdict counts for one model against one champion, whatever the definition passes around. */
function requireCovering(verdict: Verdict, { artifacts, champion }: Omit<Event, "verdict">): void {
  const problem =
    verdict.verdict !== "promote"
      ? `says ${verdict.verdict}`
      : verdict.challengerSha256 !== artifacts.model.sha256
        ? "is about another model"
        : verdict.championGeneration !== (champion?.generation ?? null)
          ? "is against another champion"
          : null;
  if (problem) throw new NamedError("PromotionFailed", `The verdict ${problem}: this model is not promoted.`);
}

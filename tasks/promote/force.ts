// An operator overrules the gate: the labels were renamed, say, and no challenger can be compared with the champion.
import artifactsSchema from "../../schemas/artifacts.schema.json" with { type: "json" };
import { runPrefix } from "../../schemas/bucket.ts";
import datasetSchema from "../../schemas/dataset.schema.json" with { type: "json" };
import { NamedError } from "../../schemas/errors.ts";
import { kindOf } from "../../schemas/kinds.ts";
import promotionRecordSchema from "../../schemas/promotion-record.schema.json" with { type: "json" };
import { modelOf, optionOf } from "../../schemas/registered-models.ts";
import runSchema from "../../schemas/run.schema.json" with { type: "json" };
import type { Artifacts, Dataset, PromotionRecord, Run, Verdict } from "../../schemas/types.ts";
import verdictSchema from "../../schemas/verdict.schema.json" with { type: "json" };
import { door } from "../door.ts";
import { currentChampion } from "../models/champion.ts";
import { readHistory } from "../models/history.ts";
import { layout } from "../models/layout.ts";
import { entryOf } from "../models/log.ts";
import { ObjectInvalid, ObjectMissing, type ObjectStore, readJson } from "../store/store.ts";
import { judged } from "./judged.ts";
import { requireKind } from "./kind.ts";
import { type Places, promote } from "./promotion.ts";

export const forceRequest = {
  type: "object",
  additionalProperties: false,
  required: ["execution", "actor", "reason"],
  properties: {
    execution: { $ref: "common.schema.json#/$defs/executionName" },
    actor: promotionRecordSchema.properties.actor,
    reason: { $ref: "common.schema.json#/$defs/operatorsReason" },
  },
};
export type ForceRequest = {
  /** The execution whose model is wanted. */
  execution: string;
  /** Who asks, for the log. */
  actor: string;
  /** The actor asks once only: an entry of theirs for this execution is this request's, whose reply was lost. */
  once?: boolean;
  /** Why, for the log. No patient data. */
  reason: string;
};

const checkRequest = door<ForceRequest>(forceRequest, { what: "The request", name: "InvalidInput" });

type Challenger = { run: Run; dataset: Dataset; artifacts: Artifacts };
const checkChallenger = door<Challenger>(
  {
    type: "object",
    additionalProperties: false,
    required: ["run", "dataset", "artifacts"],
    properties: { run: runSchema, dataset: datasetSchema, artifacts: artifactsSchema },
  },
  { what: "challenger.json", name: "InvalidInput" },
);
const checkVerdict = door<Verdict>(verdictSchema, { what: "verdict.json", name: "InvalidInput" });

/**
 * Promotes the model of an execution even against its verdict. Only the verdict is overruled: the model must have been
 * evaluated, every artefact is checked and read back as in any promotion, and the generation is taken exclusively.
 *
 * @returns the entry of the log; that of before, when the model is in use already.
 * Throws InvalidInput (nothing to promote, or once promoted and still there: roll back to it), StaleChampion (another
 * promotion was first: look again, then decide), KindMismatch, PromotionFailed, ChampionUnreadable.
 */
export async function force(
  { once = false, ...request }: ForceRequest,
  places: Places,
): Promise<PromotionRecord> {
  const { execution, actor, reason } = checkRequest(request);
  const prefix = runPrefix(execution);
  const key = `${prefix}verdict.json`;
  const verdict = checkVerdict(await readJudged(places.store, key, execution));
  const challenger = checkChallenger(await readJudged(places.store, `${prefix}challenger.json`, execution));
  if (verdict.challengerSha256 !== challenger.artifacts.model.sha256)
    throw new NamedError("InvalidInput", `${key} is about another model. Run again: pbp rerun ${execution}.`);

  const model = modelOf(challenger.run);
  const at = layout(places.modelsFolder, model);
  const champion = await currentChampion(places.modelsFolder, model);
  requireKind(model, champion, kindOf(challenger.dataset));
  const [before] = (await readHistory(places.modelsFolder, model)).filter(
    (one) => one.execution === execution,
  );
  const isDone = before?.inUse || (once && before?.action === "forced" && before.actor === actor);
  if (before && isDone) return entryOf(at, before.generation);
  if (before?.kept)
    throw new NamedError(
      "InvalidInput",
      `This model was in use before, as generation ${before.generation}: pbp rollback${optionOf(model)} --to ${before.generation} --reason "…".`,
    );

  if ((await places.store.head(challenger.artifacts.model.key)) === null)
    throw new NamedError(
      "InvalidInput",
      `The model of ${execution} is not kept any more. Train it again: pbp rerun ${execution}.`,
    );
  const failed = verdict.reasons.filter(({ passed }) => !passed).map(({ rule }) => rule);
  const { generation } = await promote(
    {
      ...challenger,
      champion,
      verdict: judged(verdict, key),
      forced: { actor, reason, overruled: { verdict: verdict.verdict, rules: [...new Set(failed)] } },
    },
    places,
  );
  return entryOf(at, generation);
}

/** What QualityGate wrote about an execution. */
async function readJudged(store: ObjectStore, key: string, execution: string): Promise<unknown> {
  try {
    return await readJson(store, key);
  } catch (error) {
    if (!(error instanceof ObjectMissing || error instanceof ObjectInvalid)) throw error;
    throw new NamedError(
      "InvalidInput",
      `${key} is missing or not readable: only a model that the gate has judged can be promoted. See pbp show ${execution}.`,
    );
  }
}

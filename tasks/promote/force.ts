// An operator overrules the gate: the labels were renamed, say, and no challenger can be compared with the champion.
import promotionRecordSchema from "../../schemas/models/promotion-record.schema.json" with { type: "json" };
import { modelOf, optionOf } from "../../schemas/models/registered-models.ts";
import { NamedError } from "../../schemas/tables/errors.ts";
import { kindOf } from "../../schemas/tables/kinds.ts";
import type { PromotionRecord } from "../../schemas/types.ts";
import { decidedAlready, readDecision } from "../approval/decision.ts";
import { requireSomeoneElse } from "../approval/four-eyes.ts";
import { door } from "../lambda/door.ts";
import { currentChampion } from "../models/champion.ts";
import { readHistory } from "../models/history.ts";
import { layout } from "../models/layout.ts";
import { entryOf } from "../models/log.ts";
import { readChallenger, requireModelOf } from "./challenger.ts";
import { judged } from "./judged.ts";
import { requireKind } from "./kind.ts";
import { type Places, promote } from "./promotion.ts";

export const forceRequest = {
  type: "object",
  additionalProperties: false,
  required: ["execution", "actor", "reason"],
  properties: {
    execution: { $ref: "common.schema.json#/$defs/executionName" },
    by: { oneOf: [{ type: "null" }, { $ref: "common.schema.json#/$defs/person" }] },
    actor: promotionRecordSchema.properties.actor,
    reason: { $ref: "common.schema.json#/$defs/operatorsReason" },
  },
};
export type ForceRequest = {
  /** The execution whose model is wanted. */
  execution: string;
  /** Who asks, for the log. */
  actor: string;
  /** The person, as pbp says it. Absent in requests of earlier versions. */
  by?: string | null;
  /** The actor asks once only: an entry of theirs for this execution is this request's, whose reply was lost. */
  once?: boolean;
  /** Why, for the log. No patient data. */
  reason: string;
};

const checkRequest = door<ForceRequest>(forceRequest, { what: "The request", name: "InvalidInput" });

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
  const { execution, actor, by, reason } = checkRequest(request);
  const { challenger, verdict, verdictKey } = await readChallenger(places.store, execution);
  const { approval = "none" } = challenger.run;
  if (verdict.verdict === "promote" && approval !== "none") {
    const decision = await readDecision(places.store, execution);
    if (decision) throw decidedAlready(execution, decision);
    throw new NamedError(
      "InvalidInput",
      `The gate promotes this model once it is approved, and nobody overrules that: pbp approve ${execution} --reason "…".`,
    );
  }
  requireSomeoneElse(challenger.run, by);

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

  await requireModelOf(places.store, execution, challenger);
  const failed = verdict.reasons.filter(({ passed }) => !passed).map(({ rule }) => rule);
  const { generation } = await promote(
    {
      ...challenger,
      champion,
      verdict: judged(verdict, verdictKey),
      evidence: verdict,
      forced: { actor, reason, overruled: { verdict: verdict.verdict, rules: [...new Set(failed)] } },
    },
    places,
  );
  return entryOf(at, generation);
}

// A person says yes or no to a model that the gate would promote. What is approved is that very model against that very
// champion; whatever changed since is refused, and has to be judged again.
import { modelOf } from "../../schemas/models/registered-models.ts";
import { NamedError } from "../../schemas/tables/errors.ts";
import type { ApprovalDecision, PromotionRecord } from "../../schemas/types.ts";
import { currentChampion } from "../models/champion.ts";
import { readHistory } from "../models/history.ts";
import { layout } from "../models/layout.ts";
import { entryOf } from "../models/log.ts";
import { type Challenger, readChallenger, requireModelOf } from "../promote/challenger.ts";
import { judged } from "../promote/judged.ts";
import { type Places, type Promotion, promote } from "../promote/promotion.ts";
import { lostRace } from "../promote/race.ts";
import type { ObjectStore } from "../store/store.ts";
import { decide, decidedAlready, readDecision } from "./decision.ts";
import { requireSomeoneElse } from "./four-eyes.ts";
import { settle } from "./settle.ts";
import { waitingKey } from "./waiting.ts";

export type ApprovalRequest = {
  /** The execution that waits. */
  execution: string;
  /** Who asks: in AWS an execution, whose name is its own. */
  actor: string;
  /** The person, as pbp says it. */
  by: string;
  /** Why, for the log. No patient data. */
  reason: string;
};

/** Where it is done, and what the run's pages are drawn with. */
export type ApprovalPlaces = Places & { options: string; modelCard: string | null };

/**
 * Promotes the model of an execution that waits for approval.
 *
 * The decision is taken first and exclusively, then the model is promoted: after a kill or a lost reply between the two,
 * whoever asks again goes on with the decision that stands.
 *
 * @returns the entry of the log. Throws InvalidInput (nothing waits, decided already, four eyes), StaleChampion and
 * Superseded (another model came into use since: it must be judged again), PromotionFailed, ChampionUnreadable.
 */
export async function approve(request: ApprovalRequest, places: ApprovalPlaces): Promise<PromotionRecord> {
  const { store, modelsFolder } = places;
  const { execution } = request;
  const { challenger, promotion } = await readWaiting(store, execution, modelsFolder);
  const model = modelOf(challenger.run);
  const at = layout(modelsFolder, model);
  let decision = await readDecision(store, execution);
  if (decision === null) {
    requireSomeoneElse(challenger.run, request.by);
    await requireModelOf(store, execution, challenger);
    const lost = await lostRace(at, generationAfter(promotion), promotion);
    if (lost) throw changedSince(lost, execution);
    decision = await decide(store, execution, decisionOf("approved", request));
  }
  const isDone = (await readHistory(modelsFolder, model)).some((entry) => entry.execution === execution);
  const isThis = decision.actor === request.actor && decision.reason === request.reason;
  if (decision.decision !== "approved" || (isDone && !isThis)) throw decidedAlready(execution, decision);
  await store.remove(waitingKey(execution));
  try {
    const { actor, by, reason } = decision;
    const { generation } = await promote({ ...promotion, approved: { actor, by, reason } }, places);
    const entry = await entryOf(at, generation);
    await settle(execution, decision, entry, places);
    return entry;
  } catch (error) {
    await settle(execution, decision, null, places);
    throw error instanceof NamedError ? changedSince(error, execution) : error;
  }
}

/** Says no. The model in use stays. @returns the decision. Throws InvalidInput as {@link approve} does. */
export async function decline(
  request: ApprovalRequest,
  places: ApprovalPlaces,
): Promise<ApprovalDecision & { model: string }> {
  const { store, modelsFolder } = places;
  const { execution } = request;
  const { challenger } = await readWaiting(store, execution, modelsFolder);
  const decision = await decide(store, execution, decisionOf("declined", request));
  const isThis = decision.actor === request.actor && decision.reason === request.reason;
  if (decision.decision !== "declined" || !isThis) throw decidedAlready(execution, decision);
  await store.remove(waitingKey(execution));
  await settle(execution, decision, null, places);
  return { ...decision, model: modelOf(challenger.run) };
}

/** What waits, as a promotion against the champion that it was judged against. Throws InvalidInput when nothing does. */
async function readWaiting(
  store: ObjectStore,
  execution: string,
  modelsFolder: string,
): Promise<{ challenger: Challenger; promotion: Promotion }> {
  const { challenger, verdict, verdictKey } = await readChallenger(store, execution);
  const { approval = "none" } = challenger.run;
  if (verdict.verdict !== "promote")
    throw new NamedError(
      "InvalidInput",
      `The gate has said ${verdict.verdict}, so nothing waits for approval. To overrule it: pbp promote ${execution} --force --reason "…".`,
    );
  if (approval === "none")
    throw new NamedError(
      "InvalidInput",
      `${execution} needed no approval: what the gate promoted came into use by itself. See pbp show ${execution}.`,
    );
  const champion = await currentChampion(modelsFolder, modelOf(challenger.run));
  // The one that the verdict was against: the log refuses every other.
  const judgedAgainst =
    verdict.championGeneration === null || champion === null
      ? null
      : { ...champion, generation: verdict.championGeneration };
  return {
    challenger,
    promotion: {
      ...challenger,
      champion: judgedAgainst,
      verdict: judged(verdict, verdictKey),
      evidence: verdict,
    },
  };
}

const generationAfter = ({ champion }: Promotion) => (champion?.generation ?? 0) + 1;

const decisionOf = (
  decision: ApprovalDecision["decision"],
  { actor, by, reason }: ApprovalRequest,
): ApprovalDecision => ({ decision, by, actor, reason, at: new Date().toISOString() });

/** Another model came into use since: the comparison that was to be approved says nothing about that one. */
function changedSince(error: NamedError, execution: string): NamedError {
  if (error.name !== "StaleChampion" && error.name !== "Superseded") return error;
  return new NamedError(
    error.name,
    `Not promoted: another model came into use since ${execution} was judged. Compare with that one: pbp rerun ${execution}. To close this one: pbp decline ${execution} --reason "…".`,
  );
}

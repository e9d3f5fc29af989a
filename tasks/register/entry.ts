// What the registry is to say of a model: decided here, without a call.
import { evaluationPrefix } from "../../schemas/bucket.ts";
import type { BundleManifest, Scores, Verdict } from "../../schemas/types.ts";
import type { Challenger } from "../promote/challenger.ts";

export type Status = "Approved" | "PendingManualApproval" | "Rejected";

export type Entry = {
  /** The execution that trained it. */
  execution: string;
  status: Status;
  /** Who decided and why; null: nobody has. */
  why: string | null;
  /** The archive that the training wrote. */
  source: string;
  /** Evaluate's metrics.json. */
  metrics: string;
  properties: Record<string, string>;
  /** The archive that the image `serve` answers from; null: the model was not in use yet. */
  modelData: string | null;
};

/** An entry of the generation log, as far as the registry tells it; the pipeline's own promotion has no more than these. */
export type PromotedAs = {
  model: string;
  generation: number;
  version: string;
  action?: "promote" | "rollback" | "forced";
  /** The version that was in use before. */
  from?: string | null;
  actor?: string;
  approvedBy?: string;
  reason?: string;
};

// ApprovalDescription: at most 1,024 characters on one line.
const longestReason = 1024;
const told = (words: string) => words.slice(0, longestReason);

/** A model whose run waits for a person, or was declined by one. */
export function entryOfChallenger(
  { run, artifacts }: Challenger,
  verdict: Verdict,
  declined: { by: string; reason: string } | null,
): Entry {
  const { execution } = run;
  return {
    execution,
    status: declined ? "Rejected" : "PendingManualApproval",
    why: declined && told(`Declined by ${declined.by}: ${declined.reason}`),
    source: artifacts.model.key,
    metrics: metricsOf(execution, verdict.championGeneration),
    properties: { execution, verdict: verdict.verdict, ...scoresOf(verdict.metrics.challenger) },
    modelData: null,
  };
}

/** A model that is in use. `modelData`: where its archive for serving lies. */
export function entryOfPromotion(
  { execution, version, model, lineage }: BundleManifest & Required<Pick<BundleManifest, "lineage">>,
  promotion: PromotedAs,
  modelData: string,
): Entry {
  const { verdict, championGeneration, scores } = lineage.verdict;
  const properties = { execution, verdict, ...scoresOf(scores) };
  return {
    execution,
    status: "Approved",
    why: whyInUse(promotion),
    source: model.key,
    metrics: metricsOf(execution, championGeneration),
    properties: { ...properties, generation: String(promotion.generation), version },
    modelData,
  };
}

/** Of a version that was in use until somebody rolled back from it. */
export const whyRolledBack = ({ generation, actor, reason }: PromotedAs) =>
  told(`Generation ${generation} rolled it back, by ${actor}: ${reason}`);

function whyInUse({ generation, action = "promote", actor, approvedBy, reason }: PromotedAs): string {
  const how = {
    promote: approvedBy ? `Approved by ${approvedBy}: ${reason}` : "Promoted by the quality gate.",
    rollback: `In use again, by ${actor}: ${reason}`,
    forced: `Promoted by hand, by ${actor}: ${reason}`,
  };
  return told(`Generation ${generation}. ${how[action]}`);
}

const metricsOf = (execution: string, championGeneration: number | null) =>
  `${evaluationPrefix(execution, championGeneration)}metrics.json`;

/** To four decimals, as they are shown everywhere. */
const scoresOf = (scores: Scores) =>
  Object.fromEntries(Object.entries(scores).map(([name, score]) => [name, score.toFixed(4)]));

// The decision: a pure, total function of recorded numbers.
import type { Evaluation, LabelScores, ModelScores, Verdict } from "../../schemas/types.ts";
import { labelScores } from "./label-scores.ts";
import { contest, type Evidence, guards, type Reason } from "./rules.ts";

/**
 * promote: every rule passed. inconclusive: every rule passed but the comparison with the champion, and the interval
 * holds the improvement that was asked for, so that nobody knows. reject: everything else.
 */
export function decide(evidence: Evidence): Verdict {
  const { evaluation, policy, championGeneration, comparison } = evidence;
  const { challenger, champion, baselines } = evaluation;
  const alone = guards(evidence);
  const beside = contest(evidence);
  return {
    verdict: verdictOf(alone, beside, evidence),
    reasons: [...alone, ...beside],
    kind: evaluation.kind,
    policy,
    championGeneration,
    challengerSha256: challenger.modelSha256,
    metrics: {
      challenger: challenger.scores,
      champion: champion?.scores ?? null,
      baselines,
    },
    counts: {
      documents: evaluation.documents,
      units: evaluation.units,
      items: evaluation.items,
      excludedDocuments: evaluation.excludedDocuments,
    },
    comparison,
    perLabel: perLabel(evaluation),
  };
}

function verdictOf(alone: Reason[], beside: Reason[], { policy, comparison }: Evidence): Verdict["verdict"] {
  if (!alone.every((reason) => reason.passed)) return "reject";
  if (beside.every((reason) => reason.passed)) return "promote";
  if (policy.confidence === null || comparison === null) return "reject";
  const mayBeBetter = comparison.upper >= policy.minimumImprovement;
  return mayBeBetter ? "inconclusive" : "reject";
}

function perLabel({ labels, challenger, champion }: Evaluation): Verdict["perLabel"] {
  return Object.fromEntries(
    labels.map((label) => [
      label,
      {
        support: labelScores(challenger, label).support,
        challenger: withoutSupport(challenger, label),
        champion: champion?.labels.includes(label) ? withoutSupport(champion, label) : null,
      },
    ]),
  );
}

function withoutSupport(model: ModelScores, label: string): LabelScores {
  const { precision, recall, f1 } = labelScores(model, label);
  return { precision, recall, f1 };
}

// The decision: a pure, total function of recorded numbers. Every rule is written as pass = (condition), so that a number
// that is none (NaN) passes nothing.
import type {
  Comparison,
  Evaluation,
  GatePolicy,
  LabelScores,
  ModelScores,
  Verdict,
} from "../../schemas/types.ts";

/** What the decision rests on. */
export type Evidence = {
  policy: GatePolicy;
  evaluation: Evaluation;
  /** null without a champion. */
  championGeneration: number | null;
  /** The paired bootstrap on the policy's metric; null without a champion, or without a document to draw. */
  comparison: Comparison | null;
};

type Reason = Verdict["reasons"][number];

// With 20, one note is at most a twentieth of the evidence; with fewer, a single odd note can carry the verdict. (A test
// set that only just suffices shows large differences only: the smallest detectable one stands in the verdict.)
export const fewestTestDocuments = 20;
// Scores are ratios of counts, so unequal ones differ by more than this unless they count a million tokens each. What
// is nearer comes from rounding, and 0.4 - 0.3 must not beat a minimum improvement of 0.1.
const tie = 1e-12;

/**
 * promote: every rule passed. inconclusive: every rule passed but the comparison with the champion, and the interval
 * holds the improvement that was asked for, so that nobody knows. reject: everything else.
 */
export function decide(evidence: Evidence): Verdict {
  const { evaluation, policy, championGeneration, comparison } = evidence;
  const { challenger, champion, baseline } = evaluation;
  const guards = [
    enoughTestDocuments(evaluation),
    sameLabels(evaluation),
    aboveMinimum(evidence),
    aboveBaseline(evidence),
    findsEntities(evaluation),
  ];
  const contest = champion === null ? [firstModel()] : [aboveChampion(evidence), ...significant(evidence)];
  return {
    verdict: verdictOf(guards, contest, evidence),
    reasons: [...guards, ...contest],
    policy,
    championGeneration,
    challengerSha256: challenger.modelSha256,
    metrics: {
      challenger: challenger.scores,
      champion: champion?.scores ?? null,
      baseline,
    },
    counts: {
      documents: evaluation.documents,
      tokens: evaluation.tokens,
      entities: evaluation.entities,
      excludedDocuments: evaluation.excludedDocuments,
    },
    comparison,
    perLabel: perLabel(evaluation),
  };
}

function verdictOf(
  guards: Reason[],
  contest: Reason[],
  { policy, comparison }: Evidence,
): Verdict["verdict"] {
  if (!guards.every((reason) => reason.passed)) return "reject";
  if (contest.every((reason) => reason.passed)) return "promote";
  if (policy.confidence === null || comparison === null) return "reject";
  const mayBeBetter = comparison.upper >= policy.minimumImprovement;
  return mayBeBetter ? "inconclusive" : "reject";
}

function enoughTestDocuments({ documents, excludedDocuments }: Evaluation): Reason {
  const left =
    excludedDocuments === 0 ? "" : ` (${excludedDocuments} more left out: the champion was trained on them)`;
  return {
    rule: "enough-test-documents",
    passed: documents >= fewestTestDocuments,
    message: `${documents} test documents${left}; at least ${fewestTestDocuments} are needed.`,
  };
}

/** Against another question, another answer: scores over other labels cannot be compared. */
function sameLabels({ labels, challenger, champion }: Evaluation): Reason {
  const all = [challenger.labels, ...(champion ? [champion.labels] : [])];
  const passed = all.every((one) => [...one].sort().join("\n") === [...labels].sort().join("\n"));
  const counts = champion ? `, the champion's ${champion.labels.length}` : "";
  return {
    rule: "same-labels",
    passed,
    message: passed
      ? `Test set and models have the same labels (${labels.length}).`
      : `The label sets differ: the test set has ${labels.length}, the challenger ${challenger.labels.length}${counts}.`,
  };
}

function aboveMinimum({ policy, evaluation }: Evidence): Reason {
  const score = evaluation.challenger.scores[policy.metric];
  return {
    rule: "above-minimum",
    passed: score > policy.minimum,
    message: compared(policy.metric, score, "the minimum", policy.minimum, score > policy.minimum),
  };
}

function aboveBaseline({ policy, evaluation }: Evidence): Reason {
  const score = evaluation.challenger.scores[policy.metric];
  const nothing = evaluation.baseline[policy.metric];
  return {
    rule: "above-baseline",
    passed: score > nothing,
    message: compared(policy.metric, score, "the tagger that finds nothing,", nothing, score > nothing),
  };
}

function findsEntities({ challenger }: Evaluation): Reason {
  const { f1 } = challenger.scores;
  return {
    rule: "finds-entities",
    passed: f1 > 0,
    message: compared("f1", f1, "finding no keyphrase at all,", 0, f1 > 0),
  };
}

function firstModel(): Reason {
  return {
    rule: "first-model",
    passed: true,
    message: "No champion yet: this is the first model.",
  };
}

function aboveChampion({ policy, evaluation, championGeneration }: Evidence): Reason {
  const { metric, minimumImprovement } = policy;
  const score = evaluation.challenger.scores[metric];
  const before = evaluation.champion?.scores[metric] ?? Number.NaN;
  const passed = score - before > minimumImprovement + tie;
  const margin = minimumImprovement > 0 ? ` by more than ${minimumImprovement}` : "";
  return {
    rule: "above-champion",
    passed,
    message: compared(
      metric,
      score,
      `the champion's (generation ${championGeneration})`,
      before,
      passed,
      margin,
    ),
  };
}

function significant({ policy, comparison }: Evidence): Reason[] {
  if (policy.confidence === null || comparison === null) return [];
  const passed = comparison.lower > policy.minimumImprovement + tie;
  const [lower, upper] = [comparison.lower, comparison.upper].map((end) => end.toFixed(4));
  return [
    {
      rule: "significant",
      passed,
      message: `The ${percent(policy.confidence)} interval of the difference is ${lower} to ${upper}; its lower end must be above ${policy.minimumImprovement}. This test set can show differences from ${comparison.smallestDetectable.toFixed(4)}.`,
    },
  ];
}

const names = { accuracy: "Token accuracy", f1: "Entity-level F1" };

function compared(
  metric: GatePolicy["metric"],
  score: number,
  what: string,
  other: number,
  passed: boolean,
  margin = "",
): string {
  const [left, right] = distinct(score, other);
  return `${names[metric]} ${left} is ${passed ? "" : "not "}above ${what} ${right}${margin}.`;
}

/** Four digits, or all of them where four would show two different numbers as one. */
function distinct(a: number, b: number): [string, string] {
  const short: [string, string] = [a.toFixed(4), b.toFixed(4)];
  return a !== b && short[0] === short[1] ? [String(a), String(b)] : short;
}

function percent(level: number): string {
  return `${Number((level * 100).toFixed(1))} %`;
}

function perLabel({ labels, challenger, champion }: Evaluation): Verdict["perLabel"] {
  return Object.fromEntries(
    labels.map((label) => [
      label,
      {
        support: scoresOf(challenger, label).support,
        challenger: withoutSupport(challenger, label),
        champion: champion && withoutSupport(champion, label),
      },
    ]),
  );
}

function scoresOf({ perLabel }: ModelScores, label: string): ModelScores["perLabel"][string] {
  // A label may be called "constructor".
  const found = Object.hasOwn(perLabel, label) ? perLabel[label] : undefined;
  return found ?? { precision: 0, recall: 0, f1: 0, support: 0 };
}

function withoutSupport(model: ModelScores, label: string): LabelScores {
  const { precision, recall, f1 } = scoresOf(model, label);
  return { precision, recall, f1 };
}

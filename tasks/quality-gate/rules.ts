// One function a rule of docs/quality-gate.md. Every rule is written as pass = (condition), so that a number that is none
// (NaN) passes nothing.
import { type Baseline, type KindWords, wordsOf } from "../../schemas/tables/kinds.ts";
import type { Comparison, Evaluation, GatePolicy, ModelScores, Verdict } from "../../schemas/types.ts";
import { listed, told } from "../store/label-set.ts";
import { labelScores } from "./label-scores.ts";
import { compared, percent } from "./wording.ts";

/** What the decision rests on. */
export type Evidence = {
  /** The name that an operator types to act on the verdict. */
  execution: string;
  policy: GatePolicy;
  evaluation: Evaluation;
  /** null without a champion. */
  championGeneration: number | null;
  /** Different labels that the challenger says over the test set; null where the kind does not tell. */
  saidLabels: number | null;
  /** The paired bootstrap on the policy's metric; null without a champion, or without a document to draw. */
  comparison: Comparison | null;
};

export type Reason = Verdict["reasons"][number];

// With 20, one note is at most a twentieth of the evidence; with fewer, a single odd note can carry the verdict. (A test
// set that only just suffices shows large differences only: the smallest detectable one stands in the verdict.)
export const fewestTestDocuments = 20;
// Scores are ratios of counts, so unequal ones differ by more than this unless they count a million tokens each. What
// is nearer comes from rounding, and 0.4 - 0.3 must not beat a minimum improvement of 0.1.
const tie = 1e-12;

/** What a challenger must show by itself. */
export function guards(evidence: Evidence): Reason[] {
  return [
    enoughTestDocuments(evidence.evaluation),
    sameLabels(evidence),
    aboveMinimum(evidence),
    ...aboveBaselines(evidence),
    findsItems(evidence.evaluation),
    ...saysSeveralLabels(evidence),
    ...nearlyPerfect(evidence),
    ...aboveLabelMinimums(evidence),
  ];
}

/** What it must show in comparison with the champion. */
export function contest(evidence: Evidence): Reason[] {
  const { champion } = evidence.evaluation;
  return champion === null
    ? [firstModel()]
    : [aboveChampion(evidence, champion), ...significant(evidence, evidence.comparison)];
}

function enoughTestDocuments({ documents, excludedDocuments }: Evaluation): Reason {
  const left =
    excludedDocuments === 0 ? "" : ` (${excludedDocuments} more left out: the champion was trained on them)`;
  const passed = documents >= fewestTestDocuments;
  const remedy =
    passed || excludedDocuments === 0
      ? ""
      : " Run again with the testFraction that the champion was trained with, or with new notes.";
  return {
    rule: "enough-test-documents",
    passed,
    message: `${documents} test documents${left}; at least ${fewestTestDocuments} are needed.${remedy}`,
  };
}

/** Over other labels, a score answers another question: an operator decides that, never a number. */
function sameLabels({ execution, evaluation, championGeneration }: Evidence): Reason {
  const { labels, comparedLabels } = evaluation;
  const before = evaluation.champion?.labels ?? labels;
  const added = labels.filter((label) => !before.includes(label));
  const retired = before.filter((label) => !labels.includes(label));
  const passed = added.length === 0 && retired.length === 0;
  const changes = [
    ...(added.length > 0 ? [`new: ${listed(added)}`] : []),
    ...(retired.length > 0 ? [`gone: ${listed(retired)}`] : []),
  ].join("; ");
  return {
    rule: "same-labels",
    passed,
    message: passed
      ? `Test set and models have the same labels (${labels.length}).`
      : `The champion (generation ${championGeneration}) has other labels; ${changes}. Scores count the ${comparedLabels.length} that both know. To use this model anyway: pbp promote ${execution} --force --reason TEXT`,
  };
}

function metricName({ policy, evaluation }: Evidence): string {
  return wordsOf(evaluation.kind).metrics[policy.metric] ?? policy.metric;
}

function aboveMinimum(evidence: Evidence): Reason {
  const { policy, evaluation } = evidence;
  const score = evaluation.challenger.scores[policy.metric];
  const passed = score > policy.minimum;
  return {
    rule: "above-minimum",
    passed,
    message: compared(metricName(evidence), score, "the minimum", policy.minimum, passed),
  };
}

/** An answer that needs no model beats every model on some data, and then there is nothing to be learnt from it. */
function aboveBaselines(evidence: Evidence): Reason[] {
  const { policy, evaluation } = evidence;
  const score = evaluation.challenger.scores[policy.metric];
  const { baselines } = wordsOf(evaluation.kind);
  return (Object.keys(baselines) as Baseline[]).map((name) => {
    // Nothing is above what is not there.
    const other = evaluation.baselines[name]?.[policy.metric] ?? Number.NaN;
    const passed = score > other;
    const what = `${baselines[name]!.is},`;
    return {
      rule: "above-baseline",
      passed,
      message: compared(metricName(evidence), score, what, other, passed),
    };
  });
}

function findsItems({ kind, challenger }: Evaluation): Reason {
  const { f1 } = challenger.scores;
  const passed = f1 > 0;
  const { metrics, finds } = wordsOf(kind);
  return { rule: "finds-items", passed, message: compared(metrics.f1!, f1, `${finds},`, 0, passed) };
}

/** A model that answers everything alike has learnt nothing, whatever its score. */
function saysSeveralLabels({ evaluation, saidLabels }: Evidence): Reason[] {
  if (saidLabels === null) return [];
  const supported = evaluation.labels.filter(
    (label) => labelScores(evaluation.challenger, label).support > 0,
  );
  const needed = Math.min(2, supported.length);
  return [
    {
      rule: "predicts-labels",
      passed: saidLabels >= needed,
      message: `The model says ${saidLabels} of ${evaluation.labels.length} labels somewhere in the test set; at least ${needed} are needed.`,
    },
  ];
}

/** No objection, but seldom a model's merit: what gives the answer away is mostly a heading, a template, a prompt. */
function nearlyPerfect(evidence: Evidence): Reason[] {
  const { policy, evaluation } = evidence;
  const { suspiciousAbove } = wordsOf(evaluation.kind);
  const score = evaluation.challenger.scores[policy.metric];
  if (suspiciousAbove === null || !(score > suspiciousAbove)) return [];
  const { separatedBy } = evaluation;
  // The word is out of the texts: a clinician's or a patient's name may be in all notes of a class. Reasons go into
  // mails and histories, so the file in the bucket names it alone.
  const because = separatedBy
    ? `: one word, in ${separatedBy.documents} documents, almost gives the answer; metrics.json names it as separatedBy`
    : ": look for a heading or a template that gives the answer";
  return [
    {
      rule: "nearly-perfect",
      passed: true,
      message: `Warning: ${metricName(evidence)} ${score.toFixed(4)} is above ${suspiciousAbove}. A regular expression may do${because}.`,
    },
  ];
}

/** A good model on the whole may still be of no use for one label. */
function aboveLabelMinimums({ policy, evaluation }: Evidence): Reason[] {
  const { labelScore }: KindWords = wordsOf(evaluation.kind);
  return Object.entries(policy.labelMinimum ?? {}).map(([label, minimum]) => {
    const score = labelScores(evaluation.challenger, label).f1;
    const passed = evaluation.labels.includes(label) && score > minimum;
    return {
      rule: "label-minimum",
      passed,
      message: evaluation.labels.includes(label)
        ? compared(`${labelScore} of ${told(label)}`, score, "its minimum", minimum, passed)
        : `labelMinimum names ${told(label)}, which the test set does not have; it has ${listed(evaluation.labels)}.`,
    };
  });
}

function firstModel(): Reason {
  return {
    rule: "first-model",
    passed: true,
    message: "No champion yet: this is the first model.",
  };
}

function aboveChampion(evidence: Evidence, champion: ModelScores): Reason {
  const { policy, evaluation, championGeneration } = evidence;
  const { metric, minimumImprovement } = policy;
  const score = evaluation.challenger.scores[metric];
  const before = champion.scores[metric];
  const passed = score - before > minimumImprovement + tie;
  const margin = minimumImprovement > 0 ? ` by more than ${minimumImprovement}` : "";
  const what = `the champion's (generation ${championGeneration})`;
  return {
    rule: "above-champion",
    passed,
    message: compared(metricName(evidence), score, what, before, passed, margin),
  };
}

function significant({ policy }: Evidence, comparison: Comparison | null): Reason[] {
  if (policy.confidence === null) return [];
  if (comparison === null)
    return [{ rule: "significant", passed: false, message: "No document was compared, so nothing is sure." }];
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

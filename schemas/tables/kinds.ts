import common from "../common.schema.json" with { type: "json" };
import type { GatePolicy, Kind } from "../types.ts";
import type { Algorithm } from "./algorithms.ts";
import kinds from "./kinds.json" with { type: "json" };

export type Metric = GatePolicy["metric"];

/** What is said of a kind, and what may be chosen for it. */
export type KindWords = {
  /** What accuracy counts, one and many. */
  unit: [string, string];
  /** Whether each label of a document is a unit by itself. */
  unitPerLabel: boolean;
  /** What recall counts. */
  item: [string, string];
  /** The record's field. */
  annotation: "keyphrases" | "classes";
  /** As Hugging Face calls it. */
  task: "token-classification" | "text-classification";
  /** What scores by what was seen in training are told by. */
  seen: string;
  /** The metrics that the gate may decide by, as sentences begin with them. */
  metrics: Partial<Record<Metric, string>>;
  recommendedMetric: Metric;
  /** What a table of scores holds. */
  scoresSay: string;
  labelScore: string;
  /** Answers that need no model: in a sentence, and in a table. */
  baselines: Partial<Record<Baseline, { is: string; row: string }>>;
  /** A score above it is seldom a model's merit; null: never suspicious. */
  suspiciousAbove: number | null;
  /** What answers are scored by in production: a single class is right or not, of several things F1 tells more. */
  feedbackMetric: "accuracy" | "f1";
  /** What a useful model must be above. */
  finds: string;
  /** The simplest first: each is a trial of an execution without tuning. */
  algorithms: Algorithm[];
  /**
   * Of the learning rate that suits a base model, which is measured on keyphrases. A transformer for classes begins with a
   * good head, and large steps move the base model away from it.
   */
  learningRateShare: number;
  /** Whether a threshold or a temperature is fitted, which always takes a validation side. */
  fitsThreshold: boolean;
  /** Of a bundle: where the model lies. */
  modelFolder: string;
};
export type Baseline = "nothing" | "majority" | "mostFrequent";

export const kindNames = Object.keys(kinds) as Kind[];

/** What exports, models and bundles are that do not say it: those of the first format. */
export const defaultKind: Kind = "keyphrases";

/** The kind of an export, a dataset, a bundle or a champion. */
export const kindOf = ({ kind = defaultKind }: { kind?: Kind }): Kind => kind;

/** Whether there is a mean over the labels: of classes. */
export const hasMacroF1 = (kind: Kind) => wordsOf(kind).metrics.macroF1 !== undefined;

/** Heads a column of the F1 over all labels together: beside a macro F1, it says which of the two it is. */
export const f1Head = (hasMacro: boolean) => (hasMacro ? "Micro F1" : "F1");

/**
 * A line for who lets the default metric decide although another says more of this kind; null where none does. The user's
 * rule, that accuracy decides, stays the default for every kind.
 */
export function metricAdvice(kind: Kind, metric: Metric): string | null {
  const { metrics, recommendedMetric } = wordsOf(kind);
  if (metric !== common.$defs.gatePolicy.properties.metric.default || metric === recommendedMetric)
    return null;
  return `Accuracy decides; for ${kind}, ${metrics[recommendedMetric]} says more: --metric ${recommendedMetric}.`;
}

export function wordsOf(kind: Kind): KindWords {
  return (kinds as Record<Kind, unknown>)[kind] as KindWords;
}

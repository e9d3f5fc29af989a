// What more labelled notes would bring, from trials that differ by their share of the training groups.
import type { TrialEnded } from "../../schemas/execution/trials.ts";
import { needsOf } from "../../schemas/tables/algorithms.ts";
import { type KindWords, wordsOf } from "../../schemas/tables/kinds.ts";
import type { Dataset } from "../../schemas/types.ts";

/** Of the trainings on one share. */
export type CurvePoint = {
  share: number;
  documents: number;
  /** Those that finished, of as many as were asked for. */
  trainings: number;
  asked: number;
  /** The mean over the trainings, on the validation side; null where none finished. */
  score: number | null;
  /** Of the mean: how far the validation side may be off, and the seeds. */
  standardError: number | null;
};

export type LearningCurve = {
  algorithm: Dataset["trials"][number]["algorithm"];
  metric: "f1" | "macroF1";
  points: CurvePoint[];
  /** From the last share but one to the last; null where one of them has no score. */
  gain: { from: number; to: number; score: number; standardError: number; perDoubling: number } | null;
  isWorthIt: "yes" | "hardly" | "unclear";
  /** One or two sentences. */
  says: string;
};

/** Differences below this are of no use to anybody. */
const matters = 0.01;
/** Of a normal distribution, 95 % lie within so many standard errors. */
const errors95 = 1.96;

/** A curve for each algorithm; none for an execution that asked for no curve. */
export function curvesOf(dataset: Dataset | null, ended: readonly TrialEnded[]): LearningCurve[] {
  const planned = (dataset?.trials ?? []).filter(({ trainShare }) => trainShare !== undefined);
  if (!dataset) return [];
  return [...Map.groupBy(planned, ({ algorithm }) => algorithm)].map(([algorithm, trials]) => {
    const points = [...Map.groupBy(trials, ({ trainShare }) => trainShare!)].map(([share, some]) => {
      const scores = some.flatMap(({ trial }) => ended.find((one) => one.trial === trial) ?? []);
      return { share, documents: some[0]!.trainDocuments!, asked: some.length, ...meanOf(scores) };
    });
    const words = wordsOf(dataset.kind);
    const metric = metricOf(words);
    const more = needsOf(algorithm).usesSeed ? "Ask for more seeds, or take" : "Take";
    return { algorithm, metric, points, ...conclude(points, words.metrics[metric]!, more) };
  });
}

/** What trials are compared by, as containers/pbp_jobs/kinds has it. */
const metricOf = ({ recommendedMetric }: KindWords) => (recommendedMetric === "macroF1" ? "macroF1" : "f1");

function meanOf(trials: readonly TrialEnded[]): Pick<CurvePoint, "trainings" | "score" | "standardError"> {
  const scored = trials.filter(({ score }) => score !== null);
  const count = scored.length;
  if (count === 0) return { trainings: 0, score: null, standardError: null };
  const score = mean(scored.map((one) => one.score!));
  // All seeds are judged on the same documents, whose luck no further seed averages out.
  const ofDocuments = mean(scored.map(({ standardError }) => (standardError ?? 0) ** 2));
  const ofSeeds =
    count < 2 ? 0 : scored.reduce((sum, one) => sum + (one.score! - score) ** 2, 0) / (count - 1) / count;
  return { trainings: count, score, standardError: Math.sqrt(ofDocuments + ofSeeds) };
}

function conclude(
  points: readonly CurvePoint[],
  metric: string,
  more: string,
): Pick<LearningCurve, "gain" | "isWorthIt" | "says"> {
  const [before, last] = points.slice(-2);
  if (!before || !last || before.score === null || last.score === null)
    return {
      gain: null,
      isWorthIt: "unclear",
      says: "Nothing can be said: the trainings on the two largest shares did not both finish.",
    };
  if (last.score === 0)
    return {
      gain: null,
      isWorthIt: "unclear",
      says: "Nothing can be said: even on the largest share the model found nothing. Train for longer (--epochs), then ask again.",
    };
  const score = last.score - before.score;
  // The two are judged on the same documents, so that this is more than the error of their difference.
  const standardError = Math.hypot(last.standardError!, before.standardError!);
  const doublings = Math.log2(last.documents / before.documents);
  const perDoubling = doublings > 0 ? score / doublings : 0;
  const gain = { from: before.documents, to: last.documents, score, standardError, perDoubling };
  const margin = errors95 * standardError;
  const found = `From ${count(gain.from)} to ${count(gain.to)} documents, ${metric} changed by ${signed(score)} ± ${margin.toFixed(3)} (95 %, at most).`;
  // A curve flattens: the next doubling brings no more than the last one did, as a rule.
  if (score > margin && perDoubling >= matters)
    return {
      gain,
      isWorthIt: "yes",
      says: `${found} Labelling more is worth it: twice as many documents would bring up to ${perDoubling.toFixed(3)} more.`,
    };
  if (score + margin < matters)
    return {
      gain,
      isWorthIt: "hardly",
      says: `${found} Labelling more is hardly worth it: less than ${matters} is to be had from as many documents again. Look at the labels and the errors instead.`,
    };
  return {
    gain,
    isWorthIt: "unclear",
    says: `${found} Whether labelling more is worth it cannot be told from this: the change is neither clearly above nor clearly below ${matters}. ${more} a larger export, whose validation side is larger too.`,
  };
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const count = (value: number) => value.toLocaleString("en-US");
const signed = (value: number) => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(3)}`;

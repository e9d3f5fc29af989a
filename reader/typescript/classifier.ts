import type { Attribution } from "./attribution.ts";
import { type Bundle, ModelsError } from "./bundle.ts";
import { readLinear } from "./linear.ts";

export type Answer = {
  /** The classes that apply, in the order of the labels: exactly one if they exclude each other, else any number. */
  classes: string[];
  /** By label, calibrated on the validation side. */
  probabilities: Record<string, number>;
  /** The probability of its least sure decision. */
  confidence: number;
  /**
   * As sure, in its least sure decision, as answers had to be on the validation side to be as precise as was asked for:
   * others are for a person to look at. Always, if the model has no such limit.
   */
  sure: boolean;
};

/** The model of a bundle whose answers are classes. */
export type Classifier = {
  version: string;
  labels: string[];
  /** All of the text is read, however long it is. */
  classify(text: string): Answer;
  /** Which words speak for a label and which against it; absent: the likeliest. Throws RangeError when there is no such label. */
  explain(text: string, label?: string): { label: string } & Attribution;
};

/**
 * Picks by the bundle's model type. Models of the linear type are answered here; a transformer needs the Python reader.
 *
 * @example const models = openModels("/mnt/models", readClassifier); (await models.current()).classify(text)
 * Throws as {@link Bundle.read}.
 */
export async function readClassifier(bundle: Bundle): Promise<Classifier> {
  const decisionFile = Object.keys(bundle.files).find((name) => name.endsWith("/decision.json"));
  if (!decisionFile)
    throw new ModelsError(`The model of the bundle ${bundle.version} does not answer in classes.`);
  const folder = decisionFile.slice(0, -"decision.json".length);
  const config = (await bundle.readJson(`${folder}config.json`)) as Config;
  const decision = (await bundle.readJson(decisionFile)) as Decision;
  const labels = Object.keys(config.id2label).map((_, number) => config.id2label[number]!);
  if (config.model_type !== "pbp-linear")
    throw new ModelsError(
      `The model of the bundle ${bundle.version} is a ${config.model_type}. Only linear ones are read here: use the Python reader.`,
    );
  const model = await readLinear(bundle, folder, labels.length);
  const isExclusive = config.problem_type === "single_label_classification";
  const classify = (text: string) => answerOf(model.score(text), labels, isExclusive, decision);
  return {
    version: bundle.version,
    labels,
    classify,
    explain(text, label) {
      const number = label === undefined ? highest(model.score(text)) : labels.indexOf(label);
      if (number < 0) throw new RangeError("The model has no such label.");
      return { label: labels[number]!, ...model.attribute(text, number) };
    },
  };
}

type Config = { model_type: string; problem_type: string; id2label: Record<string, string> };
type Decision = {
  thresholds: number | Record<string, number>;
  temperature: number;
  reject: { threshold: number } | null;
};

function answerOf(scores: Float64Array, labels: string[], isExclusive: boolean, decision: Decision): Answer {
  const { thresholds, temperature, reject } = decision;
  const scaled = scores.map((score) => score / temperature);
  const shares = isExclusive ? softmax(scaled) : scaled.map(logistic);
  const best = highest(shares);
  const limitOf = (label: string) => (typeof thresholds === "number" ? thresholds : thresholds[label]!);
  const isSaid = labels.map((label, number) =>
    isExclusive ? number === best : shares[number]! >= limitOf(label),
  );
  const confidence = isExclusive
    ? shares[best]!
    : Math.min(...shares.map((share, number) => (isSaid[number] ? share : 1 - share)));
  return {
    classes: labels.filter((_, number) => isSaid[number]),
    probabilities: Object.fromEntries(labels.map((label, number) => [label, shares[number]!])),
    confidence,
    sure: confidence >= (reject?.threshold ?? 0),
  };
}

/** The place of the highest; the first of several. */
const highest = (values: Float64Array) => values.indexOf(Math.max(...values));

function softmax(scores: Float64Array): Float64Array {
  const most = Math.max(...scores);
  const shares = scores.map((score) => exponential(score - most));
  const total = shares.reduce((sum, share) => sum + share, 0);
  return shares.map((share) => share / total);
}

function logistic(score: number): number {
  const share = exponential(-Math.abs(score));
  return score >= 0 ? 1 / (1 + share) : share / (1 + share);
}

/**
 * e^x for x ≤ 0 by operations that IEEE 754 leaves no choice in, so that Python gives the same bits: Math.exp need not.
 * The original is containers/pbp_jobs/probabilities.py. x is parted into a multiple of ln 2 and a rest below 0.35, for which 13 terms of the series are enough.
 */
export function exponential(x: number): number {
  if (x < -700) return 0;
  const power = Math.floor(x * Math.LOG2E + 0.5);
  const rest = x - power * 0.6931471803691238 - power * 1.9082149292705877e-10;
  let value = 1;
  for (let term = 13; term > 0; term--) value = 1 + (rest * value) / term;
  return value * 2 ** power;
}

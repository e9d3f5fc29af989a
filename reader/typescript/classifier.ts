import { type Bundle, ModelsError } from "./bundle.ts";
import { readLinear } from "./linear.ts";

export type Answer = {
  /** The classes that apply, in the order of the labels: exactly one if they exclude each other, else any number. */
  classes: string[];
  /** By label, calibrated on the validation side. */
  probabilities: Record<string, number>;
  /** Whether the model is as sure as it has to be to be left alone; always, if the model has no such limit. */
  sure: boolean;
};

/** The model of a bundle whose answers are classes. */
export type Classifier = {
  version: string;
  labels: string[];
  /** All of the text is read, however long it is. */
  classify(text: string): Answer;
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
  const score = await readLinear(bundle, folder, labels.length);
  const decide = config.problem_type === "single_label_classification" ? mostLikely : allLikely;
  return {
    version: bundle.version,
    labels,
    classify: (text) => decide(score(text), labels, decision),
  };
}

type Config = { model_type: string; problem_type: string; id2label: Record<string, string> };
type Decision = {
  thresholds: number | Record<string, number>;
  temperature: number;
  reject: { threshold: number } | null;
};

function mostLikely(scores: Float64Array, labels: string[], { temperature, reject }: Decision): Answer {
  const best = scores.indexOf(Math.max(...scores));
  const scaled = scores.map((score) => score / temperature);
  const shares = scaled.map((score) => exponential(score - scaled[best]!));
  const total = shares.reduce((sum, share) => sum + share, 0);
  const probabilities = shares.map((share) => share / total);
  return {
    classes: [labels[best]!],
    probabilities: byLabel(labels, probabilities),
    sure: !reject || probabilities[best]! >= reject.threshold,
  };
}

function allLikely(scores: Float64Array, labels: string[], decision: Decision): Answer {
  const { thresholds, temperature } = decision;
  const probabilities = scores.map((score) => logistic(score / temperature));
  const limit = (label: string) => (typeof thresholds === "number" ? thresholds : thresholds[label]!);
  const applies = labels.map((label, number) => probabilities[number]! >= limit(label));
  // As sure as the least sure of its decisions.
  const least = applies.map((does, number) => (does ? probabilities[number]! : 1 - probabilities[number]!));
  return {
    classes: labels.filter((_, number) => applies[number]),
    probabilities: byLabel(labels, probabilities),
    sure: !decision.reject || Math.min(...least) >= decision.reject.threshold,
  };
}

const byLabel = (labels: string[], values: Float64Array) =>
  Object.fromEntries(labels.map((label, number) => [label, values[number]!]));

function logistic(score: number): number {
  const share = exponential(-Math.abs(score));
  return score >= 0 ? 1 / (1 + share) : share / (1 + share);
}

/**
 * e^x for x ≤ 0 by operations that IEEE 754 leaves no choice in, so that Python gives the same bits: Math.exp need not.
 * x is parted into a multiple of ln 2 and a rest below 0.35, for which 13 terms of the series are enough.
 */
export function exponential(x: number): number {
  if (x < -700) return 0;
  const power = Math.floor(x * Math.LOG2E + 0.5);
  const rest = x - power * 0.6931471803691238 - power * 1.9082149292705877e-10;
  let value = 1;
  for (let term = 13; term > 0; term--) value = 1 + (rest * value) / term;
  return value * 2 ** power;
}

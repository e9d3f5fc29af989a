// How sure the difference between two models is. Documents, not tokens, are drawn: the tokens of one note are right or
// wrong together, and an interval over tokens would be far too narrow. (Efron, Tibshirani 1993, chapter 13; paired over
// documents as in Koehn 2004.)
import type { Comparison, DocumentCounts, GatePolicy } from "../../schemas/types.ts";
import { randomBelow } from "./random.ts";

type Metric = GatePolicy["metric"];

// 2,000 put the ends of a 95 % interval within about a twentieth of its width, and take a fifth of a second on 10,000
// documents.
const defaultResamples = 2000;
// About a second. Beyond 20,000 documents the interval is so narrow that fewer resamples do.
const maxDraws = 4e7;
const fewestResamples = 200;
/** The chance to see a true difference as large as the smallest detectable one. */
const power = 0.8;

/**
 * Both models' counts on every document, in what a metric needs of them: sums of these give the score of a resample.
 * accuracy = right / tokens; f1 = 2 tp / (2 tp + fp + fn).
 */
export class PairedCounts {
  readonly metric: Metric;
  private counts = new Float64Array(4 * 1024);
  private used = 0;

  constructor(metric: Metric) {
    this.metric = metric;
  }

  get documents(): number {
    return this.used / 4;
  }

  /** Adds a document. Its champion's counts must be there. */
  add(document: DocumentCounts): void {
    if (this.used === this.counts.length) {
      const larger = new Float64Array(this.counts.length * 2);
      larger.set(this.counts);
      this.counts = larger;
    }
    for (const counts of [document.challenger, document.champion ?? []]) {
      const [right = 0, truePositives = 0, falsePositives = 0, falseNegatives = 0] = counts;
      const [above, below] =
        this.metric === "accuracy"
          ? [right, document.tokens]
          : [2 * truePositives, 2 * truePositives + falsePositives + falseNegatives];
      this.counts[this.used++] = above;
      this.counts[this.used++] = below;
    }
  }

  /** Challenger minus champion on the documents that were added, each `times(index)` times. */
  difference(times: (index: number) => number): number {
    const sums = [0, 0, 0, 0];
    for (let at = 0; at < this.used; at += 4)
      for (let field = 0; field < 4; field++) sums[field]! += times(at / 4) * this.counts[at + field]!;
    return ratio(sums[0]!, sums[1]!) - ratio(sums[2]!, sums[3]!);
  }

  /** The same on as many documents as there are, drawn with replacement. */
  resampled(draw: () => number): number {
    const { counts, documents } = this;
    let challengerAbove = 0;
    let challengerBelow = 0;
    let championAbove = 0;
    let championBelow = 0;
    for (let drawn = 0; drawn < documents; drawn++) {
      const at = draw() * 4;
      challengerAbove += counts[at]!;
      challengerBelow += counts[at + 1]!;
      championAbove += counts[at + 2]!;
      championBelow += counts[at + 3]!;
    }
    return ratio(challengerAbove, challengerBelow) - ratio(championAbove, championBelow);
  }
}

/** Nothing right of nothing is 0, as in the evaluation. */
export function ratio(above: number, below: number): number {
  return below === 0 ? 0 : above / below;
}

/**
 * The paired bootstrap over documents.
 *
 * @param counts of at least one document and at most 2^21.
 * @param level of the interval, between 0 and 1.
 * @returns the same for the same arguments.
 */
export function compare(counts: PairedCounts, level: number, seed: number): Comparison {
  const { documents, metric } = counts;
  const affordable = Math.floor(maxDraws / Math.max(1, documents));
  const resamples = Math.min(defaultResamples, Math.max(fewestResamples, affordable));
  const draw = randomBelow(documents, seed);
  const differences = new Float64Array(resamples);
  for (let index = 0; index < resamples; index++) differences[index] = counts.resampled(draw);
  differences.sort();
  const better = differences.reduce((sum, one) => sum + (one > 0 ? 1 : one === 0 ? 0.5 : 0), 0);
  const tail = (1 - level) / 2;
  // The normal approximation: quantiles of level and power times the standard error.
  const detectable = (normalQuantile(1 - tail) + normalQuantile(power)) * deviation(differences);
  return {
    metric,
    difference: counts.difference(() => 1),
    level,
    lower: quantile(differences, tail),
    upper: quantile(differences, 1 - tail),
    probabilityBetter: better / resamples,
    smallestDetectable: Math.min(2, detectable),
    resamples,
    seed,
  };
}

/** Of sorted values, between the two nearest. */
function quantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1);
  const below = sorted[Math.floor(place)]!;
  const above = sorted[Math.ceil(place)]!;
  return below + (above - below) * (place - Math.floor(place));
}

function deviation(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}

/**
 * The value below which a standard normal variable stays with the given probability, from 0.5 to below 1; to 0.0005.
 * Abramowitz, Stegun 1964, 26.2.23.
 */
export function normalQuantile(probability: number): number {
  const t = Math.sqrt(-2 * Math.log(1 - probability));
  const above = 2.515517 + t * (0.802853 + t * 0.010328);
  const below = 1 + t * (1.432788 + t * (0.189269 + t * 0.001308));
  return t - above / below;
}

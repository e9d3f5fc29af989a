// How sure the difference between two models is. Documents, not tokens, are drawn: the tokens of one note are right or
// wrong together, and an interval over tokens would be far too narrow. (Efron, Tibshirani 1993, chapter 13; paired over
// documents as in Koehn 2004.)
//
// The interval is the percentile one, its tails moved outwards for few documents ("expanded", Hesterberg 2015): plain
// percentiles of 20 documents are a tenth too narrow. Not BCa: the difference of two models on the same documents is
// all but symmetric, so there is hardly a skewness to correct; BCa does not mend the narrowness, which is what goes wrong
// here; and it is undefined where all draws fall on one side, which happens with a clear winner.
import type { Comparison } from "../../schemas/types.ts";
import type { Paired } from "./paired-counts.ts";
import {
  normalProbability,
  normalQuantile,
  quantile,
  standardDeviation,
  studentQuantile,
} from "./quantiles.ts";
import { randomBelow } from "./random.ts";

// 2,000 put the ends of a 95 % interval within about a twentieth of its width.
const usualResamples = 2000;
// Draws that must lie beyond each end for it to be more than the luck of the extremes: at a level of 0.999, 2,000 draws
// would leave one.
const fewestBeyond = 20;
// At 5,000 units a second and a half.
const mostResamples = 40_000;
/** The chance to see a true difference as large as the smallest detectable one. */
const power = 0.8;

/**
 * The paired bootstrap over documents.
 *
 * @param counts of at least one document.
 * @param level of the interval, from 0.5 to below 1.
 * @returns the same for the same arguments.
 */
export function compare(counts: Paired, level: number, seed: number): Comparison {
  const { units, metric } = counts;
  // A resample varies less than a test set by this factor, since its mean is the sample's own.
  const narrowness = Math.sqrt(units / (units - 1));
  const reach = studentQuantile((1 + level) / 2, units - 1);
  const tail = normalProbability(-reach * narrowness);
  const draw = randomBelow(units, seed);
  const differences = new Float64Array(resamplesFor(tail)).map(() => counts.resampled(draw)).sort();
  const better = differences.reduce((sum, one) => sum + (one > 0 ? 1 : one === 0 ? 0.5 : 0), 0);
  const error = narrowness * standardDeviation(differences);
  return {
    metric,
    difference: counts.difference(),
    level,
    lower: quantile(differences, tail),
    upper: quantile(differences, 1 - tail),
    probabilityBetter: better / differences.length,
    // One document has no spread, and so can show nothing.
    smallestDetectable: units < 2 ? 2 : Math.min(2, (reach + normalQuantile(power)) * error),
    resamples: differences.length,
    seed,
  };
}

function resamplesFor(tail: number): number {
  return Math.min(mostResamples, Math.max(usualResamples, Math.ceil(fewestBeyond / tail)));
}

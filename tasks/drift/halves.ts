// How far two exports differ by chance alone, measured on their own parts and not assumed: notes of one patient are
// alike, and keyphrases of one note too, so that a textbook's formula for independent draws would see drift everywhere.
import { randomBelow } from "../quality-gate/random.ts";

/** Random splits that are looked at. */
const SPLITS = 2000;
/** With fewer parts that hold anything, nobody knows how much they vary. */
const FEWEST_PARTS = 8;
const SEED = 1;

/** What two halves of one export differ by: in the middle of many random splits, and at most, but for a few of them. */
export type Halves = { typical: number; limit: number };

/**
 * Splits each of two exports at random again and again, and asks how far totals that vary so much lie apart.
 *
 * A random half is made by giving each part a random weight around its own: what moves is the sum of weight times the
 * part's deviation from its export, and so has the spread of a total over exports like it, whatever its size. With two
 * deviations a split, one of each export, this is the distance of two exports that differ by chance alone.
 *
 * @param exports Of each: by part, how far it deviates from its share of the whole export, in shares of the export.
 * @param distance Of two moves from what both exports have in common.
 * @param alarms Share of splits of equal exports that may lie beyond the limit.
 */
export function halvesOf(
  exports: readonly [readonly number[][], readonly number[][]],
  distance: (one: Float64Array, other: Float64Array) => number,
  alarms: number,
): Halves | null {
  if (exports.some((parts) => parts.length < FEWEST_PARTS)) return null;
  const draw = normal();
  const distances = Float64Array.from({ length: SPLITS }, () => {
    const [one, other] = exports.map((parts) => move(parts, draw)) as [Float64Array, Float64Array];
    return distance(one, other);
  }).sort();
  const at = (share: number) => distances[Math.ceil(share * SPLITS) - 1]!;
  return { typical: at(0.5), limit: at(1 - alarms) };
}

/** The parts' deviations, each with a random weight; corrected for that they sum to nothing. */
function move(parts: readonly number[][], draw: () => number): Float64Array {
  const moved = new Float64Array(parts[0]!.length);
  const correction = Math.sqrt(parts.length / (parts.length - 1));
  for (const part of parts) {
    const weight = correction * draw();
    for (let value = 0; value < moved.length; value++) moved[value]! += weight * part[value]!;
  }
  return moved;
}

/** Standard normal numbers, the same on every machine. Box, Muller 1958. */
function normal(): () => number {
  const steps = 2 ** 21;
  const next = randomBelow(steps, SEED);
  const uniform = () => (next() + 0.5) / steps;
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

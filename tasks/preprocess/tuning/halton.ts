// Points that fill a cube evenly, so that a few trials already look everywhere: the Halton sequence, its digits permuted
// at random, as in "A randomized Halton algorithm in R" (Owen 2017, arXiv:1706.02808). Each digit of each dimension has a
// permutation of its own; a point is then uniform in the cube, and the points are as even as before.
import { randomBelow } from "../../quality-gate/random.ts";

/** A prime for each dimension. */
const bases = [2, 3, 5, 7, 11, 13] as const;
/** Digits beyond these move a point by less than 2^-32. */
const digitsOf = (base: number) => Math.ceil(32 / Math.log2(base));

/** The radical inverse: the digits of `index`, each permuted, behind the point. In [0, 1). */
export function radicalInverse(
  base: number,
  index: number,
  permuted: (place: number, digit: number) => number,
): number {
  let rest = index;
  let value = 0;
  let weight = 1 / base;
  // Zeros at the end are digits too, and permuted as the others.
  for (let place = 0; place < digitsOf(base); place++) {
    value += permuted(place, rest % base) * weight;
    rest = Math.floor(rest / base);
    weight /= base;
  }
  return value;
}

/** The points of so many dimensions by their number, from 0: the same for the same seed on every machine. */
export function scrambledHalton(dimensions: number, seed: number): (index: number) => number[] {
  const permutations = bases.slice(0, dimensions).map((base, dimension) => {
    const orders = Array.from({ length: digitsOf(base) }, (_, place) =>
      shuffled(base, seed + 1_000_003 * (dimension + 1) + 7919 * (place + 1)),
    );
    return (place: number, digit: number) => orders[place]![digit]!;
  });
  return (index) =>
    permutations.map((permuted, dimension) => radicalInverse(bases[dimension]!, index, permuted));
}

/** The whole numbers from 0 to below `count` in a random order (Fisher, Yates). */
function shuffled(count: number, seed: number): number[] {
  const order = Array.from({ length: count }, (_, number) => number);
  for (let last = count - 1; last > 0; last--) {
    const other = randomBelow(last + 1, seed + 104_729 * last)();
    [order[last], order[other]] = [order[other]!, order[last]!];
  }
  return order;
}

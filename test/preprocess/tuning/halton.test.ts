import { expect, test } from "vitest";
import { radicalInverse, scrambledHalton } from "../../../tasks/preprocess/tuning/halton.ts";

// Radical inverses: Halton 1960; also scipy.stats.qmc.Halton(2, scramble=False), whose first nine points these are.
test("unpermuted digits give the sequences of van der Corput", () => {
  const asTheyAre = (_: number, digit: number) => digit;
  const first = (base: number) =>
    Array.from({ length: 9 }, (_, index) => radicalInverse(base, index, asTheyAre));
  const near = (values: number[]) => values.map((value) => expect.closeTo(value, 12));
  expect(first(2)).toEqual(near([0, 1 / 2, 1 / 4, 3 / 4, 1 / 8, 5 / 8, 3 / 8, 7 / 8, 1 / 16]));
  expect(first(3)).toEqual(near([0, 1 / 3, 2 / 3, 1 / 9, 4 / 9, 7 / 9, 2 / 9, 5 / 9, 8 / 9]));
});

// What makes the sequence even, permuted or not: of b^k points in a row from the first, each of the b^k equal intervals
// has one. Two dimensions together: of 2^2 · 3^1 points each of the 4 × 3 boxes has one (Owen 2017, section 2).
test("permuted digits leave the points as even as before", () => {
  for (const seed of [0, 42, 4_294_967_295]) {
    const pointAt = scrambledHalton(6, seed);
    for (const [dimension, base] of [2, 3, 5, 7, 11, 13].entries())
      for (const count of [base, base ** 2]) {
        const intervals = Array.from({ length: count }, (_, index) =>
          Math.floor(pointAt(index)[dimension]! * count + 1e-9),
        );
        expect(new Set(intervals).size, `base ${base}, ${count} points, seed ${seed}`).toBe(count);
      }
    const boxes = Array.from({ length: 12 }, (_, index) => {
      const [x, y] = pointAt(index) as [number, number];
      return `${Math.floor(x * 4)},${Math.floor(y * 3 + 1e-9)}`;
    });
    expect(new Set(boxes).size).toBe(12);
  }
});

test("the seed alone decides, and another one decides otherwise", () => {
  const points = (seed: number) => Array.from({ length: 20 }, (_, index) => scrambledHalton(4, seed)(index));
  expect(points(42)).toEqual(points(42));
  expect(points(42)).not.toEqual(points(43));
  for (const value of points(42).flat()) expect(value >= 0 && value < 1).toBe(true);
});

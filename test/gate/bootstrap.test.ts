import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compare, normalQuantile, PairedCounts } from "../../tasks/quality-gate/bootstrap.ts";
import { randomBelow, xoshiro128 } from "../../tasks/quality-gate/random.ts";
import { evaluated, type Scored, uniform } from "./evaluation.ts";

function counted(documents: Scored[], metric: "accuracy" | "f1" = "accuracy"): PairedCounts {
  const counts = new PairedCounts(metric);
  for (const line of evaluated(documents).lines) counts.add(line);
  return counts;
}

describe("random numbers", () => {
  test("are those of the published generator", () => {
    const next = xoshiro128([1, 2, 3, 4]);
    expect(Array.from({ length: 10 }, next)).toEqual([
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
    ]);
  });

  test("reach every number below the count about equally often, for any seed", () => {
    for (const seed of [0, 1, 42, 4294967295]) {
      const draw = randomBelow(10, seed);
      const seen = new Array<number>(10).fill(0);
      for (let index = 0; index < 10_000; index++) seen[draw()]!++;
      // 1,000 each, with a standard deviation of 30.
      expect(Math.min(...seen)).toBeGreaterThan(850);
      expect(Math.max(...seen)).toBeLessThan(1150);
    }
  });

  test("repeat for a seed, and differ between seeds", () => {
    const sequence = (seed: number) => Array.from({ length: 20 }, randomBelow(1000, seed));
    expect(sequence(7)).toEqual(sequence(7));
    expect(sequence(7)).not.toEqual(sequence(8));
  });
});

test("the normal quantile is the tables' to half a thousandth", () => {
  for (const [probability, value] of [
    [0.8, 0.84162],
    [0.9, 1.28155],
    [0.975, 1.95996],
    [0.995, 2.57583],
    [0.9995, 3.29053],
  ] as const)
    expect(normalQuantile(probability)).toBeCloseTo(value, 3);
});

describe("the comparison", () => {
  test("is the same for the same counts and seed, and another for another seed", () => {
    const counts = counted(
      uniform(
        50,
        (index) => 40 + (index % 7),
        (index) => 39 + (index % 9),
      ),
    );
    expect(compare(counts, 0.95, 42)).toEqual(compare(counts, 0.95, 42));
    expect(compare(counts, 0.95, 42)).not.toEqual(compare(counts, 0.95, 43));
  });

  test("gives the difference that the scores have", () => {
    for (const metric of ["accuracy", "f1"] as const) {
      const documents = uniform(
        60,
        (index) => 44 + (index % 7),
        (index) => 43 + (index % 8),
      );
      const { evaluation } = evaluated(documents);
      const { difference } = compare(counted(documents, metric), 0.95, 42);
      const expected = evaluation.challenger.scores[metric] - evaluation.champion!.scores[metric];
      expect(difference).toBeCloseTo(expected, 12);
    }
  });

  test("counts ties half, and has no width where nothing varies", () => {
    const same = compare(
      counted(
        uniform(
          30,
          () => 45,
          () => 45,
        ),
      ),
      0.95,
      42,
    );
    expect(same).toMatchObject({ difference: 0, lower: 0, upper: 0, probabilityBetter: 0.5 });
    expect(same.smallestDetectable).toBe(0);
    expect(
      compare(
        counted(
          uniform(
            30,
            () => 46,
            () => 45,
          ),
        ),
        0.95,
        42,
      ).probabilityBetter,
    ).toBe(1);
    expect(
      compare(
        counted(
          uniform(
            30,
            () => 44,
            () => 45,
          ),
        ),
        0.95,
        42,
      ).probabilityBetter,
    ).toBe(0);
  });

  test("has the interval that theory gives for a mean of equal documents", () => {
    // The difference per document is 0.04 or -0.02 of 50 tokens, evenly: a standard deviation of 0.03.
    const counts = counted(
      uniform(
        400,
        (index) => (index % 2 ? 47 : 44),
        () => 45,
      ),
    );
    const { lower, upper, smallestDetectable } = compare(counts, 0.95, 42);
    const error = 0.03 / Math.sqrt(400);
    expect(Math.abs(lower - (0.01 - 1.96 * error))).toBeLessThan(0.0006);
    expect(Math.abs(upper - (0.01 + 1.96 * error))).toBeLessThan(0.0006);
    expect(smallestDetectable / ((1.96 + 0.8416) * error)).toBeCloseTo(1, 1);
  });

  test("defines 0 where no document has an entity", () => {
    const none = { right: 50, found: 0, invented: 0 };
    const documents = Array.from({ length: 25 }, () => ({
      tokens: 50,
      entities: 0,
      challenger: none,
      champion: none,
    }));
    expect(compare(counted(documents, "f1"), 0.95, 1)).toMatchObject({ difference: 0, lower: 0, upper: 0 });
  });

  test("stays within its bounds for any counts", () => {
    const document = fc
      .tuple(fc.nat(60), fc.nat(9), fc.nat(60), fc.nat(9), fc.nat(60), fc.nat(9))
      .map(([tokens, entities, right1, found1, right2, found2]) => ({
        tokens,
        entities,
        challenger: { right: Math.min(tokens, right1), found: Math.min(entities, found1), invented: found2 },
        champion: { right: Math.min(tokens, right2), found: Math.min(entities, found2), invented: found1 },
      }));
    fc.assert(
      fc.property(
        fc.array(document, { minLength: 1, maxLength: 30 }),
        fc.constantFrom("accuracy" as const, "f1" as const),
        fc.double({ min: 0.5, max: 0.999, noNaN: true }),
        fc.nat(4294967295),
        (documents, metric, level, seed) => {
          const found = compare(counted(documents, metric), level, seed);
          expect(found.lower).toBeGreaterThanOrEqual(-1);
          expect(found.upper).toBeLessThanOrEqual(1);
          expect(found.lower).toBeLessThanOrEqual(found.upper);
          expect(found.probabilityBetter).toBeGreaterThanOrEqual(0);
          expect(found.probabilityBetter).toBeLessThanOrEqual(1);
          expect(found.smallestDetectable).toBeGreaterThanOrEqual(0);
        },
      ),
      { numRuns: 60, seed: 42 },
    );
  });
});

describe("over many comparisons", () => {
  // A document is 50 tokens, each right with the model's chance for that document: easy and hard notes differ.
  function simulated(count: number, gain: number, seed: number): Scored[] {
    const draw = randomBelow(1_000_000, seed);
    const chance = () => draw() / 1_000_000;
    return uniformWith(count, () => {
      const difficulty = 0.7 + 0.25 * chance();
      const right = (probability: number) => {
        let total = 0;
        for (let token = 0; token < 50; token++) total += chance() < probability ? 1 : 0;
        return total;
      };
      return [right(difficulty + gain), right(difficulty)];
    });
  }
  function uniformWith(count: number, pair: () => [number, number]): Scored[] {
    const pairs = Array.from({ length: count }, pair);
    return uniform(
      count,
      (index) => pairs[index]![0],
      (index) => pairs[index]![1],
    );
  }

  test("two equal models are told apart no oftener than the level says", () => {
    let better = 0;
    for (let round = 0; round < 200; round++)
      better += compare(counted(simulated(100, 0, 1000 + round)), 0.95, round).lower > 0 ? 1 : 0;
    // 2.5 % of 200 are 5; more than 13 has a chance below 0.1 %.
    expect(better).toBeLessThanOrEqual(13);
  });

  test("an improvement of the smallest detectable size is found about four times in five", () => {
    const { smallestDetectable } = compare(counted(simulated(200, 0, 1)), 0.95, 1);
    let found = 0;
    for (let round = 0; round < 100; round++)
      found +=
        compare(counted(simulated(200, smallestDetectable, 5000 + round)), 0.95, round).lower > 0 ? 1 : 0;
    expect(found).toBeGreaterThanOrEqual(66);
    expect(found).toBeLessThanOrEqual(94);
  });

  test("a known improvement is found among a thousand documents", () => {
    const found = compare(counted(simulated(1000, 0.02, 99)), 0.95, 42);
    expect(found.lower).toBeGreaterThan(0);
    expect(found.smallestDetectable).toBeLessThan(0.01);
  });
});

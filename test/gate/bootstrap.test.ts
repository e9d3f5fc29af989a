import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compare } from "../../tasks/quality-gate/bootstrap.ts";
import { PairedCounts } from "../../tasks/quality-gate/paired-counts.ts";
import {
  normalProbability,
  normalQuantile,
  quantile,
  standardDeviation,
  studentQuantile,
} from "../../tasks/quality-gate/quantiles.ts";
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

  test("repeat for a seed, also in every later version, and differ between seeds", () => {
    const sequence = (seed: number) => Array.from({ length: 20 }, randomBelow(1000, seed));
    expect(sequence(42).slice(0, 8)).toEqual([153, 850, 18, 211, 534, 881, 727, 440]);
    expect(sequence(7)).toEqual(sequence(7));
    expect(sequence(7)).not.toEqual(sequence(8));
  });
});

describe("quantiles", () => {
  test("of the normal distribution are the tables' to half a thousandth", () => {
    for (const [probability, value] of [
      [0.5, 0],
      [0.8, 0.84162],
      [0.9, 1.28155],
      [0.975, 1.95996],
      [0.995, 2.57583],
      [0.9995, 3.29053],
    ] as const)
      expect(Math.abs(normalQuantile(probability) - value)).toBeLessThan(0.0005);
  });

  test("of Student's t are the tables' to a hundredth", () => {
    for (const [probability, degreesOfFreedom, value] of [
      [0.975, 19, 2.09302],
      [0.9995, 19, 3.88341],
      [0.95, 10, 1.81246],
      [0.975, 60, 2.0003],
      [0.9995, 999, 3.30029],
    ] as const)
      expect(Math.abs(studentQuantile(probability, degreesOfFreedom) - value)).toBeLessThan(0.01);
    // The tables say 4.30: the series is short of it where there is next to nothing to go by.
    expect(studentQuantile(0.975, 2)).toBeCloseTo(3.853, 2);
    expect(studentQuantile(0.975, 0)).toBe(Number.POSITIVE_INFINITY);
  });

  test("turn back into their probabilities", () => {
    for (const [value, probability] of [
      [0, 0.5],
      [1, 0.841344746],
      [-1.959964, 0.025],
      [-3.290527, 0.0005],
      [2.575829, 0.995],
    ] as const)
      expect(Math.abs(normalProbability(value) - probability)).toBeLessThan(2e-7);
    expect(normalProbability(Number.NEGATIVE_INFINITY)).toBe(0);
  });

  test("of values lie between the nearest two", () => {
    const sorted = Float64Array.of(1, 2, 4, 8, 16);
    expect([0, 0.25, 0.375, 0.9, 1].map((share) => quantile(sorted, share))).toEqual([1, 2, 3, 12.8, 16]);
  });

  test("the standard deviation is that of a sample", () => {
    expect(standardDeviation(Float64Array.of(2, 4, 4, 4, 5, 5, 7, 9))).toBeCloseTo(Math.sqrt(32 / 7), 12);
  });
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

  test("is wider for few documents, as Student's t is", () => {
    const alternating = (count: number) =>
      compare(
        counted(
          uniform(
            count,
            (index) => (index % 2 ? 47 : 44),
            () => 45,
          ),
        ),
        0.95,
        42,
      );
    const few = alternating(20);
    const error = (0.03 * Math.sqrt(20 / 19)) / Math.sqrt(20);
    expect((few.upper - few.lower) / (2 * 2.093 * error)).toBeCloseTo(1, 1);
    expect(few.smallestDetectable / ((2.093 + 0.8416) * error)).toBeCloseTo(1, 1);
  });

  test("draws oftener for a higher level, so that its ends are not the luck of the extremes", () => {
    const counts = counted(
      uniform(
        100,
        (index) => 40 + (index % 7),
        () => 43,
      ),
    );
    expect(compare(counts, 0.95, 42).resamples).toBe(2000);
    const sure = compare(counts, 0.99, 42);
    // At 99 documents' freedom, 0.99 leaves 0.00421 beyond each end: 20 draws of 4,750.
    expect(sure.resamples).toBeGreaterThan(4600);
    expect(sure.resamples).toBeLessThan(4900);
    const few = counted(
      uniform(
        2,
        () => 44,
        () => 43,
      ),
    );
    const sureOfTwo = compare(few, 0.999, 42);
    expect(sureOfTwo.resamples).toBe(40_000);
    expect(sureOfTwo.smallestDetectable).toBeCloseTo(0, 9);
  });

  test("of a single document knows that it knows nothing", () => {
    const one = compare(
      counted(
        uniform(
          1,
          () => 50,
          () => 25,
        ),
      ),
      0.95,
      42,
    );
    expect(one).toMatchObject({ difference: 0.5, lower: 0.5, upper: 0.5, smallestDetectable: 2 });
  });

  test("knows from three documents what Student's t for two degrees of freedom allows", () => {
    const differences = [0.02, 0, -0.02];
    const three = compare(
      counted(
        uniform(
          3,
          (index) => 45 + 50 * differences[index]!,
          () => 45,
        ),
      ),
      0.95,
      42,
    );
    const error = 0.02 / Math.sqrt(3);
    expect(three.smallestDetectable / ((3.853 + 0.8416) * error)).toBeCloseTo(1, 1);
  });

  test("reads the unit of a document beyond them from the first digits of its id", () => {
    const counts = new PairedCounts("accuracy", 4);
    const line = (document: string, right: number) => ({
      document,
      units: 10,
      challenger: [right, 0, 0, 0],
      champion: [0, 0, 0, 0],
    });
    for (let index = 0; index < 4; index++) counts.add(line(String(index).padStart(16, "0"), 0));
    counts.add(line("0000000100000000", 10));
    counts.add(line("00000006ffffffff", 5));
    expect([0, 1, 2, 3].map((unit) => counts.resampled(() => unit))).toEqual([0, 0.5, 0.25, 0]);
  });

  test("puts documents beyond its units into random ones, and loses none", () => {
    const documents = uniform(
      1000,
      (index) => 40 + (index % 11),
      (index) => 41 + (index % 7),
    );
    const { lines } = evaluated(documents);
    const single = new PairedCounts("accuracy");
    const dealt = new PairedCounts("accuracy", 200);
    for (const line of lines) {
      single.add(line);
      dealt.add(line);
    }
    expect([single.units, dealt.units, dealt.documents]).toEqual([1000, 200, 1000]);
    const [all, few] = [single, dealt].map((counts) => compare(counts, 0.95, 42));
    expect(few!.difference).toBeCloseTo(all!.difference, 12);
    // The spread from 200 units is itself known to a twentieth.
    expect(Math.abs((few!.upper - few!.lower) / (all!.upper - all!.lower) - 1)).toBeLessThan(0.15);
  });

  test("defines 0 where no document has an entity", () => {
    const none = { right: 50, found: 0, invented: 0 };
    const documents = Array.from({ length: 25 }, () => ({
      units: 50,
      items: 0,
      challenger: none,
      champion: none,
    }));
    expect(compare(counted(documents, "f1"), 0.95, 1)).toMatchObject({ difference: 0, lower: 0, upper: 0 });
  });

  test("never falls when one document is read better", () => {
    const right = fc.array(fc.tuple(fc.nat(49), fc.nat(49)), { minLength: 2, maxLength: 30 });
    fc.assert(
      fc.property(
        right,
        fc.nat(29),
        fc.constantFrom("accuracy" as const, "f1" as const),
        (pairs, place, metric) => {
          const documents = uniform(
            pairs.length,
            (index) => pairs[index]![0],
            (index) => pairs[index]![1],
          );
          const before = compare(counted(documents, metric), 0.95, 7);
          documents[place % pairs.length]!.challenger.right++;
          const { challenger, items } = documents[place % pairs.length]!;
          challenger.found = Math.min(items, challenger.found + 1);
          const after = compare(counted(documents, metric), 0.95, 7);
          for (const end of ["difference", "lower", "upper", "probabilityBetter"] as const)
            expect(after[end]).toBeGreaterThanOrEqual(before[end]);
        },
      ),
      { numRuns: 30, seed: 42 },
    );
  });

  test("stays within its bounds for any counts", () => {
    const document = fc
      .tuple(fc.nat(60), fc.nat(9), fc.nat(60), fc.nat(9), fc.nat(60), fc.nat(9))
      .map(([units, items, right1, found1, right2, found2]) => ({
        units,
        items,
        challenger: { right: Math.min(units, right1), found: Math.min(items, found1), invented: found2 },
        champion: { right: Math.min(units, right2), found: Math.min(items, found2), invented: found1 },
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

import { expect, test } from "vitest";
import type { TrainingLogLine } from "../../../schemas/types.ts";
import { learningSection } from "../../../tasks/report/sections/learning.ts";
import { smoothed, smoothedOver } from "../../../tasks/report/smooth.ts";

test("a few values are themselves; of many, each is the mean of as many before as behind it", () => {
  const few = [3, 1, 2];
  expect(smoothed(few)).toEqual(few);
  expect(smoothed([])).toEqual([]);
  expect(smoothedOver(487)).toBe(25);
  const line = Array.from({ length: 487 }, (_, at) => 10 - at / 50);
  // A straight line stays where it is, to both ends: nothing lags.
  for (const [at, value] of smoothed(line).entries()) expect(value).toBeCloseTo(line[at]!, 10);
  const noisy = line.map((value, at) => value + (at % 2 === 0 ? 1 : -1));
  const calm = smoothed(noisy);
  expect([calm[0], calm.at(-1)]).toEqual([noisy[0], noisy.at(-1)]);
  for (const at of [50, 243, 430]) expect(Math.abs(calm[at]! - line[at]!)).toBeLessThan(0.05);
});

const training = (steps: number) => ({
  trial: 0,
  algorithm: "transformer" as const,
  lines: Array.from({ length: steps }, (_, step): TrainingLogLine => {
    const loss = 2 / (1 + step / 20) + (step % 3) / 30;
    return { step, epoch: 1, loss, learningRate: 0.001, piecesPerSecond: 100, seconds: step };
  }),
});
const drawn = (...steps: number[]) =>
  String(
    learningSection(
      steps.map((count, trial) => ({ ...training(count), trial })),
      null,
      [],
    ),
  );

test("the curve of many steps is a calm line with the noisy one light behind it, and the legend says so", () => {
  const many = drawn(400);
  expect(many.match(/<polyline class="line s0/g)).toHaveLength(2);
  expect(many.indexOf('class="line s0 raw"')).toBeLessThan(many.indexOf('class="line s0"'));
  expect(many).toContain("mean of 21 points");
  expect(many).toContain("each point");
  const several = drawn(400, 400);
  expect(several.match(/ raw"/g)?.length).toBeGreaterThanOrEqual(2);
  expect(several).toContain("the lines are means over several");
  const few = drawn(20);
  expect(few.match(/<polyline/g)).toHaveLength(1);
  expect(few).not.toContain("mean of");
});

import { expect, it } from "vitest";
import { systemClock } from "../../pipeline/local/clock.ts";

const YEAR_MS = 365 * 86_400_000;

it("sleeps as long as it is told", async () => {
  const start = systemClock.now();
  await systemClock.sleep(3, new AbortController().signal);
  expect(systemClock.now()).toBeGreaterThanOrEqual(start + 3);
});

it("wakes at once when the signal is aborted, from sleeps longer than a timer too", async () => {
  const stop = new AbortController();
  const sleeping = [1_000, YEAR_MS].map((milliseconds) => systemClock.sleep(milliseconds, stop.signal));
  stop.abort();
  expect(await Promise.all(sleeping)).toEqual([undefined, undefined]);
  expect(await systemClock.sleep(YEAR_MS, stop.signal)).toBeUndefined();
});

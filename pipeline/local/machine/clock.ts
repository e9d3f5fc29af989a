import { setTimeout as wait } from "node:timers/promises";

/** The engine's only source of time, so that tests can run hours of Wait and backoff at once. */
export type Clock = {
  /** Milliseconds since the epoch, for time stamps. It jumps when the machine's clock is set, so no duration comes of it. */
  now(): number;
  /** Resolves after `milliseconds`, or early once the signal is aborted: the caller looks at the signal. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
};

/** Node's timers overflow beyond 24.8 days; a Wait can be longer. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Milliseconds since the epoch as this process has counted them from its start: differences are durations. */
export function steadyNow(): number {
  return Math.round(performance.timeOrigin + performance.now());
}

export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(milliseconds, signal) {
    const end = performance.now() + milliseconds;
    for (let rest = milliseconds; !signal.aborted && rest > 0; rest = end - performance.now())
      await wait(Math.min(rest, LONGEST_TIMER_MS), undefined, { signal }).catch(() => {});
  },
};

import { setTimeout as wait } from "node:timers/promises";

/** The engine's only source of time, so that tests can run hours of Wait and backoff at once. */
export type Clock = {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after `milliseconds`, or early once the signal is aborted: the caller looks at the signal. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
};

/** Node's timers overflow beyond 24.8 days; a Wait can be longer. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(milliseconds, signal) {
    const end = Date.now() + milliseconds;
    while (!signal.aborted && Date.now() < end) {
      const rest = Math.min(end - Date.now(), LONGEST_TIMER_MS);
      await wait(rest, undefined, { signal }).catch(() => {});
    }
  },
};

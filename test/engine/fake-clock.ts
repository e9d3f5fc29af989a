import type { Clock } from "../../pipeline/local/machine/clock.ts";

type Sleeper = { wakeAt: number; wake: () => void };

/**
 * A clock that jumps to the next sleeper as soon as nothing else can happen. The engine only waits for promises and
 * for its clock (its files are written synchronously), so one turn of the event loop is enough to know.
 */
export function fakeClock(start = Date.parse("2026-11-21T09:00:00Z")): Clock {
  let now = start;
  let isScheduled = false;
  const sleepers = new Set<Sleeper>();

  function jump(): void {
    isScheduled = false;
    const next = [...sleepers].sort((a, b) => a.wakeAt - b.wakeAt)[0];
    if (next === undefined) return;
    now = Math.max(now, next.wakeAt);
    sleepers.delete(next);
    next.wake();
    schedule();
  }
  function schedule(): void {
    if (isScheduled || sleepers.size === 0) return;
    isScheduled = true;
    setImmediate(jump);
  }
  return {
    now: () => now,
    sleep: (milliseconds, signal) =>
      new Promise((resolve) => {
        if (signal.aborted) return resolve();
        const sleeper = { wakeAt: now + milliseconds, wake: resolve };
        sleepers.add(sleeper);
        signal.addEventListener("abort", () => {
          sleepers.delete(sleeper);
          resolve();
        });
        schedule();
      }),
  };
}

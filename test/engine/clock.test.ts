import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, describe, expect, it, vi } from "vitest";
import { startExecution } from "../../pipeline/local/engine/executions.ts";
import { steadyNow, systemClock } from "../../pipeline/local/machine/clock.ts";
import { endGroup } from "../../pipeline/local/machine/process-group.ts";
import { fakeClock } from "./fake-clock.ts";
import { temporaryHome } from "./journal.ts";

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

describe.each([-3_600_000, 3_600_000])("when the machine's clock is set by %i ms", (jump) => {
  afterEach(() => vi.restoreAllMocks());
  /** Sets the clock as soon as somebody has looked at it. */
  function setClock() {
    const real = Date.now;
    let looks = 0;
    vi.spyOn(Date, "now").mockImplementation(() => real() + (looks++ === 0 ? 0 : jump));
  }

  it("sleeps as long as it was told", async () => {
    setClock();
    const start = performance.now();
    await systemClock.sleep(30, new AbortController().signal);
    const passed = performance.now() - start;
    expect(passed).toBeGreaterThanOrEqual(29);
    expect(passed).toBeLessThan(20_000);
  });

  it("measures what passes", () => {
    const start = steadyNow();
    setClock();
    Date.now();
    expect(steadyNow() - start).toBeGreaterThanOrEqual(0);
    expect(steadyNow() - start).toBeLessThan(20_000);
  });

  it("kills a group that does not end after its grace", async () => {
    const script = "process.on('SIGTERM', () => {}); console.log('ready'); setInterval(() => {}, 1000)";
    const stubborn = spawn(process.execPath, ["-e", script], {
      detached: true,
      stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = once(stubborn, "exit");
    await once(stubborn.stdout, "data");
    setClock();
    const start = performance.now();
    await endGroup(stubborn.pid!, 100);
    expect(performance.now() - start).toBeGreaterThanOrEqual(100);
    expect(await ended).toEqual([null, "SIGKILL"]);
  });

  it("waits until a time of day by the clock as it was set", async () => {
    const inner = fakeClock();
    let isSet = false;
    const clock = {
      now: () => inner.now() + (isSet ? jump : 0),
      async sleep(milliseconds: number, signal: AbortSignal) {
        await inner.sleep(milliseconds, signal);
        isSet = true;
      },
    };
    const start = inner.now();
    const Timestamp = new Date(start + 7_200_000).toISOString();
    const definition = {
      QueryLanguage: "JSONata",
      StartAt: "A",
      States: { A: { Type: "Wait", Timestamp, End: true } },
    };
    const home = temporaryHome();
    await startExecution({ home, definition, name: "run", input: {}, tasks: {}, clock });
    expect(inner.now() - start).toBe(7_200_000 - jump);
  });
});

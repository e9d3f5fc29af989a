import { expect, it, describe as suite } from "vitest";
import { causeMessage } from "../../pipeline/cause.ts";
import { describe, showProgress } from "../../pipeline/cli/progress.ts";
import type { HistoryEvent } from "../../pipeline/execution.ts";

/** What was written to a stream that is a terminal, or is not. */
function sink(isTTY: boolean) {
  const written: string[] = [];
  const stream = { isTTY, columns: 60, write: (text: string) => written.push(text) > 0 };
  return { written, stream: stream as unknown as NodeJS.WriteStream };
}

const at = (seconds: number) => new Date(Date.UTC(2026, 10, 20) + seconds * 1000).toISOString();
const entered = (id: number, name: string, seconds: number, previousEventId = id - 1): HistoryEvent => ({
  id,
  previousEventId,
  timestamp: at(seconds),
  type: "TaskStateEntered",
  stateEnteredEventDetails: { name },
});
const exited = (id: number, name: string, seconds: number): HistoryEvent => ({
  id,
  previousEventId: id - 1,
  timestamp: at(seconds),
  type: "TaskStateExited",
  stateExitedEventDetails: { name },
});
const failed = (id: number, previousEventId: number, cause: string): HistoryEvent => ({
  id,
  previousEventId,
  timestamp: at(0),
  type: "TaskFailed",
  taskFailedEventDetails: { resourceType: "lambda", resource: "invoke", error: "InvalidExport", cause },
});

suite("showProgress", () => {
  it("writes a line for every state that ended, with its duration", () => {
    const { written, stream } = sink(false);
    const progress = showProgress(stream);
    progress.onEvent(entered(2, "Preprocess", 0));
    progress.onEvent(exited(3, "Preprocess", 12));
    expect(written).toEqual(["  Preprocess      12 s\n"]);
  });

  it("names the state that failed, also when another entered in between", () => {
    const { written, stream } = sink(false);
    const progress = showProgress(stream);
    progress.onEvent(entered(2, "Embed", 0));
    progress.onEvent(entered(3, "Train", 0, 1));
    progress.onEvent(
      failed(4, 2, JSON.stringify({ errorType: "InvalidExport", errorMessage: "Is cut off." })),
    );
    expect(written).toEqual(["  Embed failed: InvalidExport: Is cut off.\n"]);
  });

  it("keeps lines of a job's progress apart where each is kept", () => {
    const { written, stream } = sink(false);
    const progress = showProgress(stream);
    progress.onEvent(entered(2, "Train", 0));
    for (let done = 1; done <= 50; done++) progress.onProgress("Train", { step: "train", done, total: 50 });
    expect(written).toEqual(["  Train: train 2 %, 1 of 50\n"]);
  });

  it("writes one line again and again on a terminal, never wider than it", () => {
    const { written, stream } = sink(true);
    const progress = showProgress(stream);
    progress.onEvent(entered(2, "Train", 0));
    for (let done = 1; done <= 3; done++)
      progress.onProgress("Train", { step: "x".repeat(80), done, total: 3, secondsLeft: 3 - done });
    progress.close();
    expect(written.some((text) => text.includes("\n"))).toBe(false);
    for (const text of written) expect(text.length).toBeLessThan(60);
    expect(written.at(-1)).toBe("\r\x1b[2K");
  });
});

it("describes progress with what is known", () => {
  expect(describe({ step: "train", done: 1204, total: 2868, unit: "steps", secondsLeft: 125 })).toBe(
    "train 41 %, 1,204 of 2,868 steps, 2 min 05 s left",
  );
  expect(describe({ step: "loading" })).toBe("loading");
  expect(describe({ step: "x", done: 0, total: 0 })).toBe("x");
});

it.each([
  [JSON.stringify({ errorType: "A", errorMessage: "said" }), "said"],
  [JSON.stringify({ TrainingJobName: "x", FailureReason: "because" }), "because"],
  ["a sentence", "a sentence"],
  ["{", "{"],
  ["x".repeat(500), `${"x".repeat(400)}…`],
  ["", "no cause was given"],
  [null, "no cause was given"],
])("finds the sentence in the cause %j", (cause, sentence) => {
  expect(causeMessage(cause)).toBe(sentence);
});

import { PassThrough } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import { expect, it, describe as suite } from "vitest";
import { causeMessage } from "../../../pipeline/cause.ts";
import { describe, showProgress } from "../../../pipeline/cli/output/progress.ts";
import type { HistoryEvent } from "../../../pipeline/execution.ts";

/** What was written to a stream that is a terminal, or is not. */
function sink(isTTY: boolean) {
  const written: string[] = [];
  const write = (text: string) => written.push(text) > 0;
  const stream = Object.assign(new PassThrough(), { isTTY, columns: 60, write });
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
const exited = (id: number, name: string, seconds: number, previousEventId = id - 1): HistoryEvent => ({
  id,
  previousEventId,
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

  it("tells trials that run at the same time apart by their numbers, and one alone has none", () => {
    const map = (type: HistoryEvent["type"], id: number, details: object, previousEventId = id - 1) =>
      ({ id, previousEventId, timestamp: at(0), type, ...details }) as HistoryEvent;
    const begun = (id: number, index: number) =>
      map("MapIterationStarted", id, { mapIterationStartedEventDetails: { name: "Trials", index } }, 2);
    for (const length of [2, 1]) {
      const { written, stream } = sink(false);
      const progress = showProgress(stream);
      progress.onEvent(map("MapStateStarted", 2, { mapStateStartedEventDetails: { length } }));
      progress.onEvent(begun(3, 0));
      progress.onEvent(entered(4, "Train", 0));
      if (length === 2) {
        progress.onEvent(begun(5, 1));
        progress.onEvent(entered(6, "Train", 2, 5));
        progress.onProgress("Train", { step: "starting", trial: 1 });
        progress.onEvent(failed(7, 6, JSON.stringify({ errorMessage: "Is cut off." })));
      }
      progress.onEvent(exited(8, "Train", 12, 4));
      expect(written).toEqual(
        length === 1
          ? ["  Train           12 s\n"]
          : [
              "  Train 1         starting\n",
              "  Train 1 failed: InvalidExport: Is cut off.\n",
              "  Train 0         12 s\n",
            ],
      );
    }
  });

  it("knows the trials and the beginnings of an execution that goes on, and says nothing of what was before", () => {
    const map = (type: HistoryEvent["type"], id: number, details: object = {}) =>
      ({ id, previousEventId: id - 1, timestamp: at(id), type, ...details }) as HistoryEvent;
    const { written, stream } = sink(false);
    const progress = showProgress(stream);
    progress.before([
      map("ParallelStateEntered", 2, { stateEnteredEventDetails: { name: "Jobs" } }),
      map("MapStateStarted", 3, { mapStateStartedEventDetails: { length: 2 } }),
      map("MapIterationStarted", 4, { mapIterationStartedEventDetails: { name: "Trials", index: 1 } }),
      entered(5, "Train", 5),
      map("ExecutionAborted", 6),
    ]);
    progress.onEvent(map("ExecutionRedriven", 7));
    progress.onEvent(entered(8, "Train", 8));
    progress.onEvent(exited(9, "Train", 9));
    progress.onEvent(map("MapStateSucceeded", 10));
    progress.onEvent(map("ParallelStateExited", 11, { stateExitedEventDetails: { name: "Jobs" } }));
    expect(written).toEqual(["  Train 1         1.0 s\n", "  Jobs            9.0 s\n"]);
  });

  it("gives the states behind the trials no number, whichever branch ends last", () => {
    const map = (type: HistoryEvent["type"], id: number, details: object = {}) =>
      ({ id, previousEventId: id - 1, timestamp: at(id), type, ...details }) as HistoryEvent;
    const { written, stream } = sink(false);
    const progress = showProgress(stream);
    for (const event of [
      map("ParallelStateEntered", 2, { stateEnteredEventDetails: { name: "Jobs" } }),
      map("MapStateEntered", 3, { stateEnteredEventDetails: { name: "Trials" } }),
      map("MapStateStarted", 4, { mapStateStartedEventDetails: { length: 2 } }),
      map("MapIterationStarted", 5, { mapIterationStartedEventDetails: { name: "Trials", index: 1 } }),
      entered(6, "Train", 6),
      exited(7, "Train", 7),
      map("MapIterationSucceeded", 8),
      map("MapStateSucceeded", 9),
      map("MapStateExited", 10, { stateExitedEventDetails: { name: "Trials" } }),
      map("ParallelStateExited", 11, { stateExitedEventDetails: { name: "Jobs" } }),
      entered(12, "Promote", 12),
      exited(13, "Promote", 13),
    ])
      progress.onEvent(event);
    expect(written).toEqual([
      "  Train 1         1.0 s\n",
      "  Trials          7.0 s\n",
      "  Jobs            9.0 s\n",
      "  Promote         1.0 s\n",
    ]);
  });

  it("breaks a long failure between words in a terminal, and never where it is kept", () => {
    const long = JSON.stringify({
      errorType: "InvalidExport",
      errorMessage: "Offsets are wrong. ".repeat(8),
    });
    const [live, kept] = [sink(true), sink(false)];
    for (const { stream } of [live, kept]) {
      const progress = showProgress(stream);
      progress.onEvent(entered(2, "Embed", 0));
      progress.onEvent(failed(3, 2, long));
    }
    const lines = stripVTControlCharacters(live.written.at(-1)!).split("\n");
    expect(lines.length).toBeGreaterThan(3);
    for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(60);
    expect(kept.written.at(-1)!.match(/\n/g)).toHaveLength(1);
  });

  it("keeps lines of a job's progress apart where each is kept", () => {
    const { written, stream } = sink(false);
    const progress = showProgress(stream);
    progress.onEvent(entered(2, "Train", 0));
    for (let done = 1; done <= 50; done++) progress.onProgress("Train", { step: "train", done, total: 50 });
    progress.onProgress("Train", { step: "saving the model" });
    expect(written).toEqual(["  Train           2 %, 1 of 50\n", "  Train           saving the model\n"]);
  });

  it("gives every state that runs a line on a terminal, never wider than it", () => {
    const { written, stream } = sink(true);
    const progress = showProgress(stream);
    progress.onEvent(entered(2, "Embed", 0));
    progress.onEvent(entered(3, "Train", 0, 1));
    progress.onProgress("Embed", { step: "embed", done: 1, total: 3, unit: "word pieces", secondsLeft: 9.2 });
    progress.onProgress("Train", { step: "x".repeat(80), done: 1, total: 3, secondsLeft: 2 });
    progress.onEvent(exited(4, "Embed", 5, 2));
    progress.close();
    expect(written.at(-3)).toBe(
      `\r\x1b[2K\x1b[1A\x1b[2K  Embed           33 %, 1 of 3 word pieces, 10 s left\n  Train           ${"x".repeat(41)}`,
    );
    expect(written.at(-2)).toBe(
      `\r\x1b[2K\x1b[1A\x1b[2K  Embed           5.0 s\n  Train           ${"x".repeat(41)}`,
    );
    expect(written.at(-1)).toBe("\r\x1b[2K");
    for (const line of stripVTControlCharacters(written.join("\n")).split(/[\r\n]/))
      expect(line.length).toBeLessThan(60);
  });
});

it("describes progress with what is known, and what matters most where there is little room", () => {
  const train = { state: "Train", step: "train", done: 1204, total: 2868, unit: "steps", secondsLeft: 125 };
  expect(describe(train)).toBe("41 %, 1,204 of 2,868 steps, 2 min 05 s left");
  const told = { ...train, epoch: "2/3", loss: 0.21071 };
  expect(describe(told)).toBe("41 %, epoch 2 of 3, loss 0.2107, 1,204 of 2,868 steps, 2 min 05 s left");
  // A line of 80 columns, with the name of the state, has room for 62.
  expect(describe(told, 62)).toBe("41 %, epoch 2 of 3, loss 0.2107, 2 min 05 s left");
  expect(describe(told, 40)).toBe("41 %, loss 0.2107, 2 min 05 s left");
  expect(describe(told, 20)).toBe("41 %");
});

it.each([
  [{ state: "Train", step: "packing the model" }, "packing the model"],
  [{ state: "Evaluate", step: "evaluate champion", done: 1, total: 2 }, "evaluate champion 50 %, 1 of 2"],
  [{ state: "Train", step: "x", done: 0, total: 0 }, "x"],
  // Nothing is "0.0 s left" while there is more to do than is measured.
  [
    { state: "Train", step: "train", done: 9, total: 9, unit: "steps", secondsLeft: 0 },
    "100 %, 9 of 9 steps",
  ],
])("describes %j", (progress, text) => {
  expect(describe(progress)).toBe(text);
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

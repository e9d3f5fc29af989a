import { expect, test } from "vitest";
import { describeHistory, type HistoryEvent } from "../../pipeline/execution.ts";

test("trials that run at once keep their times and numbers, in states of one name", () => {
  const entered = (name: string) => ({ stateEnteredEventDetails: { name } });
  const exited = (name: string) => ({ stateExitedEventDetails: { name } });
  const events = (
    [
      ["ExecutionStarted", 0, { executionStartedEventDetails: { input: "{}" } }],
      ["MapStateEntered", 1, entered("Trials")],
      ["MapStateStarted", 2, { mapStateStartedEventDetails: { length: 2 } }],
      ["MapIterationStarted", 3, { mapIterationStartedEventDetails: { index: 0 } }],
      ["TaskStateEntered", 4, entered("Train")],
      ["MapIterationStarted", 3, { mapIterationStartedEventDetails: { index: 1 } }],
      ["TaskStateEntered", 6, entered("Train")],
      ["TaskSucceeded", 7, {}],
      ["TaskStateExited", 8, exited("Train")],
      ["TaskSucceeded", 5, {}],
      ["TaskStateExited", 10, exited("Train")],
      ["MapStateSucceeded", 11, {}],
      ["MapStateExited", 12, { stateExitedEventDetails: { name: "Trials", output: "null" } }],
    ] as const
  ).map(([type, previousEventId, details], index) => ({
    ...{ id: index + 1, previousEventId, type },
    timestamp: new Date(1000 * index).toISOString(),
    ...details,
  })) satisfies HistoryEvent[];
  const { states } = describeHistory(events, { name: "", executionArn: "", stateMachineArn: "" });
  expect(states.map(({ name, trial, seconds }) => [name, trial, seconds])).toEqual([
    ["Trials", undefined, 11],
    ["Train", 0, 6],
    ["Train", 1, 2],
  ]);
});

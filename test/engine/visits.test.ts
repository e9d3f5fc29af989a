import { expect, test } from "vitest";
import { describeHistory, type HistoryEvent } from "../../pipeline/execution.ts";

test("trials that run at once keep their times apart, in states of one name", () => {
  const entered = (name: string) => ({ stateEnteredEventDetails: { name } });
  const exited = (name: string) => ({ stateExitedEventDetails: { name } });
  const events = (
    [
      ["ExecutionStarted", 0, { executionStartedEventDetails: { input: "{}" } }],
      ["MapStateEntered", 1, entered("Trials")],
      ["MapIterationStarted", 2, {}],
      ["TaskStateEntered", 3, entered("Train")],
      ["MapIterationStarted", 2, {}],
      ["TaskStateEntered", 5, entered("Train")],
      ["TaskSucceeded", 6, {}],
      ["TaskStateExited", 7, exited("Train")],
      ["TaskSucceeded", 4, {}],
      ["TaskStateExited", 9, exited("Train")],
      ["MapStateExited", 10, { stateExitedEventDetails: { name: "Trials", output: "null" } }],
    ] as const
  ).map(([type, previousEventId, details], index) => ({
    ...{ id: index + 1, previousEventId, type },
    timestamp: new Date(1000 * index).toISOString(),
    ...details,
  })) satisfies HistoryEvent[];
  const { states } = describeHistory(events, { name: "", executionArn: "", stateMachineArn: "" });
  expect(states.map(({ name, seconds }) => [name, seconds])).toEqual([
    ["Trials", 9],
    ["Train", 6],
    ["Train", 2],
  ]);
});

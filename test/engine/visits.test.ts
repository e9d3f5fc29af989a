import { expect, test } from "vitest";
import { describeHistory, type HistoryEvent } from "../../pipeline/execution.ts";

const entered = (name: string) => ({ stateEnteredEventDetails: { name } });
const exited = (name: string) => ({ stateExitedEventDetails: { name } });
const begun = (index: number) => ({ mapIterationStartedEventDetails: { index } });
const started: Told[] = [
  ["ExecutionStarted", 0, { executionStartedEventDetails: { input: "{}" } }],
  ["MapStateEntered", 1, entered("Trials")],
  ["MapStateStarted", 2, { mapStateStartedEventDetails: { length: 2 } }],
];
type Told = [type: HistoryEvent["type"], previousEventId: number, details: object];

function visits(told: readonly Told[]) {
  const events = told.map(([type, previousEventId, details], index) => ({
    ...{ id: index + 1, previousEventId, type },
    timestamp: new Date(1000 * index).toISOString(),
    ...details,
  })) satisfies HistoryEvent[];
  const { states } = describeHistory(events, { name: "", executionArn: "", stateMachineArn: "" });
  return states.map(({ name, trial, seconds }) => [name, trial, seconds]);
}

test("trials that run at once keep their times and numbers, in states of one name", () => {
  expect(
    visits([
      ...started,
      ["MapIterationStarted", 3, begun(0)],
      ["TaskStateEntered", 4, entered("Train")],
      ["MapIterationStarted", 3, begun(1)],
      ["TaskStateEntered", 6, entered("Train")],
      ["TaskSucceeded", 7, {}],
      ["TaskStateExited", 8, exited("Train")],
      ["TaskSucceeded", 5, {}],
      ["TaskStateExited", 10, exited("Train")],
      ["MapStateSucceeded", 11, {}],
      ["MapStateExited", 12, { stateExitedEventDetails: { name: "Trials", output: "null" } }],
    ]),
  ).toEqual([
    ["Trials", undefined, 11],
    ["Train", 0, 6],
    ["Train", 1, 2],
  ]);
});

test("a trial that goes on after a redrive keeps its number", () => {
  expect(
    visits([
      ...started,
      ["MapIterationStarted", 3, begun(0)],
      ["TaskStateEntered", 4, entered("Train")],
      ["TaskStateExited", 5, exited("Train")],
      ["MapIterationSucceeded", 6, {}],
      ["MapIterationStarted", 3, begun(1)],
      ["TaskStateEntered", 8, entered("Train")],
      ["TaskStateAborted", 9, {}],
      ["MapIterationAborted", 10, {}],
      ["ExecutionAborted", 11, {}],
      ["ExecutionRedriven", 12, {}],
      ["TaskStateEntered", 13, entered("Train")],
      ["TaskStateExited", 14, exited("Train")],
    ]),
  ).toEqual([
    ["Trials", undefined, null],
    ["Train", 0, 1],
    ["Train", 1, null],
    ["Train", 1, 1],
  ]);
});

import { readdirSync } from "node:fs";
import { expect, it } from "vitest";
import { describeExecution, listExecutions, readHistory } from "../../pipeline/local/engine/describe.ts";
import {
  beginExecution,
  resumeExecution,
  type StartOptions,
  startExecution,
} from "../../pipeline/local/engine/executions.ts";
import { TaskError } from "../../pipeline/local/engine/task-runner.ts";
import type { StatusChange } from "../../pipeline/local/events/status-change.ts";
import { fakeClock } from "./fake-clock.ts";
import { SLOW_MACHINE_MS, temporaryHome } from "./journal.ts";

const LAMBDA = "arn:aws:states:::lambda:invoke";
const TRAIN = "arn:aws:states:::sagemaker:createTrainingJob.sync";
const oneTask = {
  QueryLanguage: "JSONata",
  StartAt: "A",
  States: {
    A: {
      Type: "Task",
      Resource: LAMBDA,
      Arguments: { p: 1 },
      TimeoutSeconds: 60,
      Assign: { v: [1] },
      End: true,
    },
  },
};
const options = (fields: Partial<StartOptions> = {}): StartOptions => ({
  home: temporaryHome(),
  definition: oneTask,
  name: "run",
  input: { b: 2, a: 1 },
  tasks: { [LAMBDA]: async () => "done" },
  clock: fakeClock(),
  ...fields,
});

it("writes the history that Step Functions would", async () => {
  const one = options();
  await startExecution(one);
  const kind = { resourceType: "lambda", resource: "invoke" };
  const whole = { truncated: false };
  const events = readHistory(one.home, "run").map(({ timestamp: _timestamp, ...event }) => event);
  expect(events).toMatchObject([
    {
      id: 1,
      previousEventId: 0,
      type: "ExecutionStarted",
      executionStartedEventDetails: { input: '{"b":2,"a":1}' },
    },
    {
      id: 2,
      previousEventId: 1,
      type: "TaskStateEntered",
      stateEnteredEventDetails: { name: "A", input: '{"b":2,"a":1}', inputDetails: whole },
    },
    {
      id: 3,
      previousEventId: 2,
      type: "TaskScheduled",
      taskScheduledEventDetails: { ...kind, parameters: '{"p":1}', timeoutInSeconds: 60 },
    },
    { id: 4, previousEventId: 3, type: "TaskStarted", taskStartedEventDetails: kind },
    {
      id: 5,
      previousEventId: 4,
      type: "TaskSucceeded",
      taskSucceededEventDetails: { ...kind, output: '"done"', outputDetails: whole },
    },
    {
      id: 6,
      previousEventId: 5,
      type: "TaskStateExited",
      stateExitedEventDetails: { name: "A", output: '"done"', assignedVariables: { v: "[1]" } },
    },
    {
      id: 7,
      previousEventId: 6,
      type: "ExecutionSucceeded",
      executionSucceededEventDetails: { output: '"done"' },
    },
  ]);
  for (const event of events) expect(Object.keys(event)).not.toContain("scope");
});

it("reports a .sync job's acceptance, and each event as it is on the disk", async () => {
  const seen: string[] = [];
  const one = options({
    definition: { ...oneTask, States: { A: { Type: "Task", Resource: TRAIN, End: true } } },
    tasks: {
      [TRAIN]: async (_args, { onSubmitted, onProgress }) => {
        onSubmitted({ TrainingJobArn: "arn" });
        onProgress({ step: "epoch 1 of 3" });
        return { TrainingJobStatus: "Completed" };
      },
    },
    onEvent: ({ id, type }) => {
      seen.push(type);
      expect(readHistory(one.home, "run").some((event) => event.id === id)).toBe(true);
    },
    onProgress: (stateName, { step }) => seen.push(`${stateName}: ${step}`),
  });
  await startExecution(one);
  expect(seen).toEqual([
    "TaskStateEntered",
    "TaskScheduled",
    "TaskStarted",
    "TaskSubmitted",
    "A: epoch 1 of 3",
    "TaskSucceeded",
    "TaskStateExited",
    "ExecutionSucceeded",
  ]);
  expect(readHistory(one.home, "run")[3]).toMatchObject({
    taskStartedEventDetails: { resourceType: "sagemaker", resource: "createTrainingJob.sync" },
  });
});

it("chains the events of each branch, and closes a failed Parallel", async () => {
  const branch = (name: string) => ({
    StartAt: name,
    States: { [name]: { Type: "Task", Resource: LAMBDA, End: true } },
  });
  const clock = fakeClock();
  const one = options({
    clock,
    definition: {
      QueryLanguage: "JSONata",
      StartAt: "P",
      States: { P: { Type: "Parallel", Branches: [branch("Slow"), branch("Bad")], End: true } },
    },
    tasks: {
      [LAMBDA]: async (_args, { stateName, signal }) => {
        await clock.sleep(stateName === "Slow" ? 9_000 : 1_000, signal);
        throw new TaskError("Bad");
      },
    },
  });
  await startExecution(one);
  const events = readHistory(one.home, "run");
  const types = (id: number): string[] => {
    const event = events.find((candidate) => candidate.id === id);
    return event === undefined ? [] : [...types(event.previousEventId), event.type];
  };
  const before = [
    "ExecutionStarted",
    "ParallelStateEntered",
    "ParallelStateStarted",
    "TaskStateEntered",
    "TaskScheduled",
    "TaskStarted",
  ];
  expect(types(events.find(({ type }) => type === "TaskStateAborted")!.id)).toEqual([
    ...before,
    "TaskStateAborted",
  ]);
  expect(types(events.find(({ type }) => type === "TaskFailed")!.id)).toEqual([...before, "TaskFailed"]);
  expect(events.slice(-2).map(({ type }) => type)).toEqual(["ParallelStateFailed", "ExecutionFailed"]);
});

it("shows how long each state took", async () => {
  const one = options({
    definition: {
      QueryLanguage: "JSONata",
      StartAt: "W",
      States: { W: { Type: "Wait", Seconds: 5, Next: "F" }, F: { Type: "Fail", Error: "E", Cause: "c" } },
    },
  });
  expect(await startExecution(one)).toMatchObject({
    status: "FAILED",
    error: "E",
    cause: "c",
    output: null,
    states: [
      { name: "W", type: "Wait", seconds: 5 },
      { name: "F", type: "Fail", seconds: null, exitedDate: null },
    ],
  });
});

it("tells EventBridge how it ended", async () => {
  const changes: StatusChange[] = [];
  const one = options({
    tasks: {
      [LAMBDA]: async () => {
        throw new TaskError("InvalidExport", "line 3");
      },
    },
    onStatusChange: (change) => void changes.push(change),
  });
  const { executionArn } = await startExecution(one);
  expect(changes).toHaveLength(1);
  expect(changes[0]).toMatchObject({
    source: "aws.states",
    "detail-type": "Step Functions Execution Status Change",
    resources: [executionArn],
    detail: {
      executionArn,
      name: "run",
      status: "FAILED",
      input: '{"b":2,"a":1}',
      output: null,
      error: "InvalidExport",
      cause: "line 3",
      startDate: Date.parse("2026-11-21T09:00:00Z"),
      stopDate: Date.parse("2026-11-21T09:00:00Z"),
    },
  });
});

it("starts an execution of the same name and input once", async () => {
  let finish = () => {};
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  let runs = 0;
  const one = options({
    tasks: {
      [LAMBDA]: async () => {
        runs += 1;
        await finished;
      },
    },
  });
  const first = beginExecution(one);
  const second = beginExecution({ ...one, input: { a: 1, b: 2 } });
  expect([first.isDuplicate, second.isDuplicate]).toEqual([false, true]);
  expect(second).toMatchObject({ executionArn: first.executionArn, startDate: first.startDate });
  expect(await second.result).toMatchObject({ status: "RUNNING", isOwned: true });
  expect(() => beginExecution({ ...one, input: {} })).toThrow(
    expect.objectContaining({ name: "ExecutionAlreadyExists" }),
  );
  await expect(resumeExecution(one)).rejects.toMatchObject({ name: "ExecutionRunning" });
  finish();
  expect(await first.result).toMatchObject({ status: "SUCCEEDED" });
  expect(() => beginExecution(one)).toThrow(expect.objectContaining({ name: "ExecutionAlreadyExists" }));
  expect(runs).toBe(1);
  expect(readdirSync(one.home.executions)).toEqual(["run"]);
});

it("lists executions, the latest first", async () => {
  const home = temporaryHome();
  expect(listExecutions(home)).toEqual([]);
  for (const [name, start] of [
    ["old", 1e12],
    ["new", 2e12],
    ["middle", 1.5e12],
  ] as const) {
    await startExecution(options({ home, name, clock: fakeClock(start) }));
  }
  expect(listExecutions(home).map(({ name }) => name)).toEqual(["new", "middle", "old"]);
});

it.each(["", "a b", "../up", "ü", "x".repeat(81)])("refuses the name %j", (name) => {
  expect(() => beginExecution(options({ name }))).toThrow(expect.objectContaining({ name: "InvalidName" }));
});

it("refuses an input that no state could hold", () => {
  const input = "x".repeat(262_143);
  expect(() => beginExecution(options({ input }))).toThrow(
    expect.objectContaining({ name: "InvalidExecutionInput" }),
  );
});

it("keeps what a runner throws by mistake out of the history", async () => {
  const one = options({
    tasks: {
      [LAMBDA]: async () => {
        throw new TypeError("patient John Doe has no property x");
      },
    },
  });
  expect(await startExecution(one)).toMatchObject({
    status: "FAILED",
    error: "States.TaskFailed",
    cause: "TypeError",
  });
  expect(JSON.stringify(readHistory(one.home, "run"))).not.toContain("John");
});

it("keeps values out of the cause of a failed expression", async () => {
  const definition = {
    QueryLanguage: "JSONata",
    StartAt: "A",
    States: { A: { Type: "Pass", Output: "{% $number($states.input.name) %}", End: true } },
  };
  const one = options({ definition, input: { name: "John Doe" } });
  const { cause } = await startExecution(one);
  expect(cause).toContain("$number($states.input.name)");
  expect(cause).not.toContain("John");
});

it(
  "stops an expression that never ends",
  async () => {
    const Output = "{% ($f := function($n) { $f($n + 1) }; $f(0)) %}";
    const definition = {
      QueryLanguage: "JSONata",
      StartAt: "A",
      States: { A: { Type: "Pass", Output, End: true } },
    };
    const one = options({ definition });
    expect(await startExecution(one)).toMatchObject({
      status: "FAILED",
      error: "States.QueryEvaluationError",
    });
    expect(describeExecution(one.home, "run").cause).toContain("more than 1000000 steps");
  },
  SLOW_MACHINE_MS,
);

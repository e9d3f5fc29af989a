import { expect, it } from "vitest";
import type { Json } from "../../pipeline/local/engine/definition.ts";
import { describeExecution, listExecutions, readHistory } from "../../pipeline/local/engine/describe.ts";
import {
  type EngineOptions,
  resumeExecution,
  startExecution,
} from "../../pipeline/local/engine/executions.ts";
import { TaskError, type TaskRunner } from "../../pipeline/local/engine/task-runner.ts";
import type { StatusChange } from "../../pipeline/local/events/status-change.ts";
import { fakeClock } from "./fake-clock.ts";
import { crashedAfter, journalBytes, lineEnds, temporaryHome } from "./journal.ts";

const LAMBDA = "arn:aws:states:::lambda:invoke";
const machine = (StartAt: string, States: Json, more: { [key: string]: Json } = {}) => ({
  QueryLanguage: "JSONata",
  StartAt,
  States,
  ...more,
});
const task = (Arguments: Json, fields: { [key: string]: Json } = { End: true }): Json => ({
  Type: "Task",
  Resource: LAMBDA,
  Arguments,
  ...fields,
});

/** Starts and resumes one execution, each time with the runner given; notes the states whose task ran. */
function operator(definition: Json) {
  const home = temporaryHome();
  const changes: StatusChange[] = [];
  const shared = {
    home,
    name: "run",
    clock: fakeClock(),
    onStatusChange: (change: StatusChange) => void changes.push(change),
  };
  const withTasks = (runner: TaskRunner, ran: string[]): Pick<EngineOptions, "tasks"> => ({
    tasks: {
      [LAMBDA]: (args, context) => {
        ran.push(context.stateName);
        return runner(args, context);
      },
    },
  });
  return {
    home,
    changes,
    async start(runner: TaskRunner, signal?: AbortSignal) {
      const ran: string[] = [];
      const execution = await startExecution({
        ...shared,
        ...withTasks(runner, ran),
        definition,
        input: {},
        signal,
      });
      return { ...execution, ran };
    },
    async resume(runner: TaskRunner) {
      const ran: string[] = [];
      const execution = await resumeExecution({ ...shared, ...withTasks(runner, ran) });
      return { ...execution, ran };
    },
  };
}

const answer: TaskRunner = async (args) => args;
const failAt =
  (...states: string[]): TaskRunner =>
  async (args, { stateName }) => {
    if (states.includes(stateName)) throw new TaskError("Broken", "for now");
    return args;
  };

const threeSteps = machine("A", {
  A: task("a", { Assign: { a: "{% $states.result %}" }, Next: "B" }),
  B: task("{% $states.context.Execution.RedriveCount %}", { Next: "C" }),
  C: { Type: "Pass", Output: { a: "{% $a %}", redrives: "{% $states.input %}" }, End: true },
});

it("goes on at the failed state, with the variables and results of the finished ones", async () => {
  const { home, start, resume } = operator(threeSteps);
  expect(await start(failAt("B"))).toMatchObject({
    status: "FAILED",
    error: "Broken",
    cause: "for now",
    ran: ["A", "B"],
  });
  expect(await resume(failAt("B"))).toMatchObject({ status: "FAILED", redriveCount: 1, ran: ["B"] });
  const last = await resume(answer);
  expect(last).toMatchObject({ status: "SUCCEEDED", redriveCount: 2, ran: ["B"], error: null });
  expect(last.output).toEqual({ a: "a", redrives: 2 });
  const types = readHistory(home, "run").map(({ type }) => type);
  const again = types.slice(types.lastIndexOf("ExecutionRedriven"));
  expect(again.slice(0, 3)).toEqual(["ExecutionRedriven", "TaskStateEntered", "TaskScheduled"]);
});

it("starts the retries of a redriven state from the beginning", async () => {
  const Retry = [{ ErrorEquals: ["Broken"], MaxAttempts: 2 }];
  const { start, resume } = operator(
    machine("A", { A: task("{% $states.context.State.RetryCount %}", { Retry, End: true }) }),
  );
  expect((await start(failAt("A"))).ran).toHaveLength(3);
  const seen: unknown[] = [];
  const record: TaskRunner = async (args, context) => {
    seen.push(args);
    return failAt("A")(args, context);
  };
  expect((await resume(record)).status).toBe("FAILED");
  expect(seen).toEqual([0, 1, 2]);
});

it("keeps the finished branch and iteration, and runs only the failed and the aborted one", async () => {
  const branch = (name: string): Json => ({ StartAt: name, States: { [name]: task(name) } });
  const { start, resume } = operator(
    machine("Jobs", {
      Jobs: {
        Type: "Parallel",
        Branches: [
          branch("Done"),
          branch("Failing"),
          {
            StartAt: "First",
            States: {
              First: task("First", { Next: "Wait" }),
              Wait: { Type: "Wait", Seconds: 60, End: true },
            },
          },
          {
            StartAt: "Each",
            States: {
              Each: {
                Type: "Map",
                Items: [1, 2],
                ItemProcessor: { StartAt: "Item", States: { Item: task("{% $states.input %}") } },
                End: true,
              },
            },
          },
        ],
        End: true,
      },
    }),
  );
  const clock = fakeClock();
  const first: TaskRunner = async (args, { stateName, signal }) => {
    if (stateName !== "Failing") return args;
    await clock.sleep(10_000, signal);
    throw new TaskError("Broken");
  };
  expect(await start(first)).toMatchObject({ status: "FAILED", error: "Broken" });
  const second = await resume(answer);
  expect(second.ran).toEqual(["Failing"]);
  expect(second.output).toEqual(["Done", "Failing", "First", [1, 2]]);
});

it("re-enters a Fail state, and fails again, as Step Functions does", async () => {
  const Catch = [{ ErrorEquals: ["States.ALL"], Next: "Failed" }];
  const { start, resume } = operator(
    machine("A", { A: task("a", { Catch, End: true }), Failed: { Type: "Fail", Error: "Final" } }),
  );
  expect((await start(failAt("A"))).error).toBe("Final");
  expect(await resume(answer)).toMatchObject({ status: "FAILED", error: "Final", ran: [] });
});

it("leads back to a failed job through a catching task that looks at RedriveCount", async () => {
  const Catch = [
    {
      ErrorEquals: ["States.TaskFailed"],
      Next: "TrainFailed",
      Assign: { failedAt: "{% $states.context.Execution.RedriveCount %}" },
    },
  ];
  const { start, resume } = operator(
    machine("Jobs", {
      Jobs: {
        Type: "Parallel",
        Branches: [
          { StartAt: "Embed", States: { Embed: task("embed") } },
          {
            StartAt: "Train",
            States: {
              Train: task("train", { Catch, End: true }),
              TrainFailed: task(
                { now: "{% $states.context.Execution.RedriveCount %}", failedAt: "{% $failedAt %}" },
                { Next: "Train" },
              ),
            },
          },
        ],
        End: true,
      },
    }),
  );
  const explain = (args: unknown) => {
    const { now, failedAt } = args as { now: number; failedAt: number };
    if (now === failedAt) throw new TaskError("TrainingFailed", "out of memory");
    return {};
  };
  const broken: TaskRunner = async (args, { stateName }) => {
    if (stateName === "Train") throw new TaskError("States.TaskFailed", "{}");
    return stateName === "TrainFailed" ? explain(args) : args;
  };
  const mended: TaskRunner = async (args, { stateName }) =>
    stateName === "TrainFailed" ? explain(args) : args;
  expect((await start(broken)).error).toBe("TrainingFailed");
  expect(await resume(broken)).toMatchObject({
    error: "TrainingFailed",
    ran: ["TrainFailed", "Train", "TrainFailed"],
  });
  expect(await resume(mended)).toMatchObject({ status: "SUCCEEDED", ran: ["TrainFailed", "Train"] });
});

it("runs a task again whose Output failed, and branches whose outputs were too large together", async () => {
  const first = operator(machine("A", { A: task("a", { Output: "{% $states.result.x %}", End: true }) }));
  expect((await first.start(answer)).error).toBe("States.QueryEvaluationError");
  expect(await first.resume(async () => ({ x: 1 }))).toMatchObject({
    status: "SUCCEEDED",
    output: 1,
    ran: ["A"],
  });

  const branch = (name: string): Json => ({ StartAt: name, States: { [name]: task(name) } });
  const second = operator(
    machine("P", {
      P: {
        Type: "Parallel",
        Branches: [branch("B"), branch("C")],
        Output: "{% $count($states.result) %}",
        End: true,
      },
    }),
  );
  expect((await second.start(async () => "x".repeat(200_000))).error).toBe("States.DataLimitExceeded");
  expect(await second.resume(answer)).toMatchObject({ status: "SUCCEEDED", output: 2, ran: ["B", "C"] });
});

it("stops running tasks on a signal, ends as ABORTED, and can be resumed", async () => {
  const { start, resume, changes, home } = operator(threeSteps);
  const stop = new AbortController();
  let stopped = false;
  const waiting: TaskRunner = (args, { stateName, signal }) => {
    if (stateName === "A") return Promise.resolve(args);
    return new Promise((_resolve, reject) => {
      signal.addEventListener("abort", () => {
        stopped = true;
        reject(new Error("stopped"));
      });
      stop.abort();
    });
  };
  expect(await start(waiting, stop.signal)).toMatchObject({ status: "ABORTED", isOwned: false });
  expect(stopped).toBe(true);
  const types = readHistory(home, "run").map(({ type }) => type);
  expect(types.slice(-2)).toEqual(["TaskStateAborted", "ExecutionAborted"]);
  expect(changes.map(({ detail }) => detail.status)).toEqual(["ABORTED"]);
  expect(await resume(answer)).toMatchObject({ status: "SUCCEEDED", ran: ["B"] });
});

it("gives a timed-out machine its whole time again", async () => {
  const clock = fakeClock();
  const { start, resume } = operator(machine("A", { A: task("a") }, { TimeoutSeconds: 100 }));
  const slow: TaskRunner = async (args, { signal }) => {
    await clock.sleep(1_000_000, signal);
    return args;
  };
  expect((await start(slow)).status).toBe("TIMED_OUT");
  expect((await resume(answer)).status).toBe("SUCCEEDED");
});

it("does not resume what has succeeded, what is not there, or what has no room left", async () => {
  const { home, start, resume } = operator(threeSteps);
  await expect(resume(answer)).rejects.toMatchObject({ name: "ExecutionDoesNotExist" });
  await start(answer);
  await expect(resume(answer)).rejects.toMatchObject({ name: "ExecutionNotRedrivable" });
  expect(listExecutions(home).map(({ name }) => name)).toEqual(["run"]);

  const bytes = journalBytes(home, "run");
  const started = bytes.subarray(0, lineEnds(bytes)[0]).toString();
  const fillerLine = (id: number) =>
    `${JSON.stringify({ id, previousEventId: id - 1, timestamp: "2026-11-21T09:00:00Z", type: "TaskSubmitted", scope: "" })}\n`;
  const full = started + Array.from({ length: 24_990 }, (_, index) => fillerLine(index + 2)).join("");
  const crashed = crashedAfter(home, "run", Buffer.from(full), "full");
  const again = { home: crashed, name: "run", tasks: { [LAMBDA]: answer }, clock: fakeClock() };
  const ended = await resumeExecution(again);
  expect(ended).toMatchObject({ status: "FAILED", error: "States.Runtime" });
  expect(ended.eventCount).toBeLessThanOrEqual(25_000);
  expect(describeExecution(crashed, "run").cause).toContain("25000");
  await expect(resumeExecution(again)).rejects.toMatchObject({ name: "ExecutionNotRedrivable" });
});

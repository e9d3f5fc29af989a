// What a failed execution used: read by Notify off the history that the machine leaves, through Step Functions' API.
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import type { HistoryEvent } from "../../pipeline/execution.ts";
import type { Json } from "../../pipeline/local/engine/definition.ts";
import { TaskError } from "../../pipeline/local/engine/task-runner.ts";
import { openSfnEndpoint, type SfnEndpoint } from "../../pipeline/local/events/sfn-endpoint.ts";
import datasetSchema from "../../schemas/execution/dataset.schema.json" with { type: "json" };
import { logLink } from "../../schemas/installation/aws-links.ts";
import type { RunReceipt } from "../../schemas/types.ts";
import prices from "../../tasks/notify/prices.json" with { type: "json" };
import { handler } from "../../tasks/notify.ts";
import { readJson } from "../../tasks/store/store.ts";
import { completed, type Fields, run } from "../states/scripted-run.ts";
import { deploy } from "./deployment.ts";

let deployment: Awaited<ReturnType<typeof deploy>>;
let endpoint: SfnEndpoint;
let history: HistoryEvent[] = [];
let asked = 0;
beforeAll(async () => {
  deployment = await deploy();
  endpoint = await openSfnEndpoint({
    historyOf() {
      asked++;
      if (history.length === 0) throw Object.assign(new Error("Canary"), { name: "ExecutionDoesNotExist" });
      return history;
    },
  });
  for (const [name, value] of Object.entries(endpoint.environment)) vi.stubEnv(name, value);
});
afterAll(async () => {
  await deployment.remove();
  await endpoint.close();
});
beforeEach(() => {
  asked = 0;
});

const arn = "arn:aws:states:eu-west-1:123456789012:execution:pbp:run-1";
const failedAs = (name: string, change: object = {}) => ({
  "detail-type": "Step Functions Execution Status Change",
  detail: {
    executionArn: arn,
    name,
    status: "FAILED",
    startDate: 1_795_176_003_000,
    stopDate: 1_795_176_009_000,
    input: "{}",
    error: "EvaluationFailed",
    cause: '{"errorType":"EvaluationFailed","errorMessage":"loss"}',
    ...change,
  },
});
const receiptOf = async (execution: string) =>
  (await readJson(deployment.store, `runs/${execution}/receipt.json`)) as RunReceipt;

/** A job that ran for a minute and failed: its description is the failure's cause. */
const brokeDown =
  (kind: "Training" | "Processing") =>
  (request: Fields): TaskError =>
    new TaskError(
      "States.TaskFailed",
      JSON.stringify({
        ...completed(kind)(request),
        [`${kind}JobStatus`]: "Failed",
        FailureReason: "AlgorithmError: exit code: 1",
      }),
    );

/** No instance was there: it never began. */
const neverBegan = (request: Fields): TaskError =>
  new TaskError(
    "States.TaskFailed",
    JSON.stringify({
      ...request,
      ProcessingJobStatus: "Failed",
      ProcessingEndTime: 1_795_176_000_000,
      FailureReason: "CapacityError: Unable to provision requested ML compute capacity.",
    }),
  );

const trialsOf = (...algorithms: string[]) => {
  const [example] = datasetSchema.examples;
  const trials = algorithms.map((algorithm, trial) => ({ ...example!.trials[0]!, algorithm, trial }));
  return { ...example, validation: example!.train, trials } as unknown as Json;
};

test("a run that fails at its end has every job that it paid for, its trials and the bill", async () => {
  const scored = (request: Fields) => ({
    ...completed("Training")(request),
    FinalMetricDataList: [
      { MetricName: "validation:score", Value: 0.8 },
      { MetricName: "validation:error", Value: 0.01 },
    ],
  });
  const ended = await run({
    Preprocess: [trialsOf("linear", "frozen", "transformer")],
    Embed: [neverBegan],
    Train: [scored, brokeDown("Training"), scored],
    Evaluate: [brokeDown("Processing")],
  });
  expect(ended.error).toBe("EvaluationFailed");
  history = ended.events();
  const { message } = await handler(failedAs("run-1"));
  const receipt = await receiptOf("run-1");
  expect(
    receipt.jobs!.map(({ state, trial, status, seconds, billableSeconds }) => [
      ...[state, trial, status, seconds, billableSeconds],
    ]),
  ).toEqual(
    expect.arrayContaining([
      ["Train", 0, "Completed", 60, 40],
      ["Train", 1, "Failed", 60, 40],
      ["Train", 2, "Completed", 60, 40],
      ["Embed", undefined, "Completed", 60, 60],
      ["Evaluate", undefined, "Failed", 60, 60],
    ]),
  );
  const evaluate = receipt.jobs!.find(({ state }) => state === "Evaluate")!;
  expect(evaluate.log).toBe(logLink(arn, "Processing", evaluate.job));
  expect(message).toContain(`Log of Evaluate: ${evaluate.log}`);
  // Without capacity there was no instance, and nothing to pay.
  expect(receipt.jobs!.filter(({ state }) => state === "Embed")).toMatchObject([
    { status: "Failed", seconds: null, billableSeconds: 0, usd: 0 },
    { status: "Completed", instanceType: "ml.g5.xlarge" },
  ]);
  const sum = receipt.jobs!.reduce((usd, { instanceType, instanceCount, billableSeconds }) => {
    const price = prices.usdPerHour[instanceType as keyof typeof prices.usdPerHour];
    return usd + (price * instanceCount * billableSeconds!) / 3600;
  }, 0);
  expect(receipt.cost!.usd).toBeCloseTo(sum, 3);
  expect(message).toContain(`Cost of the jobs: ${sum.toFixed(2)} USD`);
  expect(
    receipt.trials!.map(({ trial, algorithm, status, chosen }) => [trial, algorithm, status, chosen]),
  ).toEqual([
    [0, "linear", "completed", true],
    [1, "frozen", "failed", false],
    [2, "transformer", "completed", false],
  ]);
  expect(message).toContain("Trials: 3; the model is that of trial 0 (linear, validation score 0.8000).");
  expect(message).toContain("Trial 1 failed and was passed over: TrainingFailed");
  expect(receipt.warnings).toEqual([]);
});

test("of a run that is stopped, the job that ran is named without a price, and the others are summed", async () => {
  const ended = await run();
  const events = ended.events();
  const evaluates = events.findIndex(
    ({ type, taskScheduledEventDetails }) =>
      type === "TaskScheduled" && taskScheduledEventDetails!.parameters!.includes("-evaluate-"),
  );
  const submitted = events.findIndex(({ type }, index) => index > evaluates && type === "TaskSubmitted");
  history = events.slice(0, submitted + 1);
  const { message } = await handler(failedAs("run-2", { status: "ABORTED", error: null, cause: null }));
  const { jobs, cost } = await receiptOf("run-2");
  expect(jobs!.map(({ state, status, usd }) => [state, status, usd === null])).toEqual(
    expect.arrayContaining([
      ["Embed", "Completed", false],
      ["Train", "Completed", false],
      ["Evaluate", null, true],
    ]),
  );
  expect(cost!.usd).toBeNull();
  const known = jobs!.reduce((sum, { usd }) => sum + (usd ?? 0), 0).toFixed(2);
  expect(message).toContain(`not known, a job's times are missing; the others cost ${known} USD.`);
});

test("reads a history of as many events as Step Functions keeps, page by page", async () => {
  const ended = await run({ Evaluate: [brokeDown("Processing")] });
  const events = ended.events();
  // What a function was retried for, in front of the jobs.
  const first = events.findIndex(({ type }) => type === "ParallelStateEntered");
  const filler = Array.from({ length: 25_000 - events.length }, () => events[2]!);
  history = [...events.slice(0, first), ...filler, ...events.slice(first)];
  await handler(failedAs("run-3"));
  expect(asked).toBe(25);
  expect((await receiptOf("run-3")).jobs!.map(({ state }) => state).sort()).toEqual([
    "Embed",
    "Evaluate",
    "Train",
  ]);
});

test("a history that cannot be read is a warning, in no words but ours, and keeps no failure from being told", async () => {
  history = [];
  const { subject } = await handler(failedAs("run-4"));
  expect(subject).toBe("EvaluationFailed: run-4 failed");
  expect(await receiptOf("run-4")).toMatchObject({
    jobs: null,
    cost: null,
    warnings: ["What its jobs took and cost is not known: ExecutionDoesNotExist."],
  });
  // Told once: the same failure again is not even asked for.
  asked = 0;
  await handler(failedAs("run-4"));
  expect(asked).toBe(0);
});

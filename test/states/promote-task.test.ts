// Promote of a large bundle, as the definition has it: which host, what it is asked, what becomes of each end.
import { expect, test } from "vitest";
import { functions } from "../../pipeline/functions.ts";
import type { Json } from "../../pipeline/local/engine/definition.ts";
import { TaskError } from "../../pipeline/local/engine/task-runner.ts";
import { promoteAnswerKey, promoteEventKey } from "../../schemas/bucket.ts";
import { limits } from "../../states/limits.ts";
import { leaseMilliseconds } from "../../tasks/models/staging.ts";
import { requestProblems } from "../emulator/sagemaker/service-model.ts";
import { type Answer, type Fields, run, values } from "./scripted-run.ts";

const execution = "export-0a1b2c3d4e5f6071";
const promotion = { generation: 1, version: "000001-0123456789ab" };
const artifactsOf = (texts: number, sizeBytes = 4.3e8) => ({
  model: { key: "runs/x/model.tar.gz", sizeBytes },
  embeddings: { texts, embedded: texts, reused: 0, dimension: 768 },
});
/** 62 GB of vectors. */
const large = artifactsOf(10_000_000);
const runLarge = (changed: Record<string, Answer[]> = {}) => run({ CheckArtifacts: [large], ...changed });
const body = (answer: object) => ({ Body: JSON.stringify(answer) });
const threw = (name: string, message: string) => ({ PromoteAnswer: [body({ error: { name, message } })] });
const missing = new TaskError("S3.NoSuchKeyException", "The specified key does not exist.");
/** DescribeTasks' words in Step Functions' letter case. */
const ended = (task: object) =>
  new TaskError("States.TaskFailed", JSON.stringify({ LastStatus: "STOPPED", ...task }));
const exited = (ExitCode: number, more: object = {}) =>
  ended({ StopCode: "EssentialContainerExited", Containers: [{ Name: "promote", ExitCode, ...more }] });

test.each([
  ["a few notes", artifactsOf(1_000), "Promote"],
  ["a million notes", artifactsOf(1_000_000), "Promote"],
  ["as many as the function may have", artifactsOf(1_521_460, 5e8), "Promote"],
  ["a note more", artifactsOf(1_521_461, 5e8), "PromoteTask"],
  ["ten million notes", large, "PromoteTask"],
  ["a model as large as that", artifactsOf(10, 1.1e10), "PromoteTask"],
])("%s: promoted where there is time for it", async (_, artifacts, host) => {
  const { status, output, requests } = await run({ CheckArtifacts: [artifacts] });
  expect({ status, promotion: output!.promotion }).toEqual({ status: "SUCCEEDED", promotion });
  expect(Object.keys(requests).filter((state) => /^Promote/.test(state))).toEqual(
    host === "Promote" ? ["Promote"] : ["PromoteTask", "PromoteAnswer"],
  );
});

test("a deployment without the task leaves every bundle to the function", async () => {
  const before = values.PromoteTaskAboveMegabytes;
  values.PromoteTaskAboveMegabytes = "none";
  try {
    const { requests } = await runLarge();
    expect(requests).not.toHaveProperty("PromoteTask");
    expect(requests.Promote).toHaveLength(1);
  } finally {
    values.PromoteTaskAboveMegabytes = before;
  }
});

// ECS API Reference, RunTask: overrides of at most 8,192 characters; LaunchType, PropagateTags and AssignPublicIp by their
// values. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html
// Step Functions Developer Guide, "Run Amazon ECS or Fargate tasks": the fields begin with a capital there.
// https://docs.aws.amazon.com/step-functions/latest/dg/connect-ecs.html
test("a task is asked for by its revision, with the event's key, in the function's subnets and without a public address", async () => {
  const [task, small] = [await runLarge(), await run()];
  const [request] = task.requests.PromoteTask!;
  expect(request).toMatchObject({
    Cluster: "PromoteTaskCluster",
    TaskDefinition: "PromoteTaskDefinition",
    LaunchType: "FARGATE",
    // ECS Developer Guide, "Specify an Amazon EFS file system": platform version 1.4.0 or later.
    // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/efs-volumes.html
    PlatformVersion: "1.4.0",
    NetworkConfiguration: {
      AwsvpcConfiguration: {
        Subnets: ["subnet-1"],
        SecurityGroups: ["JobSecurityGroupId"],
        AssignPublicIp: "DISABLED",
      },
    },
  });
  const { ContainerOverrides } = request!.Overrides as { ContainerOverrides: [Fields] };
  expect(ContainerOverrides[0].Command).toEqual([
    "promote",
    promoteEventKey(execution),
    promoteAnswerKey(execution, "0-0"),
  ]);
  // What the function is told, and how long it may take.
  const told = (ContainerOverrides[0].Environment as { Name: string }[]).map(({ Name }) => Name);
  expect(told.toSorted()).toEqual([...functions.promote!.variables, "TIME_LIMIT_SECONDS"].toSorted());
  expect(JSON.stringify(request!.Overrides).length).toBeLessThan(8192 / 2);
  expect(requestProblems("RunTask", inLowerCase(request!), "ecs")).toEqual([]);
  expect(task.requests.PromoteAnswer).toEqual([
    { Bucket: "DataBucket", Key: promoteAnswerKey(execution, "0-0") },
  ]);
  for (const state of ["Publish", "Register"]) expect(task.requests[state]).toEqual(small.requests[state]);
  expect(task.requests.Notify![0]!.promotion).toEqual(small.requests.Notify![0]!.promotion);
});

/** As ECS's own interface has it. */
function inLowerCase(value: Json): Json {
  if (Array.isArray(value)) return value.map(inLowerCase);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [name[0]!.toLowerCase() + name.slice(1), inLowerCase(part)]),
  );
}

test("a task that lost the race is compared again, and its next answer has another key", async () => {
  const champion = { generation: 4, model: { key: "champions/a/model.tar.gz" } };
  const { status, requests } = await runLarge({
    ...threw("StaleChampion", "Generation 1 was taken."),
    ReadChampion: [{ champion: null }, { champion }],
  });
  expect(status).toBe("SUCCEEDED");
  expect([requests.Evaluate!.length, requests.PromoteTask!.length]).toEqual([2, 2]);
  expect(requests.PromoteAnswer!.map(({ Key }) => Key)).toEqual(
    ["0-0", "4-0"].map((attempt) => promoteAnswerKey(execution, attempt)),
  );
});

test("a task of an older export ends as Rejected, with the reason among the gate's", async () => {
  const message = "A newer export's model came into use meanwhile.";
  const { status, output } = await runLarge(threw("Superseded", message));
  expect(status).toBe("SUCCEEDED");
  expect(output).toMatchObject({ verdict: "reject", reasons: ["better", message], promotion: null });
});

test("what the function would throw is thrown under its name; a redrive makes another task", async () => {
  const sentence = "While staging the bundle: ENOSPC.";
  const refused = await runLarge(threw("PromotionFailed", sentence));
  expect(refused.error).toBe("PromotionFailed");
  expect(JSON.parse(refused.cause!).errorMessage).toBe(sentence);
  const again = await refused.resume();
  expect(again.status).toBe("SUCCEEDED");
  expect(refused.requests.PromoteAnswer!.map(({ Key }) => Key)).toEqual(
    ["0-0", "0-1"].map((attempt) => promoteAnswerKey(execution, attempt)),
  );
});

test("a name that is none of ours becomes PromotionFailed", async () => {
  const { error } = await runLarge(threw("Odd", "x"));
  expect(error).toBe("PromotionFailed");
});

// ECS Developer Guide, "Stopped tasks error messages" and "Container exit codes".
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
// Step Functions Developer Guide, connect-ecs: failures in RunTask's answer are AmazonECS.Unknown.
test.each<[string, TaskError, string]>([
  ["stopped by hand", exited(143), "stopped before it was finished"],
  [
    "stopped before it ran",
    ended({ StopCode: "UserInitiated", StoppedReason: "by jdoe" }),
    "stopped before it was",
  ],
  ["at its own limit", exited(124), "own time limit"],
  ["killed", exited(137), "was killed"],
  [
    "out of memory",
    exited(137, { Reason: "OutOfMemoryError: Container killed due to memory usage" }),
    "out of memory",
  ],
  [
    "without its image",
    ended({ StopCode: "TaskFailedToStart", StoppedReason: "CannotPullContainerError: pull image manifest" }),
    "could not pull the image",
  ],
  [
    "without its file system",
    ended({
      StopCode: "TaskFailedToStart",
      StoppedReason: "ResourceInitializationError: failed to invoke EFS",
    }),
    "could not prepare the task",
  ],
  ["too late", new TaskError("States.Timeout"), "state's time limit"],
  [
    "refused",
    new TaskError("ECS.AccessDeniedException", "User: arn:x is not authorized"),
    "lacks a permission",
  ],
  [
    "of no cluster",
    new TaskError("ECS.ClusterNotFoundException", "Cluster not found."),
    "cluster does not exist",
  ],
  ["refused oddly", new TaskError("ECS.Odd", "Pat Smith, chest pain"), "a reason that we do not know"],
  ["with an odd code", exited(7), "exit code 7"],
])("a task that ended %s is PromotionFailed, in words of ours", async (_, end, words) => {
  const failed = await runLarge({ PromoteTask: [end] });
  expect(failed.error).toBe("PromotionFailed");
  expect(failed.cause).toContain(words);
  expect(failed.cause).not.toMatch(/Pat Smith|arn:x|jdoe/);
});

test("without capacity a task is asked for again, for half an hour; after that it is told", async () => {
  const none = new TaskError("AmazonECS.Unknown", JSON.stringify({ Failures: [{ Reason: "RESOURCE:CPU" }] }));
  const { status, requests } = await runLarge({ PromoteTask: [none, none] });
  expect([status, requests.PromoteTask!.length]).toEqual(["SUCCEEDED", 3]);
  const never = await runLarge({ PromoteTask: Array(6).fill(none) });
  expect(never.error).toBe("PromotionFailed");
  expect(never.cause).toContain("it had no capacity");
});

test("an answer that cannot be read is a failure, though the task ended well", async () => {
  const { error, cause } = await runLarge({ PromoteAnswer: [missing] });
  expect(error).toBe("PromotionFailed");
  expect(cause).toContain("could not be read from the bucket");
});

test("a task is over before its state, and before anybody sweeps what it leaves", () => {
  const { promoteTaskRuntime, promoteTaskTimeout, longTaskTimeout } = limits;
  expect(promoteTaskRuntime.value).toBeLessThan(promoteTaskTimeout.value);
  for (const { value } of [promoteTaskTimeout, longTaskTimeout])
    expect(value * 1000).toBeLessThan(leaseMilliseconds);
});

import { expect, test } from "vitest";
import { explainFailure } from "../../tasks/explain-job-failure/job.ts";
import { handler } from "../../tasks/explain-job-failure.ts";
import { failure } from "./deployment.ts";

const training = (described: object) =>
  JSON.stringify({ TrainingJobName: "pbp-train-1", TrainingJobStatus: "Failed", ...described });
const processing = (described: object) =>
  JSON.stringify({ ProcessingJobName: "pbp-embed-1", ProcessingJobStatus: "Failed", ...described });

const told: [what: string, cause: string, message: string | RegExp][] = [
  [
    "our training job's failure file",
    training({ FailureReason: "AlgorithmError: TrainingFailed: RuntimeError at train.py:88, exit code: 1" }),
    "RuntimeError at train.py:88",
  ],
  [
    "our processing job's message",
    processing({
      FailureReason: "AlgorithmError: See job logs for more information",
      ExitMessage: "TrainingFailed: the base model folder has no config.json",
    }),
    "the base model folder has no config.json",
  ],
  [
    "missing capacity",
    training({ FailureReason: "CapacityError: Unable to provision requested ML compute capacity." }),
    /no instance of this type free/,
  ],
  ["a quota", training({ FailureReason: "ResourceLimitExceeded: the account-level limit is 0" }), /quota/],
  [
    "a time limit",
    training({ TrainingJobStatus: "Stopped", SecondaryStatus: "MaxRuntimeExceeded" }),
    /time limit/,
  ],
  ["a stop", processing({ ProcessingJobStatus: "Stopped" }), /was stopped before it was finished/],
  [
    "a full disk of one machine",
    processing({ FailureReason: "InternalServerError: ENOSPC outside the job's process." }),
    "could not be copied: no space left on device (ENOSPC). See pbp doctor.",
  ],
  [
    "an error of SageMaker's own",
    training({ FailureReason: "InternalServerError: We encountered an internal error. Canary" }),
    /^SageMaker had an internal error\.$/,
  ],
  ["an exit code alone", training({ FailureReason: "AlgorithmError: , exit code: 137" }), /exit code 137/],
];
test.each(told)("tells %s", (_, cause, message) => {
  const explained = explainFailure("TrainingFailed", cause, "States.TaskFailed");
  expect(explained.name).toBe("TrainingFailed");
  expect(explained.message).toMatch(message);
});

test("tells a state's time limit, which comes without a cause", () => {
  expect(explainFailure("TrainingFailed", "", "States.Timeout").message).toMatch(/state's time limit/);
});

test.each([
  [
    "User is not allowed (Service: AmazonSageMaker; Error Code: AccessDeniedException)",
    /permission\. No job/,
  ],
  [
    "1 validation error detected: Value 'Canary' at 'processingResources.clusterConfig.instanceType' failed to satisfy constraint (Error Code: ValidationException)",
    /not valid \(instanceType\)\. No job/,
  ],
  ["Value at 'Canary' failed (Error Code: ValidationException)", /not valid\. No job/],
  ["Canary", /do not know\. No job/],
])("tells of a request that SageMaker refused that there is no job: %s", (cause, message) => {
  const explained = explainFailure("TrainingFailed", cause, "SageMaker.AmazonSageMakerException");
  expect(explained.message).toMatch(message);
  expect(explained.message).not.toMatch(/Canary|log has/);
});

const untold = [
  training({
    FailureReason: "AlgorithmError: ExecuteUserScriptError: ValueError: Canary has asthma, exit code: 1",
  }),
  training({ FailureReason: "AlgorithmError: ValueError: TrainingFailed: Canary", ExitMessage: "Canary" }),
  training({ FailureReason: "AlgorithmError: ClientError: Canary" }),
  training({ FailureReason: "ClientError: Canary" }),
  training({ FailureReason: "EmbeddingFailed: at embed.py:3\nCanary" }),
  training({ SecondaryStatus: "Canary", TrainingJobStatus: "Canary", FailureReason: 7 }),
  "Canary, not JSON",
  '"Canary"',
  "null",
  "",
  "constructor __proto__ toString",
];
test.each(untold)("never passes on a word that we did not choose: %s", (cause) => {
  for (const error of ["States.TaskFailed", "SageMaker.AmazonSageMakerException"]) {
    const { message } = explainFailure("TrainingFailed", cause, error);
    expect(message).not.toContain("Canary");
    expect(message.length).toBeGreaterThan(10);
  }
});

test("a job's own error name wins over the state's", () => {
  const cause = processing({
    ExitMessage: "ChampionUnreadable: the champion's manifest lists another digest",
  });
  expect(explainFailure("EvaluationFailed", cause, "States.TaskFailed")).toEqual({
    name: "ChampionUnreadable",
    message: "the champion's manifest lists another digest",
  });
});

test("cuts a reason that is longer than a failure file can be", () => {
  const cause = training({ FailureReason: `TrainingFailed: ${"x".repeat(5000)}` });
  expect(explainFailure("TrainingFailed", cause, "States.TaskFailed").message).toHaveLength(1024);
});

const failed = (reason: string) => ({
  name: "TrainingFailed",
  error: "States.TaskFailed",
  cause: training({ FailureReason: reason }),
  isSpot: false,
  throttles: 0,
  throttlesAllowed: 3,
  retryCount: 0,
  failedAtRedriveCount: 1,
  redriveCount: 1,
  rung: 0,
  rungs: 1,
});

test("throws under the job's error name, and leads back to the job once the execution was redriven", async () => {
  const crashed = failed("AlgorithmError: , exit code: 1");
  expect((await failure(handler(crashed))).name).toBe("TrainingFailed");
  expect(await handler({ ...crashed, rung: 1, rungs: 2, redriveCount: 2 })).toEqual({
    rung: 0,
    throttles: 0,
  });
  expect((await failure(handler({ ...crashed, name: "StaleChampion" }))).name).toBe("TaskFailed");
});

test.each([
  "CapacityError: Unable to provision requested ML compute capacity.",
  "ResourceLimitExceeded: the account-level limit is 0",
])("goes down the list of instances for want of one, and fails at its end: %s", async (reason) => {
  expect(await handler({ ...failed(reason), rung: 0, rungs: 2 })).toEqual({ rung: 1, throttles: 0 });
  expect((await failure(handler({ ...failed(reason), rung: 1, rungs: 2 }))).name).toBe("TrainingFailed");
});

// Words of SageMaker's for a type that the region or the service does not have: aws/amazon-sagemaker-examples, issues 3494
// (ml.p3dn.24xlarge in eu-central-1) and 1001, aws-samples/aws-sagemaker-heart-disease-prediction, issue 1.
test.each([
  "Unsupported instance type ml.g6.xlarge (Service: AmazonSageMaker; Status Code: 400; Error Code: ValidationException; Request ID: 1)",
  "1 validation error detected: Value 'ml.g6.xlarge' at 'resourceConfig.instanceType' failed to satisfy constraint: Member must satisfy enum value set: [ml.m5.large] (Service: AmazonSageMaker; Status Code: 400; Error Code: ValidationException; Request ID: 1)",
  "The requested resource training-job/ml.g6.xlarge is not available in this region (Service: AmazonSageMaker; Status Code: 400; Error Code: ResourceLimitExceeded; Request ID: 1)",
])(
  "a type that the region does not have leads to the next one, and at the list's end is told: %s",
  async (cause) => {
    const refused = { ...failed(""), error: "SageMaker.AmazonSageMakerException", cause };
    expect(await handler({ ...refused, rung: 0, rungs: 2 })).toEqual({ rung: 1, throttles: 0 });
    const { name, message } = await failure(handler({ ...refused, rung: 1, rungs: 2 }));
    expect(name).toBe("TrainingFailed");
    expect(message).toMatch(/\(instanceType\)|quota for this instance type/);
  },
);

test("a request that is refused for anything else is not made again", async () => {
  const cause =
    "1 validation error detected: Value 'x' at 'roleArn' failed to satisfy constraint (Service: AmazonSageMaker; Error Code: ValidationException)";
  expect((await failure(handler({ ...failed(""), cause, rungs: 2 }))).name).toBe("TrainingFailed");
});

test("a quota met by the request itself and starved spot go down the list too; a crash does not", async () => {
  const rungs = { rung: 0, rungs: 3 };
  const quota = "The account-level service limit is 0 (Error Code: ResourceLimitExceeded; Request ID: 1)";
  expect(await handler({ ...failed(""), ...rungs, cause: quota })).toEqual({ rung: 1, throttles: 0 });
  const starved = training({ TrainingJobStatus: "Stopped", SecondaryStatus: "MaxWaitTimeExceeded" });
  expect(await handler({ ...failed(""), ...rungs, cause: starved })).toEqual({ rung: 1, throttles: 0 });
  const crash = failed("AlgorithmError: CapacityError: , exit code: 1");
  expect((await failure(handler({ ...crash, ...rungs }))).name).toBe("TrainingFailed");
});

// The definition that is deployed, run by the local interpreter against scripted answers of Lambda, SageMaker and SNS.
import type { Json } from "../../pipeline/local/engine/definition.ts";
import { readHistory } from "../../pipeline/local/engine/describe.ts";
import { resumeExecution, startExecution } from "../../pipeline/local/engine/executions.ts";
import { TaskError, type TaskRunner, type TaskRunners } from "../../pipeline/local/engine/task-runner.ts";
import datasetSchema from "../../schemas/execution/dataset.schema.json" with { type: "json" };
import runSchema from "../../schemas/execution/run.schema.json" with { type: "json" };
import { definition } from "../../states/definition.ts";
import { fillIn, placeholdersOf } from "../../states/placeholders.ts";
import { handler as explain } from "../../tasks/explain-job-failure.ts";
import { fakeClock } from "../engine/fake-clock.ts";
import { temporaryHome } from "../engine/journal.ts";

export type Fields = Record<string, Json>;
export type Answer = Json | TaskError | ((request: Fields) => Json | TaskError);

export const values = {
  ...Object.fromEntries(placeholdersOf(definition).map((name) => [name, name])),
  StackName: "StackName",
  DataBucket: "DataBucket",
  TrainingLogUrl: "TrainingLogUrl",
  Partition: "aws",
  PreprocessJobAboveMegabytes: "2000",
  PromoteTaskAboveMegabytes: "10000",
  FunctionSubnetIds: "subnet-1",
  PreprocessJobInstances: "ml.m5.xlarge volume-key,ml.m5.2xlarge volume-key",
  EmbedInstances: "ml.g6.xlarge,ml.g5.xlarge",
  EmbedIdleInstances: "ml.m5.xlarge volume-key",
  EmbedInstanceCount: "4",
  TrainInstances: "ml.g6.xlarge spot,ml.g6.xlarge,ml.g4dn.xlarge",
  TrainInstanceCount: "2",
  TrainLinearInstances: "ml.c7i.2xlarge volume-key",
  TrainTrialsAtOnce: "1",
  EvaluateInstances: "ml.c5.2xlarge volume-key",
  JobSubnetIds: "subnet-1,subnet-2",
};

export const completed = (kind: "Training" | "Processing") => (request: Fields) => ({
  ...request,
  [`${kind}JobStatus`]: "Completed",
  [`${kind}StartTime`]: 1_795_176_000_000,
  [`${kind}EndTime`]: 1_795_176_060_000,
  ...(kind === "Training" && {
    BillableTimeInSeconds: 40,
    ModelArtifacts: { S3ModelArtifacts: `s3://${values.DataBucket}/runs/x/model/output/model.tar.gz` },
  }),
});

/** A whole run that promotes; each state takes the next answer of `changed`, else the last, else this. */
const usual: Record<string, Answer> = {
  ValidateInput: runSchema.examples[0] as Json,
  Preprocess: datasetSchema.examples[0] as Json,
  PreprocessJob: completed("Processing"),
  PreprocessAnswer: { Body: JSON.stringify(datasetSchema.examples[0]) },
  CheckKind: { champion: null },
  Embed: completed("Processing"),
  Train: completed("Training"),
  CheckArtifacts: {
    model: { key: "runs/x/model.tar.gz", sizeBytes: 4e8 },
    embeddings: { texts: 3, embedded: 3, reused: 0, dimension: 768 },
  },
  ReadChampion: { champion: null },
  Evaluate: completed("Processing"),
  QualityGate: { verdict: "promote", verdictKey: "runs/x/verdict.json", reasons: ["better"], metrics: {} },
  Promote: { generation: 1, version: "000001-0123456789ab" },
  PromoteTask: { LastStatus: "STOPPED", Containers: [{ ExitCode: 0 }] },
  PromoteAnswer: { Body: JSON.stringify({ result: { generation: 1, version: "000001-0123456789ab" } }) },
  Publish: { status: "none", endpoint: null, message: "There are no endpoints." },
  Register: { status: "none", package: null, message: "There is no Model Registry." },
  Notify: { receiptKey: "runs/x/receipt.json", subject: "Promoted", message: "…" },
  Announce: { MessageId: "1" },
};

/** Runners that answer so, and what they were asked. */
export function scripted(changed: Record<string, Answer[]> = {}) {
  const requests: Record<string, Fields[]> = {};
  const running: Record<string, number> = {};
  let atOnce = 0;
  const answer: TaskRunner = async (args, { stateName, onSubmitted }) => {
    const isLambda = "FunctionName" in (args as Fields);
    const request = (isLambda ? (args as Fields).Payload : args) as Fields;
    const before = requests[stateName] ?? [];
    requests[stateName] = [...before, request];
    // The real function: what it makes of a failure decides where the machine goes.
    if (stateName.endsWith("Failed")) {
      const event = request as Parameters<typeof explain>[0];
      return {
        Payload: await explain(event).catch((error: Error) => {
          throw new TaskError(
            error.name,
            JSON.stringify({ errorType: error.name, errorMessage: error.message }),
          );
        }),
      };
    }
    running[stateName] = (running[stateName] ?? 0) + 1;
    atOnce = Math.max(atOnce, running[stateName]);
    // So that everything that may run beside this one has begun.
    for (let turn = 0; turn < 1000; turn++) await undefined;
    running[stateName]--;
    const given = changed[stateName]?.[before.length] ?? usual[stateName];
    const result = typeof given === "function" ? given(request) : given!;
    // What SageMaker refuses begins nowhere.
    const isJob = !isLambda && !["Announce", "PreprocessAnswer", "PromoteAnswer"].includes(stateName);
    if (isJob && !(result instanceof TaskError && /^(SageMaker|ECS|AmazonECS)\./.test(result.error)))
      onSubmitted({});
    if (result instanceof TaskError) throw result;
    return isLambda ? { Payload: result } : result;
  };
  const tasks: TaskRunners = Object.fromEntries(
    [
      "lambda:invoke",
      "sns:publish",
      "aws-sdk:s3:getObject",
      "sagemaker:createTrainingJob.sync",
      "sagemaker:createProcessingJob.sync",
      "ecs:runTask.sync",
    ].map((name) => [`arn:aws:states:::${name}`, answer]),
  );
  return { requests, tasks, atOnce: () => atOnce };
}

export async function run(changed: Record<string, Answer[]> = {}) {
  const { requests, tasks, atOnce } = scripted(changed);
  const machine = fillIn(definition, values) as unknown as Json;
  const input = { source: { bucket: values.DataBucket, key: "incoming/a.json" } };
  const home = temporaryHome();
  const ended = await startExecution({
    home,
    definition: machine,
    name: "run-1",
    input,
    tasks,
    clock: fakeClock(),
  });
  return {
    ...ended,
    home,
    requests,
    /** How many tasks of one state ran at the same time, at most. */
    atOnce: atOnce(),
    events: () => readHistory(home, "run-1"),
    output: ended.output as Fields | undefined,
    /** Redrives it; the answers go on where they were. */
    resume: () => resumeExecution({ home, name: "run-1", tasks, clock: fakeClock() }),
  };
}

export const failed = (kind: "Training" | "Processing", reason: string) =>
  new TaskError(
    "States.TaskFailed",
    JSON.stringify({ [`${kind}JobStatus`]: "Failed", FailureReason: reason }),
  );
export const noCapacity = (kind: "Training" | "Processing") =>
  failed(kind, "CapacityError: Unable to provision requested ML compute capacity.");

const request = "Service: AmazonSageMaker; Status Code: 400;";
/** SageMaker takes no job of this request. */
export const refusedWith = (code: string) =>
  new TaskError(
    "SageMaker.AmazonSageMakerException",
    `Words of the service (${request} Error Code: ${code}; Request ID: 1)`,
  );
export const withoutQuota = new TaskError(
  "SageMaker.ResourceLimitExceededException",
  `The account-level service limit is 0 (${request} Error Code: ResourceLimitExceeded; Request ID: 1)`,
);

import { localJobLogs } from "../../schemas/installation/aws-links.ts";
import deploymentSchema from "../../schemas/installation/deployment.schema.json" with { type: "json" };
import { definition } from "../../states/definition.ts";
import { imageOf, jobValues } from "../../states/job-table.ts";
import { fillIn } from "../../states/placeholders.ts";
import type { FileStore } from "../../tasks/store/fs.ts";
import { openFileStore } from "../../tasks/store/fs.ts";
import { bundleLambdaHost, bundleTasks } from "../bundle.ts";
import { codeRevision } from "../code-revision.ts";
import type { ExecutionDescription } from "../execution.ts";
import { type FunctionVariable, functionValues } from "../functions.ts";
import type { Watching } from "../installation.ts";
import { python } from "../python.ts";
import { defaultBaseModel } from "./base-models.ts";
import type { Json } from "./engine/definition.ts";
import { describeExecution, listExecutions, readHistory } from "./engine/describe.ts";
import {
  beginExecution,
  type EngineOptions,
  resumeExecution,
  type StartedExecution,
} from "./engine/executions.ts";
import type { TaskRunners } from "./engine/task-runner.ts";
import { openEventBus } from "./events/event-bus.ts";
import { failureTargets } from "./events/failure-targets.ts";
import type { StatusChange } from "./events/status-change.ts";
import { topicFile, topicRunner } from "./events/topic.ts";
import { type Invoke, lambda, lambdaRunner } from "./functions/lambda-runner.ts";
import { removeCheckpoints } from "./jobs/checkpoints.ts";
import { fargateRunner } from "./jobs/fargate.ts";
import { jobRunners, stopGraceSeconds } from "./jobs/job-runner.ts";
import { objectRunner } from "./jobs/object-runner.ts";
import { type Home, homeAt, makeHome, optionsFor } from "./machine/home.ts";
import { ACCOUNT_ID, MACHINE_ARN, REGION } from "./machine/identity.ts";

/** Name of the data bucket of every local installation. */
export const bucket = "pbp-local";

/** Bundles besides the one in use: enough to roll back over a bad week; one of the default model is about 100 MB. */
export const keepVersions = 5;

/** One local installation: its folders, its store, and the state machine with everything that the tasks need. */
export type Pipeline = {
  home: Home;
  store: FileStore;
  bucket: string;
  /** Folder for what is thrown away. */
  temporary: string;
  describe(name: string): ExecutionDescription;
  /** The latest first. */
  list(): ExecutionDescription[];
  /** Resolves once the execution is on the disk; its `result` when it has ended. */
  start(name: string, input: object, watching?: Watching): Promise<StartedExecution>;
  /** Continues an execution that did not succeed. Resolves when it has ended. */
  resume(name: string, watching?: Watching, takeOver?: boolean): Promise<ExecutionDescription>;
  /** Invokes a function as the state machine does. */
  invoke: Invoke;
};

/**
 * Opens the installation at `folder` (default .pbp), and makes what is missing. Cheap: bundles are built on first use.
 *
 * @param wrap What to run instead of the runners of tasks: a benchmark has trained this model before.
 * @param settings Values of the definition's placeholders in place of a deployment's defaults: a test has every export
 *   prepared by a job.
 */
export async function openPipeline(
  folder?: string,
  wrap: (tasks: TaskRunners) => TaskRunners = (tasks) => tasks,
  settings: Readonly<Record<string, string>> = {},
): Promise<Pipeline> {
  const home = homeAt(folder);
  await makeHome(home);
  const store = await openFileStore(home.store, bucket);
  const variables: Record<Exclude<FunctionVariable, "CODE_REVISION" | "STACK_NAME">, string> = {
    OBJECT_STORE: `file:${home.store}`,
    DATA_BUCKET: bucket,
    BASE_MODEL: defaultBaseModel.name,
    MODELS_DIR: home.models,
    KEEP_VERSIONS: String(keepVersions),
    STATE_MACHINE_ARN: MACHINE_ARN,
    EXPECTED_MODELS: "none",
    FILE_SYSTEM: "none",
    // The definition's Announce publishes to the same file.
    TOPIC: `file:${topicFile(home, topicName)}`,
    COMMAND_OPTIONS: optionsFor(home).trim() || "none",
    MODEL_CARD: home.modelCard,
    TRACKING: home.tracking,
    // pbp serve follows the pointer.
    SERVING: "none",
    REGISTRY: "none",
    PREDICT: "none",
    CALLER_ROLE: "none",
    // Both are told by pbp receive, which alone calls the function that asks for them.
    UPLOADS_TO: "http://127.0.0.1:0",
    EXECUTION_SETTINGS: "{}",
    APPROVAL: home.settings,
  };

  const functions = once(async () => {
    const [host] = await Promise.all([bundleLambdaHost(), bundleTasks()]);
    return lambda({ host, home, variables: { ...variables, CODE_REVISION: codeRevision() } });
  });
  const invoke: Invoke = async (...call) => (await functions())(...call);
  const topic = topicRunner(home);
  const bus = once(() =>
    openEventBus(
      home,
      failureTargets(invoke, (name) => readHistory(home, name)),
    ),
  );
  const { OBJECT_STORE } = variables;
  const jobs = jobRunners({ home, store, bucket, python, functions: { OBJECT_STORE } });
  const tasks = wrap({
    "arn:aws:states:::lambda:invoke": lambdaRunner(invoke),
    "arn:aws:states:::sns:publish": topic,
    "arn:aws:states:::aws-sdk:s3:getObject": objectRunner(store, bucket),
    "arn:aws:states:::sagemaker:createTrainingJob.sync": jobs.training,
    "arn:aws:states:::sagemaker:createProcessingJob.sync": jobs.processing,
    "arn:aws:states:::ecs:runTask.sync": fargateRunner({
      home,
      taskDefinitions: { [promoteTask]: { program: "functions/task.ts", container: "promote" } },
      variables: () => ({ OBJECT_STORE, MODELS_DIR: home.models, CODE_REVISION: codeRevision() }),
      graceSeconds: stopGraceSeconds,
    }),
  });
  const engine = async (watching: Watching, isJudged = false): Promise<EngineOptions> => {
    if (!isJudged) jobs.warmUp();
    await functions(); // an error of the compiler is not an error of an execution
    const events = await bus();
    const onStatusChange = async (change: StatusChange) => {
      if (change.detail.status === "SUCCEEDED") await removeCheckpoints(home, bucket, change.detail.name);
      await events.put(change);
      await events.idle();
    };
    return { home, tasks, onStatusChange, ...watching };
  };

  return {
    home,
    store,
    bucket,
    temporary: home.temporary,
    invoke,
    describe: (name) => describeExecution(home, name),
    list: () => listExecutions(home),
    async start(name, input, watching = {}) {
      return beginExecution({
        ...(await engine(watching)),
        definition: fillIn(definition, { ...values, ...settings }),
        name,
        input: input as Json,
      });
    },
    async resume(name, watching = {}, takeOver = false) {
      // From there on it is functions' work; the job of a run that meets a new champion loads what it needs itself.
      const isJudged = describeExecution(home, name).states.some((state) => state.name === "QualityGate");
      return resumeExecution({ ...(await engine(watching, isJudged)), name, takeOver });
    },
  };
}

/** The same promise for every call. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

const functionArn = (name: string) => `arn:aws:lambda:${REGION}:${ACCOUNT_ID}:function:${name}`;
const topicName = "notices";
const promoteTask = "local-promote";
const { preprocess, promote } = deploymentSchema.properties;

/** Local values for the placeholders of the definition. */
const values: Record<string, string> = {
  Partition: "aws",
  StackName: "pbp",
  DataBucket: bucket,
  TopicArn: `arn:aws:sns:${REGION}:${ACCOUNT_ID}:${topicName}`,
  ...functionValues(functionArn),
  ...jobValues((job) => ({
    roleArn: `arn:aws:iam::${ACCOUNT_ID}:role/local-jobs`,
    imageUri: `pbp-local/${imageOf(job)}`,
    settingOf: (setting) =>
      setting === "aboveMegabytes"
        ? String(preprocess.properties.aboveMegabytes.default)
        : // Recorded in the jobs' descriptions, and meant nowhere: there is one machine.
          /(count|atOnce)$/i.test(setting)
          ? "1"
          : "local",
  })),
  // Nothing is to be paid for it here, so it is there.
  PromoteTaskAboveMegabytes: String(promote.properties.aboveMegabytes.default),
  PromoteTaskCluster: "local",
  PromoteTaskDefinition: promoteTask,
  FunctionSubnetIds: "local",
  // The home's own, of which the definition of an execution on the disk does not tell.
  ModelsFolder: "local",
  KeepVersions: String(keepVersions),
  FileSystem: "none",
  CodeRevision: "unknown",
  JobSubnetIds: "local",
  JobSecurityGroupId: "local",
  DataKeyArn: "local",
  ProcessingLogUrl: localJobLogs,
  TrainingLogUrl: localJobLogs,
};

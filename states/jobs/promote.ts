// Promote of a bundle that is too large for a function: the same bundle of code, as a Fargate task with the models'
// file system.
import type { ChoiceState, TaskState } from "../asl.ts";
import { limit } from "../limits.ts";
import { promotionCatchers } from "../promote.ts";
import { capacityRetriers, invoke, lambdaRetriers, s3Retriers } from "../tasks.ts";

/** What Promote copies, as a JSONata expression: the archive about as it is, the vectors in two files, and their index. */
const bytesOf = (artifacts: string) =>
  `${artifacts}.model.sizeBytes + ${artifacts}.embeddings.texts * (${artifacts}.embeddings.dimension * ${limit("bytesPerNumber")} + ${limit("bytesPerText")})`;

/** Where a bundle is promoted, `function` or `task`, as a JSONata expression. Not every deployment has the task. */
export const hostFor = (artifacts: string) =>
  `'\${PromoteTaskAboveMegabytes}' = 'none' ? 'function' : (${bytesOf(artifacts)} > $number('\${PromoteTaskAboveMegabytes}') * 1000000 ? 'task' : 'function')`;

const prefix = "$run.prefix & 'promote/'";
// A second comparison, with another champion, has another answer, and so has a redrive.
const attempt =
  "$string($exists($champion.generation) ? $champion.generation : 0) & '-' & $string($states.context.Execution.RedriveCount)";
const answerKey = `${prefix} & ${attempt} & '/answer.json'`;

export const promoteHost: ChoiceState = {
  Comment: "A bundle that is too large for a function's time is promoted by a task, with the same code.",
  Type: "Choice",
  Choices: [{ Condition: "{% $promoteHost = 'function' %}", Next: "Promote" }],
  Default: "PromoteTask",
};

// Capacity among them: RunTask answers with failures in place of a task.
const retriers = capacityRetriers([
  "ECS.AmazonECSException",
  "ECS.ServerException",
  "ECS.SdkClientException",
  "AmazonECS.Unknown",
]);

/** As the function has them (pipeline/functions.ts). Not in the task definition, where they would not be seen here. */
const environment = {
  OBJECT_STORE: "s3",
  DATA_BUCKET: "${DataBucket}",
  MODELS_DIR: "${ModelsFolder}",
  KEEP_VERSIONS: "${KeepVersions}",
  FILE_SYSTEM: "${FileSystem}",
  CODE_REVISION: "${CodeRevision}",
  // ECS itself ends no task.
  TIME_LIMIT_SECONDS: String(limit("promoteTaskRuntime")),
};

const redriveCount = "{% $states.context.Execution.RedriveCount %}";

export const promoteTask: TaskState = {
  Comment: "Does what Promote does, for a large bundle.",
  Type: "Task",
  Resource: "arn:${Partition}:states:::ecs:runTask.sync",
  Arguments: {
    Cluster: "${PromoteTaskCluster}",
    TaskDefinition: "${PromoteTaskDefinition}",
    LaunchType: "FARGATE",
    PlatformVersion: "1.4.0",
    // The stack's, by which a bill is told apart.
    PropagateTags: "TASK_DEFINITION",
    NetworkConfiguration: {
      AwsvpcConfiguration: {
        // Those with the file system's mount targets.
        Subnets: "{% $split('${FunctionSubnetIds}', ',') %}",
        SecurityGroups: ["${JobSecurityGroupId}"],
        AssignPublicIp: "DISABLED",
      },
    },
    Overrides: {
      ContainerOverrides: [
        {
          Name: "promote",
          Command: ["promote", `{% ${prefix} & 'event.json' %}`, `{% ${answerKey} %}`],
          Environment: Object.entries(environment).map(([Name, Value]) => ({ Name, Value })),
        },
      ],
    },
  },
  TimeoutSeconds: limit("promoteTaskTimeout"),
  Retry: retriers,
  Catch: [
    {
      ErrorEquals: ["States.ALL"],
      Assign: {
        promoteEnd: {
          error: "{% $states.errorOutput.Error %}",
          cause: "{% $exists($states.errorOutput.Cause) ? $states.errorOutput.Cause : '' %}",
          redriveCount,
        },
        promoteSaid: {},
      },
      Next: "PromoteTaskFailed",
    },
  ],
  // It answers what it throws, too: only a task that was killed, or never ran, fails.
  Assign: {
    promoteEnd: { error: "States.TaskFailed", cause: "{% $string($states.result) %}", redriveCount },
  },
  Output: {},
  Next: "PromoteAnswer",
};

export const promoteAnswer: TaskState = {
  Comment: "Reads what the task answered: what the function would have returned, or thrown.",
  Type: "Task",
  Resource: "arn:${Partition}:states:::aws-sdk:s3:getObject",
  Arguments: { Bucket: "${DataBucket}", Key: `{% ${answerKey} %}` },
  TimeoutSeconds: limit("announceTimeout"),
  Retry: s3Retriers,
  // As of PreprocessAnswer, 403 may mean that there is none.
  Catch: [{ ErrorEquals: ["States.ALL"], Assign: { promoteSaid: {} }, Next: "PromoteTaskFailed" }],
  Assign: {
    promoteSaid: "{% $parse($states.result.Body) %}",
    promotion:
      "{% $exists($parse($states.result.Body).result) ? $parse($states.result.Body).result : null %}",
  },
  // As Promote's.
  Output: "{% $exists($parse($states.result.Body).result) ? $parse($states.result.Body).result : {} %}",
  Next: "PromoteEnded",
};

export const promoteEnded: ChoiceState = {
  Comment: "Goes on only if the model was promoted; what the task threw is thrown again, under its own name.",
  Type: "Choice",
  Choices: [{ Condition: "{% $exists($promoteSaid.result) %}", Next: "Publish" }],
  Default: "PromoteTaskFailed",
};

/** As explainJobFailure of the jobs: a Task, so that a redrive leads back. */
export const promoteTaskFailed: TaskState = {
  Comment: "Names the failure of PromoteTask, or leads back to it after a redrive.",
  ...invoke("ExplainJobFailure", {
    said: "{% $promoteSaid %}",
    error: "{% $promoteEnd.error %}",
    cause: "{% $promoteEnd.cause %}",
    failedAtRedriveCount: "{% $promoteEnd.redriveCount %}",
    redriveCount,
  }),
  Retry: lambdaRetriers,
  TimeoutSeconds: limit("smallTaskTimeout"),
  Catch: promotionCatchers,
  Output: {},
  Next: "PromoteTask",
};

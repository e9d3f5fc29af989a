import type { ErrorName } from "../schemas/errors.ts";
import type { Catcher, Retrier, TaskState, Value } from "./asl.ts";
import { limit } from "./limits.ts";

/** Retries what a second call can mend: Lambda's own trouble, never an error that our code threw. */
export const lambdaRetriers: readonly Retrier[] = [
  {
    ErrorEquals: [
      "Lambda.ServiceException",
      "Lambda.AWSLambdaException",
      "Lambda.SdkClientException",
      "Lambda.TooManyRequestsException",
      "Lambda.ClientExecutionTimeoutException",
    ],
    IntervalSeconds: limit("lambdaRetryInterval"),
    MaxAttempts: limit("lambdaRetryAttempts"),
    BackoffRate: limit("backoff"),
    MaxDelaySeconds: limit("lambdaRetryDelay"),
    JitterStrategy: "FULL",
  },
];

/** Retries a job that could not be created. A job that ran and failed is States.TaskFailed and is not repeated. */
export const jobRetriers: readonly Retrier[] = [
  {
    ErrorEquals: ["SageMaker.ResourceLimitExceededException"],
    IntervalSeconds: limit("jobRetryInterval"),
    MaxAttempts: limit("quotaRetryAttempts"),
    BackoffRate: limit("backoff"),
    MaxDelaySeconds: limit("jobRetryDelay"),
    JitterStrategy: "FULL",
  },
  {
    // Throttling, and requests that SageMaker refuses, come under this one name.
    ErrorEquals: ["SageMaker.AmazonSageMakerException"],
    IntervalSeconds: limit("jobRetryInterval"),
    MaxAttempts: limit("throttlingRetryAttempts"),
    BackoffRate: limit("backoff"),
    MaxDelaySeconds: limit("jobRetryDelay"),
    JitterStrategy: "FULL",
  },
];

/** Invocation of a Lambda function; `Function` is the name of its substitution without `FunctionArn`. */
export function invoke(functionName: string, payload: Value) {
  return {
    Type: "Task",
    Resource: "arn:${Partition}:states:::lambda:invoke",
    Arguments: { FunctionName: `\${${functionName}FunctionArn}`, Payload: payload },
    Retry: lambdaRetriers,
  } as const;
}

/**
 * A job name that no retry, redrive or second evaluation can collide with: a finished job keeps its name for ever.
 * 63 characters is SageMaker's limit; this takes at most 46.
 */
export function jobName(kind: "embed" | "train" | "evaluate", extra = ""): string {
  const hash = "$substring($hash($states.context.Execution.Id, 'SHA-256'), 0, 16)";
  const counts =
    "$string($states.context.Execution.RedriveCount) & '-' & $string($states.context.State.RetryCount)";
  return `{% 'pbp-${kind}-' & ${hash} & ${extra ? `'-' & ${extra} & ` : ""}'-' & ${counts} %}`;
}

/** EmbedFailed → embedFailed. A name per job: no branch may assign a variable of the scope around it. */
const failureOf = (explainer: string) => explainer.charAt(0).toLowerCase() + explainer.slice(1);

/** Sends every failure of a job to the state that explains it, with what that state needs to know. */
export function jobCatchers(explainer: string): readonly Catcher[] {
  return [
    {
      ErrorEquals: ["States.ALL"],
      Assign: {
        [failureOf(explainer)]: {
          cause:
            "{% $exists($states.errorOutput.Cause) ? $states.errorOutput.Cause : $states.errorOutput.Error %}",
          redriveCount: "{% $states.context.Execution.RedriveCount %}",
        },
      },
      Next: explainer,
    },
  ];
}

/**
 * Fails the execution under the job's own error name, with SageMaker's reason.
 *
 * Why a Task and not a Fail state: Step Functions redrives from the state that failed, and a Fail state fails again.
 * This one is entered again by a redrive, sees the higher count, and leads back to the job.
 */
export function explainJobFailure(name: ErrorName, job: string): TaskState {
  const failure = failureOf(`${job}Failed`);
  return {
    Comment: `Names the failure of ${job}; after a redrive, leads back to it.`,
    ...invoke("ExplainJobFailure", {
      name,
      cause: `{% $${failure}.cause %}`,
      failedAtRedriveCount: `{% $${failure}.redriveCount %}`,
      redriveCount: "{% $states.context.Execution.RedriveCount %}",
    }),
    TimeoutSeconds: limit("smallTaskTimeout"),
    Next: job,
  };
}

/** An input of a processing job: an object, or everything below a prefix, copied to /opt/ml/processing/input/<name>. */
export function processingInput(name: string, uri: string): Value {
  return {
    InputName: name,
    S3Input: {
      S3Uri: uri,
      LocalPath: `/opt/ml/processing/input/${name}`,
      S3DataType: "S3Prefix",
      S3InputMode: "File",
      S3DataDistributionType: "FullyReplicated",
    },
  };
}

/** An output of a processing job: everything in /opt/ml/processing/output/<name>, uploaded when the job ends. */
export function processingOutput(name: string, uri: string): Value {
  return {
    OutputName: name,
    S3Output: { S3Uri: uri, LocalPath: `/opt/ml/processing/output/${name}`, S3UploadMode: "EndOfJob" },
  };
}

/** A value with `{% … %}` parts as one JSONata expression, for where only a part of it depends on a condition. */
export function expression(value: Value): string {
  if (typeof value === "string") return /^\{% (.*) %\}$/.exec(value)?.[1] ?? JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(expression).join(", ")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  return `{ ${Object.entries(value)
    .map(([name, part]) => `${JSON.stringify(name)}: ${expression(part)}`)
    .join(", ")} }`;
}

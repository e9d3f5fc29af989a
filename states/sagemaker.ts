import type { ErrorName } from "../schemas/errors.ts";
import type { Catcher, Retrier, TaskState, Value } from "./asl.ts";
import { instancesOf, type Job, rungOf } from "./instances.ts";
import { limit } from "./limits.ts";
import { invoke } from "./tasks.ts";

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

/**
 * A job name that no retry, redrive, other instance type or second evaluation can collide with: a finished job keeps its
 * name for ever. It begins with the stack's name, in small letters as SageMaker writes ARNs, so that a role can be held to
 * the jobs of its own stack. 63 characters is SageMaker's limit: with 20 of the stack's name this takes at most 62, for a
 * generation below a million, 999 redrives, nine instances and 99 retries.
 */
export function jobName(job: Job, extra = ""): string {
  const hash = "$substring($hash($states.context.Execution.Id, 'SHA-256'), 0, 16)";
  const counts = [
    "$states.context.Execution.RedriveCount",
    `$${rungOf(job)}`,
    "$states.context.State.RetryCount",
  ];
  const parts = [...(extra ? [extra] : []), ...counts.map((count) => `$string(${count})`)];
  return `{% $lowercase('\${StackName}') & '-${job.toLowerCase()}-' & ${hash} & '-' & ${parts.join(" & '-' & ")} %}`;
}

/** By these a bill is told apart, once the account has them on as cost allocation tags; the stack's resources have them too. */
export const jobTags: Value = [
  { Key: "application", Value: "predictive-billing-pipeline" },
  { Key: "stack", Value: "${StackName}" },
];

const failureOf = (job: Job) => `${job.toLowerCase()}Failed`;

/** Sends every failure of a job to the state that explains it, with what that state needs to know. */
export function jobCatchers(job: Job): readonly Catcher[] {
  return [
    {
      ErrorEquals: ["States.ALL"],
      Assign: {
        [failureOf(job)]: {
          cause:
            "{% $exists($states.errorOutput.Cause) ? $states.errorOutput.Cause : $states.errorOutput.Error %}",
          redriveCount: "{% $states.context.Execution.RedriveCount %}",
          rung: `{% $${rungOf(job)} %}`,
        },
      },
      Next: `${job}Failed`,
    },
  ];
}

/**
 * Fails the execution under the job's own error name, with SageMaker's reason; a lack of capacity leads back to the job,
 * with the next instance of its list.
 *
 * Why a Task and not a Fail state: Step Functions redrives from the state that failed, and a Fail state fails again.
 * This one is entered again by a redrive, sees the higher count, and leads back to the job.
 */
export function explainJobFailure(name: ErrorName, job: Job): TaskState {
  const failure = failureOf(job);
  return {
    Comment: `Names the failure of ${job}, or leads back to it: on another instance, or after a redrive.`,
    ...invoke("ExplainJobFailure", {
      name,
      cause: `{% $${failure}.cause %}`,
      failedAtRedriveCount: `{% $${failure}.redriveCount %}`,
      redriveCount: "{% $states.context.Execution.RedriveCount %}",
      rung: `{% $${failure}.rung %}`,
      rungs: `{% ${instancesOf(job).count} %}`,
    }),
    TimeoutSeconds: limit("smallTaskTimeout"),
    Assign: { [rungOf(job)]: "{% $states.result.Payload.rung %}" },
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

/**
 * What a finished job was, for the receipt and the operator: pointers and clock readings, of which the receipt makes
 * seconds and money. `result` is Describe…Job's answer.
 */
export function jobUsage(kind: "Processing" | "Training", state: Job): Value {
  const resources = kind === "Processing" ? "ProcessingResources.ClusterConfig" : "ResourceConfig";
  return {
    state,
    job: `{% $states.result.${kind}JobName %}`,
    log: `{% '\${${kind}LogUrl}' & $states.result.${kind}JobName %}`,
    instanceType: `{% $states.result.${resources}.InstanceType %}`,
    instanceCount: `{% $states.result.${resources}.InstanceCount %}`,
    startedAt: `{% $states.result.${kind}StartTime %}`,
    endedAt: `{% $states.result.${kind}EndTime %}`,
    ...(kind === "Training" && { billableSeconds: "{% $states.result.BillableTimeInSeconds %}" }),
  };
}

import { idOf, type Job } from "../../schemas/execution/jobs.ts";
import type { Catcher, ChoiceState, TaskState, Value } from "../asl.ts";
import { type InputOf, jobTable, type OutputOf } from "../job-table.ts";
import { limit } from "../limits.ts";
import { capacityRetriers, invoke, lambdaRetriers } from "../tasks.ts";
import { instancesOf, jobNetwork, rungOf, throttlesOf } from "./instances.ts";

/**
 * Retries a job that no quota was left for. A job that ran and failed is States.TaskFailed and is not repeated.
 * Throttling and a refused request come under one name, SageMaker.AmazonSageMakerException, which only the explaining
 * state can tell apart.
 */
export const jobRetriers = capacityRetriers(["SageMaker.ResourceLimitExceededException"]);

/**
 * A job name that no retry, redrive, other instance type or second evaluation can collide with: a finished job keeps its
 * name for ever. It begins with the stack's name, in small letters as SageMaker writes ARNs, so that a role can be held to
 * the jobs of its own stack. 63 characters is SageMaker's limit: with 20 of the stack's name this takes at most 62, for a
 * generation below a million, 99 trials, 999 redrives, nine instances and 99 retries.
 */
export function jobName(job: Job, extra = ""): string {
  const hash = "$substring($hash($states.context.Execution.Id, 'SHA-256'), 0, 16)";
  const counts = [
    "$states.context.Execution.RedriveCount",
    `$${rungOf(job)}`,
    "$states.context.State.RetryCount",
  ];
  const parts = [...(extra ? [extra] : []), ...counts.map((count) => `$string(${count})`)];
  return `{% $lowercase('\${StackName}') & '-${idOf(job)}-' & ${hash} & '-' & ${parts.join(" & '-' & ")} %}`;
}

/** By these a bill is told apart, once the account has them on as cost allocation tags; the stack's resources have them too. */
export const costTags = (stackName: string) => ({
  application: "predictive-billing-pipeline",
  stack: stackName,
});

export const jobTags: Value = Object.entries(costTags("${StackName}")).map(([Key, Value]) => ({
  Key,
  Value,
}));

/** Embed → embedEnd: how the job ended, for the states after it. */
const endOf = (job: Job) => `${idOf(job)}End`;

const whereItWas = (job: Job) => ({
  redriveCount: "{% $states.context.Execution.RedriveCount %}",
  rung: `{% $${rungOf(job)} %}`,
});

/** Sends every failure of a job to the state that explains it, with what that state needs to know. */
export function jobCatchers(job: Job): readonly Catcher[] {
  return [
    {
      ErrorEquals: ["States.ALL"],
      Assign: {
        [endOf(job)]: {
          status: "Failed",
          error: "{% $states.errorOutput.Error %}",
          cause: "{% $exists($states.errorOutput.Cause) ? $states.errorOutput.Cause : '' %}",
          ...whereItWas(job),
        },
      },
      Next: `${job}Failed`,
    },
  ];
}

/** What a job's state assigns when the integration takes the job for done. */
export function jobEnd(job: Job): Record<string, Value> {
  const { kind } = jobTable[job];
  const told = [`${kind}JobStatus`, "SecondaryStatus", "FailureReason", "ExitMessage"];
  const fields = told.map((field) => `'${field}': $states.result.${field}`).join(", ");
  return {
    [endOf(job)]: {
      status: `{% $states.result.${kind}JobStatus %}`,
      error: "States.TaskFailed",
      cause: `{% $string({ ${fields} }) %}`,
      ...whereItWas(job),
    },
  };
}

/**
 * Looks at how a job really ended. A job that was stopped (by hand, at its time limit, or because spot capacity never
 * came) is over but not done, and the `.sync` integration does not promise to call that a failure.
 */
export function jobEnded(job: Job, next: string): ChoiceState {
  return {
    Comment: `Goes on only if ${job} was completed; a stopped job is explained as a failed one is.`,
    Type: "Choice",
    Choices: [{ Condition: `{% $${endOf(job)}.status = 'Completed' %}`, Next: next }],
    Default: `${job}Failed`,
  };
}

/**
 * Fails the execution under the job's own error name, with SageMaker's reason; or leads back to the job: with the next
 * instance of its list if there was no capacity, and after a pause if SageMaker was too busy.
 *
 * Why a Task and not a Fail state: Step Functions redrives from the state that failed, and a Fail state fails again.
 * This one is entered again by a redrive, sees the higher count, and leads back to the job. The pause is a retry of this
 * state: the first try says SageMakerBusy, the second leads back.
 */
export function explainJobFailure(job: Job): TaskState {
  const end = endOf(job);
  return {
    Comment: `Names the failure of ${job}, or leads back to it: on another instance, after a pause, or after a redrive.`,
    ...invoke("ExplainJobFailure", {
      name: jobTable[job].error,
      error: `{% $${end}.error %}`,
      cause: `{% $${end}.cause %}`,
      failedAtRedriveCount: `{% $${end}.redriveCount %}`,
      redriveCount: "{% $states.context.Execution.RedriveCount %}",
      rung: `{% $${end}.rung %}`,
      rungs: `{% ${instancesOf(job).count} %}`,
      isSpot: `{% ${instancesOf(job).isSpot} %}`,
      throttles: `{% $${throttlesOf(job)} %}`,
      throttlesAllowed: limit("throttlesAllowed"),
      retryCount: "{% $states.context.State.RetryCount %}",
    }),
    TimeoutSeconds: limit("smallTaskTimeout"),
    Retry: [
      ...lambdaRetriers,
      {
        ErrorEquals: ["SageMakerBusy"],
        IntervalSeconds: limit("jobRetryInterval"),
        MaxAttempts: limit("busyRetryAttempts"),
        BackoffRate: limit("backoff"),
      },
    ],
    Assign: {
      [rungOf(job)]: "{% $states.result.Payload.rung %}",
      [throttlesOf(job)]: "{% $states.result.Payload.throttles %}",
    },
    Next: job,
  };
}

/** What one processing job asks of SageMaker; all else is alike for all. */
type Asked = {
  /** Behind the job's name, a JSONata expression: it runs more than once in an execution. */
  suffix?: string;
  /** What its container is called with. */
  arguments?: readonly string[];
  environment?: Record<string, string>;
  inputs: Value;
  outputs: readonly Value[];
  instanceCount: Value;
  disk: Value;
  /** Whether its container has no network, and so no role. */
  isIsolated: boolean;
};

/** A state that makes a processing job and waits for its end. */
export function processingJob(job: Job, asked: Asked) {
  return {
    Type: "Task",
    Resource: "arn:${Partition}:states:::sagemaker:createProcessingJob.sync",
    Arguments: {
      ProcessingJobName: jobName(job, asked.suffix),
      RoleArn: `\${${job}RoleArn}`,
      AppSpecification: {
        ImageUri: `\${${job}ImageUri}`,
        ...(asked.arguments && { ContainerArguments: asked.arguments }),
      },
      ...(asked.environment && { Environment: asked.environment }),
      ProcessingInputs: asked.inputs,
      ProcessingOutputConfig: { KmsKeyId: "${DataKeyArn}", Outputs: asked.outputs },
      ProcessingResources: { ClusterConfig: instancesOf(job).resources(asked.instanceCount, asked.disk) },
      NetworkConfig: {
        EnableNetworkIsolation: asked.isIsolated,
        EnableInterContainerTrafficEncryption: true,
        VpcConfig: jobNetwork,
      },
      StoppingCondition: { MaxRuntimeInSeconds: limit("jobRuntime") },
      Tags: jobTags,
    },
    TimeoutSeconds: limit("jobTimeout"),
    Retry: jobRetriers,
    Catch: jobCatchers(job),
  } as const;
}

/** An input of a processing job: an object, or everything below a prefix, copied to /opt/ml/processing/input/<name>. */
export function processingInput<Of extends Job>(name: InputOf<Of>, uri: string): Value {
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
export function processingOutput<Of extends Job>(name: OutputOf<Of>, uri: string): Value {
  return {
    OutputName: name,
    S3Output: { S3Uri: uri, LocalPath: `/opt/ml/processing/output/${name}`, S3UploadMode: "EndOfJob" },
  };
}

/**
 * What a finished job was, for the receipt and the operator: pointers and clock readings, of which the receipt makes
 * seconds and money. `result` is Describe…Job's answer.
 */
export function jobUsage(state: Job): Value {
  const { kind } = jobTable[state];
  const resources = kind === "Processing" ? "ProcessingResources.ClusterConfig" : "ResourceConfig";
  return {
    state,
    ...(kind === "Training" && { trial: "{% $trial.trial %}" }),
    job: `{% $states.result.${kind}JobName %}`,
    log: `{% '\${${kind}LogUrl}' & $states.result.${kind}JobName %}`,
    instanceType: `{% $states.result.${resources}.InstanceType %}`,
    instanceCount: `{% $states.result.${resources}.InstanceCount %}`,
    startedAt: orNull(`$states.result.${kind}StartTime`),
    endedAt: orNull(`$states.result.${kind}EndTime`),
    ...(kind === "Training" && { billableSeconds: orNull("$states.result.BillableTimeInSeconds") }),
  };
}

/** A job that was stopped before it had an instance has no times, and an expression must yield a value. */
const orNull = (path: string) => `{% $exists(${path}) ? ${path} : null %}`;

import { readFile } from "node:fs/promises";
import type { JobEnd } from "./job-process.ts";
import type { JobPlan } from "./job-request.ts";
import type { FinalMetric } from "./metrics.ts";

/** Times of a job in milliseconds since the epoch, as Step Functions hands them on. */
export type JobTimes = { created: number; started?: number; ended?: number };

export type JobStatus = "InProgress" | "Completed" | "Failed" | "Stopped";

/** What became of a job; `failureReason` as SageMaker words it. */
export type JobResult = {
  status: JobStatus;
  failureReason?: string;
  exitMessage?: string;
  /** What a training job printed of its metrics. */
  finalMetrics?: FinalMetric[];
  /** s3://… of the uploaded model archive. */
  modelArtifact?: string;
};

// SageMaker keeps this much of what a container leaves behind.
const messageBytes = 1024;
// Room for "AlgorithmError: …, exit code: 137" around the message.
const exitCodeBytes = 40;

/** A job in the shape of DescribeTrainingJob or DescribeProcessingJob. */
export function describe(plan: JobPlan, times: JobTimes, result: JobResult): Record<string, unknown> {
  const { kind } = plan;
  const seconds = times.started && times.ended ? Math.ceil((times.ended - times.started) / 1000) : undefined;
  return {
    ...plan.request,
    [`${kind}JobArn`]: plan.arn,
    [`${kind}JobStatus`]: result.status,
    CreationTime: times.created,
    LastModifiedTime: times.ended ?? times.started ?? times.created,
    ...(times.started && { [`${kind}StartTime`]: times.started }),
    ...(times.ended && { [`${kind}EndTime`]: times.ended }),
    ...(result.failureReason && { FailureReason: cut(result.failureReason) }),
    ...(kind === "Processing" && result.exitMessage && { ExitMessage: cut(result.exitMessage) }),
    ...(kind === "Training" && {
      SecondaryStatus: result.status === "InProgress" ? "Starting" : result.status,
      ...(seconds !== undefined && { TrainingTimeInSeconds: seconds, BillableTimeInSeconds: seconds }),
      ...(result.finalMetrics?.length && { FinalMetricDataList: result.finalMetrics }),
      ...(result.modelArtifact && { ModelArtifacts: { S3ModelArtifacts: result.modelArtifact } }),
    }),
  };
}

/**
 * Reads how a process's end counts. A training job says what went wrong in output/failure, a processing job in
 * output/message; the first becomes part of the FailureReason, the second the ExitMessage.
 */
export async function judge(plan: JobPlan, end: JobEnd, base: string): Promise<JobResult> {
  const file = plan.kind === "Training" ? "failure" : "message";
  const message = await readFile(`${base}/output/${file}`, "utf8").catch(() => "");
  const exitMessage = plan.kind === "Processing" && message !== "" ? { exitMessage: message } : {};
  switch (end.how) {
    case "lost":
      return {
        status: "Failed",
        failureReason: `InternalServerError: The job was lost: ${end.reason}.`,
        ...exitMessage,
      };
    case "aborted":
      return { status: "Stopped", failureReason: "The job was stopped.", ...exitMessage };
    case "timedOut":
      return { status: "Stopped", failureReason: "MaxRuntimeExceeded", ...exitMessage };
    case "exited": {
      if (end.exitCode === 0) return { status: "Completed", ...exitMessage };
      const said =
        plan.kind === "Training"
          ? cut(message, messageBytes - exitCodeBytes)
          : "See job logs for more information";
      return {
        status: "Failed",
        failureReason: `AlgorithmError: ${said}, exit code: ${end.exitCode}`,
        ...exitMessage,
      };
    }
  }
}

/** At most that many bytes, without half a character at the end. */
function cut(text: string, maxBytes = messageBytes): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= maxBytes) return text;
  return new TextDecoder().decode(bytes.subarray(0, maxBytes), { stream: true });
}

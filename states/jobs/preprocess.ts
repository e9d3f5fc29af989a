// Preprocess of an export that is too large for a function: the same bundle, on an instance with a disk of its size.
import type { ChoiceState, TaskState } from "../asl.ts";
import { limit } from "../limits.ts";
import { s3Retriers } from "../tasks.ts";
import {
  explainJobFailure,
  jobEnd,
  jobUsage,
  processingInput,
  processingJob,
  processingOutput,
} from "./sagemaker.ts";

/** What Preprocess works through, as a JSONata expression. A learning curve's shares are written beside the rows. */
const bytesOf = (run: string) => {
  const unpacked = `(${run}.source.gzip = true ? ${limit("unpackedTimes")} : 1)`;
  const drawn = `(1 + ($exists(${run}.curve) ? $sum(${run}.curve.shares) : 0))`;
  return `${run}.source.sizeBytes * ${unpacked} * ${drawn}`;
};
const disk = `$min([$ceil(${bytesOf("$run")} * ${limit("spoolTimes")} / 1000000000) + ${limit("spareDisk")}, ${limit("largestDisk")}])`;

/** Where an export is prepared, `function` or `job`, as a JSONata expression. */
export const hostFor = (run: string) =>
  `${bytesOf(run)} > $number('\${PreprocessJobAboveMegabytes}') * 1000000 ? 'job' : 'function'`;

const answerPrefix = "$run.prefix & 'preprocess/'";

export const preprocessHost: ChoiceState = {
  Comment:
    "An export that is too large for a function's disk and time is prepared by a job, with the same code.",
  Type: "Choice",
  Choices: [{ Condition: "{% $preprocessHost = 'function' %}", Next: "Preprocess" }],
  Default: "PreprocessJob",
};

export const preprocessJob: TaskState = {
  Comment: "Does what Preprocess does, for a large export.",
  ...processingJob("PreprocessJob", {
    arguments: ["preprocess"],
    environment: { OBJECT_STORE: "s3", DATA_BUCKET: "${DataBucket}" },
    // The function's event. An environment variable or an argument has 256 characters.
    inputs: [
      processingInput<"PreprocessJob">("run", "{% 's3://${DataBucket}/' & $run.prefix & 'run.json' %}"),
    ],
    outputs: [processingOutput<"PreprocessJob">("answer", `{% 's3://\${DataBucket}/' & ${answerPrefix} %}`)],
    instanceCount: limit("oneInstance"),
    disk: `{% ${disk} %}`,
    // It reads and writes the bucket itself, as the function does: isolated, it would have neither network nor role.
    isIsolated: false,
  }),
  Assign: { ...jobEnd("PreprocessJob"), jobs: [jobUsage("PreprocessJob")] },
  Output: {},
  // No Choice by how it ended, as the others have: an answer is there only if the work was done.
  Next: "PreprocessAnswer",
};

export const preprocessJobFailed: TaskState = explainJobFailure("PreprocessJob");

export const preprocessAnswer: TaskState = {
  Comment: "Reads what the job answered, which is what the function would have.",
  Type: "Task",
  Resource: "arn:${Partition}:states:::aws-sdk:s3:getObject",
  Arguments: { Bucket: "${DataBucket}", Key: `{% ${answerPrefix} & 'answer.json' %}` },
  TimeoutSeconds: limit("announceTimeout"),
  Retry: s3Retriers,
  // A stopped job leaves no answer. Who may not list the bucket is told 403 of a missing object, not 404 (S3 API
  // Reference, GetObject, "Permissions"), so every error here is the job's.
  Catch: [{ ErrorEquals: ["States.ALL"], Next: "PreprocessJobFailed" }],
  Assign: { dataset: "{% $parse($states.result.Body) %}" },
  Output: "{% $parse($states.result.Body) %}",
  Next: "CheckKind",
};

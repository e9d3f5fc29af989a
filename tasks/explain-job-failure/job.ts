// Why a job of SageMaker failed, in words that we chose, and whether trying it again may help.
import { getSystemErrorMap } from "node:util";
import { type ErrorName, errorMeanings } from "../../schemas/tables/errors.ts";
import { parseObject } from "../formats/parse-object.ts";

const jobErrors = ["PreprocessFailed", "EmbeddingFailed", "TrainingFailed", "EvaluationFailed"];
const counts = { type: "integer", minimum: 0 };

export const jobFailed = {
  type: "object",
  additionalProperties: false,
  required: [
    "name",
    "error",
    "cause",
    "redriveCount",
    "failedAtRedriveCount",
    "rung",
    "rungs",
    "isSpot",
    "throttles",
    "throttlesAllowed",
    "retryCount",
  ],
  properties: {
    name: { enum: jobErrors },
    error: { type: "string" },
    cause: { type: "string" },
    redriveCount: counts,
    failedAtRedriveCount: counts,
    rung: counts,
    rungs: { type: "integer", minimum: 1 },
    isSpot: { type: "boolean" },
    throttles: counts,
    throttlesAllowed: counts,
    retryCount: counts,
  },
};

export type JobFailed = {
  name: ErrorName;
  /** Step Functions' name for it, and what it says: a job's description, or the service's answer to the request. */
  error: string;
  cause: string;
  redriveCount: number;
  failedAtRedriveCount: number;
  /** Which instance of the job's list the job failed on, from 0, and how many the list has. */
  rung: number;
  rungs: number;
  isSpot: boolean;
  /** How often SageMaker was too busy for this job, and how often it may be. */
  throttles: number;
  throttlesAllowed: number;
  /** Above 0 once the pause of the state's own retry is over. */
  retryCount: number;
};

// The failure file has 1,024 bytes.
const longestReason = 1024;
const ourNames = Object.keys(errorMeanings).join("|");
// What our jobs write to their failure file, as SageMaker passes it on.
const ourReason = new RegExp(
  `^(?:AlgorithmError: )?(${ourNames}): ([^\\n]+?)(?:, exit code: [0-9]+)?\\s*(?:\\n|$)`,
);

// What job-runner.ts says on one machine, where nobody but its operator can do anything about it.
const machineReason = /^InternalServerError: (E[A-Z0-9]+) outside the job's process\.$/;

/** `no space left on device (ENOSPC)`. */
function inWords(code: string): string {
  const [, words] = [...getSystemErrorMap().values()].find(([name]) => name === code) ?? [];
  return words ? `${words} (${code})` : code;
}

// AWS's own reasons by the word they begin with, in our words: theirs may go on with a stack trace of the script, and that
// may quote the data.
const knownReasons: Record<string, string> = {
  CapacityError: "AWS has no instance of this type free. Wait, or choose another instance type.",
  ResourceLimitExceeded: "The account's quota for this instance type is too small. Ask AWS for a larger one.",
  MaxWaitTimeExceeded: "Spot capacity was not there, or was taken away, for too long.",
  MaxRuntimeExceeded: "The job ran into its time limit and was stopped.",
  Timeout: "The job ran into the state's time limit.",
  InternalServerError: "SageMaker had an internal error.",
  ClientError: "SageMaker could not prepare the job's image or inputs; the job's description says which.",
};

// What SageMaker answers to a request when no job comes of it, in our words.
const refusals: Record<string, string> = {
  ValidationException: "a field of it is not valid",
  AccessDeniedException: "the state machine's role, or the job's, lacks a permission",
  AccessDenied: "the state machine's role, or the job's, lacks a permission",
  ResourceNotFound: "something that it names does not exist",
  ResourceInUse: "a job of this name exists already",
};
const busy = [
  "ThrottlingException",
  "TooManyRequestsException",
  "ServiceUnavailable",
  "InternalFailure",
  "RequestTimeout",
];
// Fields of our requests. A validation error names the path of a field, in the letter case of the wire.
const requestFields = [
  "executionRoleArn imageUri instanceCount instanceType kmsKeyId localPath maxRuntimeInSeconds maxWaitTimeInSeconds",
  "processingJobName roleArn s3OutputPath s3Uri securityGroupIds subnets trainingImage trainingJobName",
  "volumeKmsKeyId volumeSizeInGB",
]
  .join(" ")
  .split(" ");

// Reasons that another instance type, or the same one on demand, may not have.
const capacityReasons = ["CapacityError", "ResourceLimitExceeded", "MaxWaitTimeExceeded"];

/** Whether the next instance of the list may do what this one could not. */
export function anotherInstanceMayDo(cause: string, isSpot: boolean): boolean {
  // Not every region has every type. SageMaker's words: aws/amazon-sagemaker-examples, issues 1001 and 3494.
  if (parseObject(cause) === null && refusedField(cause) === "instanceType") return true;
  const reason = reasonIn(cause, parseObject(cause)) ?? "";
  // Spot has its own short limit; the next instance continues from the checkpoint.
  return capacityReasons.includes(reason) || (isSpot && reason === "MaxRuntimeExceeded");
}

/** Whether SageMaker may take the same request a minute later. */
export function isBusy(cause: string): boolean {
  return parseObject(cause) === null && busy.some((word) => wordsIn(cause).includes(word));
}

/** The field for which a request was refused, if it is one of ours. */
function refusedField(cause: string): string | undefined {
  if (/\bUnsupported instance type\b/.test(cause)) return "instanceType";
  const path = /\bat '([\w.]{1,200})'/.exec(cause)?.[1]?.split(".") ?? [];
  return requestFields.find((name) => name.toLowerCase() === path.at(-1)?.toLowerCase());
}

/** A refused request made no job, so there is no log to look at. */
function explainRefusal(cause: string): string {
  const words = wordsIn(cause);
  const known = words.find((word) => Object.hasOwn(refusals, word));
  const why = isBusy(cause)
    ? "it was too busy"
    : known
      ? refusals[known]
      : "for a reason that we do not know";
  const field = refusedField(cause);
  const where = field ? ` (${field})` : "";
  return `SageMaker refused the request for the job: ${why}${where}. No job was made, so there is no log; the execution's history has SageMaker's own words.`;
}

/**
 * The error under which a job's failure leaves the execution.
 *
 * @param name The state's error name, unless the job's own message carries one of ours.
 * @param cause The Describe…Job answer as JSON, or what the service answered to the request.
 * @param error Step Functions' name for the failure.
 * @returns A message without any word that we did not choose: our job's sentence, or our wording of AWS's reason.
 */
export function explainFailure(
  name: ErrorName,
  cause: string,
  error: string,
): { name: ErrorName; message: string } {
  const job = parseObject(cause);
  const said = sayings(job);
  for (const text of said) {
    const [, ownName, sentence] = ourReason.exec(text) ?? [];
    if (ownName && sentence) return { name: ownName as ErrorName, message: sentence.slice(0, longestReason) };
  }
  const ofMachine = said.map((text) => machineReason.exec(text)?.[1]).find(Boolean);
  if (ofMachine)
    return {
      name,
      message: `The job's inputs or outputs could not be copied: ${inWords(ofMachine)}. See pbp doctor.`,
    };
  const known = reasonIn(cause || error, job);
  if (known) return { name, message: knownReasons[known]! };
  if (job === null && error.startsWith("SageMaker.")) return { name, message: explainRefusal(cause) };
  const status = job?.TrainingJobStatus ?? job?.ProcessingJobStatus;
  if (status === "Stopped") return { name, message: "The job was stopped before it was finished." };
  if (status === "Completed")
    return {
      name,
      message: `The job was completed, but what it answered could not be read from the bucket. The state machine's role needs s3:GetObject on it and kms:Decrypt on the key.`,
    };
  const exitCode = said.map((text) => /\bexit code: ([0-9]{1,3})\b/i.exec(text)?.[1]).find(Boolean);
  return {
    name,
    message: exitCode
      ? `The job's script ended with exit code ${exitCode} and left no reason; its log has more.`
      : "SageMaker gave a reason that we do not pass on, as it may quote the data. The job's log has it.",
  };
}

const wordsIn = (cause: string): string[] => cause.match(/\w+/g) ?? [];

function sayings(job: Record<string, unknown> | null): string[] {
  return [job?.ExitMessage, job?.FailureReason].filter((text) => typeof text === "string");
}

/** AWS's word for the reason, one of knownReasons. */
function reasonIn(cause: string, job: Record<string, unknown> | null): string | undefined {
  // Without a job there is only the service's answer, in which the word may stand anywhere.
  const words = job
    ? [job.SecondaryStatus, ...sayings(job).map((text) => /^\w+/.exec(text)?.[0])]
    : wordsIn(cause);
  return words.find((word): word is string => typeof word === "string" && Object.hasOwn(knownReasons, word));
}

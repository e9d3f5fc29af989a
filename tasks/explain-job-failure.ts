// Why this step exists: SageMaker's failure is a Describe…Job answer inside a string, in words that may quote the data.
// This names the failure, or leads back to the job: with the next instance of its list when AWS had none of this one, and
// after a redrive, which comes in here because this is a Task and not a Fail state.
import { type ErrorName, errorMeanings, NamedError } from "../schemas/errors.ts";
import { task } from "./task.ts";

const event = {
  type: "object",
  additionalProperties: false,
  required: ["name", "cause", "redriveCount", "failedAtRedriveCount", "rung", "rungs"],
  properties: {
    name: { enum: ["EmbeddingFailed", "TrainingFailed", "EvaluationFailed"] },
    cause: { type: "string" },
    redriveCount: { type: "integer", minimum: 0 },
    failedAtRedriveCount: { type: "integer", minimum: 0 },
    rung: { type: "integer", minimum: 0 },
    rungs: { type: "integer", minimum: 1 },
  },
};
type Event = {
  name: ErrorName;
  cause: string;
  redriveCount: number;
  failedAtRedriveCount: number;
  /** Which instance of the job's list the job failed on, from 0, and how many the list has. */
  rung: number;
  rungs: number;
};

/** Returns the instance to try, or throws the failure. */
export const handler = task(event, async (failed: Event): Promise<{ rung: number }> => {
  if (failed.redriveCount > failed.failedAtRedriveCount) return { rung: 0 };
  const next = failed.rung + 1;
  if (next < failed.rungs && lacksCapacity(failed.cause)) return { rung: next };
  const { name, message } = explainFailure(failed.name, failed.cause);
  throw new NamedError(name, message);
});

// The failure file has 1,024 bytes.
const longestReason = 1024;
const ourNames = Object.keys(errorMeanings).join("|");
// What our jobs write to their failure file, as SageMaker passes it on.
const ourReason = new RegExp(
  `^(?:AlgorithmError: )?(${ourNames}): ([^\\n]+?)(?:, exit code: [0-9]+)?\\s*(?:\\n|$)`,
);

// AWS's own reasons by the word they begin with, in our words: theirs may go on with a stack trace of the script, and that
// may quote the data.
const knownReasons: Record<string, string> = {
  CapacityError: "AWS has no instance of this type free. Wait, or choose another instance type.",
  ResourceLimitExceeded: "The account's quota for this instance type is too small. Ask AWS for a larger one.",
  MaxWaitTimeExceeded: "Spot capacity was not there, or was taken away, for too long.",
  MaxRuntimeExceeded: "The job ran into its time limit and was stopped.",
  Timeout: "The job ran into the state's time limit.",
  InternalServerError: "SageMaker had an error of its own.",
  AccessDeniedException: "The job's role, or the state machine's, lacks a permission.",
  ClientError: "SageMaker could not prepare the job's image or inputs; the job's description says which.",
};

// Reasons that another instance type, or the same one on demand, may not have.
const capacityReasons = ["CapacityError", "ResourceLimitExceeded", "MaxWaitTimeExceeded"];

/** Whether a job failed for want of an instance. */
export function lacksCapacity(cause: string): boolean {
  return capacityReasons.includes(reasonIn(cause, parseObject(cause)) ?? "");
}

/**
 * The error under which a job's failure leaves the execution.
 *
 * @param name The state's error name, unless the job's own message carries one of ours.
 * @param cause The Describe…Job answer as JSON, or an error name or message of the service.
 * @returns A message without any word that we did not choose: our job's sentence, or our wording of AWS's reason.
 */
export function explainFailure(name: ErrorName, cause: string): { name: ErrorName; message: string } {
  const job = parseObject(cause);
  const said = sayings(job);
  for (const text of said) {
    const [, ownName, sentence] = ourReason.exec(text) ?? [];
    if (ownName && sentence) return { name: ownName as ErrorName, message: sentence.slice(0, longestReason) };
  }
  const known = reasonIn(cause, job);
  if (known) return { name, message: knownReasons[known]! };
  const status = job?.TrainingJobStatus ?? job?.ProcessingJobStatus;
  if (status === "Stopped") return { name, message: "The job was stopped before it was finished." };
  const exitCode = said.map((text) => /\bexit code: ([0-9]{1,3})\b/i.exec(text)?.[1]).find(Boolean);
  return {
    name,
    message: exitCode
      ? `The job's script ended with exit code ${exitCode} and left no reason; its log has more.`
      : "SageMaker gave a reason that we do not pass on, as it may quote the data. The job's log has it.",
  };
}

function sayings(job: Record<string, unknown> | null): string[] {
  return [job?.ExitMessage, job?.FailureReason].filter((text) => typeof text === "string");
}

/** AWS's word for the reason, one of knownReasons. */
function reasonIn(cause: string, job: Record<string, unknown> | null): string | undefined {
  // Without a job there is only the service's answer, in which the word may stand anywhere.
  const words = job
    ? [job.SecondaryStatus, ...sayings(job).map((text) => /^\w+/.exec(text)?.[0])]
    : (cause.match(/\w+/g) ?? []);
  return words.find((word): word is string => typeof word === "string" && Object.hasOwn(knownReasons, word));
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

// Why this step exists: SageMaker's failure is a Describe…Job answer inside a string, in words that may quote the data.
// This names the failure, and being a Task and not a Fail state it is where a redrive comes in: then it leads back.
import { type ErrorName, errorMeanings, NamedError } from "../schemas/errors.ts";
import { task } from "./task.ts";

const event = {
  type: "object",
  additionalProperties: false,
  required: ["name", "cause", "redriveCount", "failedAtRedriveCount"],
  properties: {
    name: { enum: ["EmbeddingFailed", "TrainingFailed", "EvaluationFailed"] },
    cause: { type: "string" },
    redriveCount: { type: "integer", minimum: 0 },
    failedAtRedriveCount: { type: "integer", minimum: 0 },
  },
};
type Event = { name: ErrorName; cause: string; redriveCount: number; failedAtRedriveCount: number };

export const handler = task(event, async (failed: Event): Promise<Record<string, never>> => {
  if (failed.redriveCount > failed.failedAtRedriveCount) return {};
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
  MaxRuntimeExceeded: "The job ran into its time limit and was stopped.",
  Timeout: "The job ran into the state's time limit.",
  InternalServerError: "SageMaker had an error of its own.",
  AccessDeniedException: "The job's role, or the state machine's, lacks a permission.",
  ClientError: "SageMaker could not prepare the job's image or inputs; the job's description says which.",
};

/**
 * The error under which a job's failure leaves the execution.
 *
 * @param name The state's error name, unless the job's own message carries one of ours.
 * @param cause The Describe…Job answer as JSON, or an error name or message of the service.
 * @returns A message without any word that we did not choose: our job's sentence, or our wording of AWS's reason.
 */
export function explainFailure(name: ErrorName, cause: string): { name: ErrorName; message: string } {
  const job = parseObject(cause);
  const said = [job?.ExitMessage, job?.FailureReason].filter((text) => typeof text === "string");
  for (const text of said) {
    const [, ownName, sentence] = ourReason.exec(text) ?? [];
    if (ownName && sentence) return { name: ownName as ErrorName, message: sentence.slice(0, longestReason) };
  }
  // Without a job there is only the service's answer, in which the word may stand anywhere.
  const words = job
    ? [job.SecondaryStatus, ...said.map((text) => /^\w+/.exec(text)?.[0])]
    : (cause.match(/\w+/g) ?? []);
  const known = words.find((word) => typeof word === "string" && Object.hasOwn(knownReasons, word));
  if (typeof known === "string") return { name, message: knownReasons[known]! };
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

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

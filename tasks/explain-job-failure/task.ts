// Why a Fargate task left no promotion: what it said itself, or what ECS says of it, in words that we chose.
import { type ErrorName, errorMeanings } from "../../schemas/tables/errors.ts";
import { parseObject } from "../formats/parse-object.ts";

const counts = { type: "integer", minimum: 0 };
export const taskFailed = {
  type: "object",
  additionalProperties: false,
  required: ["said", "error", "cause", "redriveCount", "failedAtRedriveCount"],
  properties: {
    said: {
      type: "object",
      properties: {
        error: {
          type: "object",
          additionalProperties: false,
          required: ["name", "message"],
          properties: { name: { type: "string" }, message: { type: "string" } },
        },
      },
    },
    error: { type: "string" },
    cause: { type: "string" },
    redriveCount: counts,
    failedAtRedriveCount: counts,
  },
};

export type TaskFailed = {
  /** What the task left in the bucket: what the function threw; empty when it was killed before. */
  said: { error?: { name: string; message: string } };
  /** Step Functions' name for it, and what it says: the task's description, or the service's answer to the request. */
  error: string;
  cause: string;
  redriveCount: number;
  failedAtRedriveCount: number;
};

// What ECS begins its reasons with, in our words. Source: ECS Developer Guide, "Stopped tasks error messages",
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
const knownReasons: Record<string, string> = {
  CannotPullContainerError:
    "Fargate could not pull the image functions. Look whether it has the tag in use (pbp doctor), and whether the subnets reach ECR (docs/deployment.md).",
  ResourceInitializationError:
    "Fargate could not prepare the task: it cannot reach ECR, CloudWatch Logs or the file system, or may not use them (docs/deployment.md).",
  OutOfMemoryError: "The task ran out of memory.",
  InternalError: "ECS had an internal error.",
  Timeout: "The task ran into the state's time limit.",
};

// What ECS answers to a request when no task comes of it. Source: ECS API Reference, RunTask, Errors,
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html
const refusals: Record<string, string> = {
  AccessDeniedException: "the state machine's role lacks a permission",
  ClusterNotFoundException: "its cluster does not exist",
  InvalidParameterException: "a field of it is not valid, or the account lacks the role AWSServiceRoleForECS",
  ClientException: "the task definition cannot be used, or the quota for Fargate's vCPUs is used up",
  BlockedException: "the account is blocked",
  // Step Functions' name for an answer with failures in place of a task.
  Unknown: "it had no capacity",
};

const ended: Record<number, string> = {
  124: "The task ran into its own time limit.",
  137: "The task was killed: it did not stop in time, or ran out of memory.",
  143: "The task was stopped before it was finished.",
};

/** The error under which the failure leaves the execution. */
export function explainTask({ said, error, cause }: TaskFailed): { name: ErrorName; message: string } {
  const failed = (message: string) => ({ name: "PromotionFailed" as const, message });
  if (said.error) {
    const { name, message } = said.error;
    return Object.hasOwn(errorMeanings, name) ? { name: name as ErrorName, message } : failed(message);
  }
  const described = parseObject(cause);
  const task = described && !("Failures" in described) ? described : null;
  const words = (task ? texts(task) : [error, cause]).flatMap((text) => text.match(/\w+/g) ?? []);
  const known = words.find((word) => Object.hasOwn(knownReasons, word));
  if (known) return failed(knownReasons[known]!);
  if (task === null && cause !== "") {
    const why = words.find((word) => Object.hasOwn(refusals, word));
    return failed(
      `ECS refused the request for the task: ${why ? refusals[why] : "for a reason that we do not know"}. No task was made, so there is no log; the execution's history has ECS's own words.`,
    );
  }
  const code = containersOf(task)
    .map(({ ExitCode }) => ExitCode)
    .find((one) => typeof one === "number");
  if (typeof code === "number" && ended[code]) return failed(ended[code]);
  if (task?.StopCode === "UserInitiated") return failed("The task was stopped before it was finished.");
  return failed(
    code === undefined || code === 0
      ? "The task ended, but what it answered could not be read from the bucket. The state machine's role needs s3:GetObject on it and kms:Decrypt on the key."
      : `The task ended with exit code ${code} and left no answer that could be read; its log has more.`,
  );
}

type Fields = Record<string, unknown>;

const containersOf = (task: Fields | null): Fields[] =>
  Array.isArray(task?.Containers) ? task.Containers.filter((one) => typeof one === "object" && one) : [];

/** ECS's own reasons; of a container and of the task. */
function texts(task: Fields): string[] {
  return [...containersOf(task).map(({ Reason }) => Reason), task.StoppedReason].filter(
    (text): text is string => typeof text === "string",
  );
}

import type { ErrorName } from "../../schemas/tables/errors.ts";
import { NamedError } from "../../schemas/tables/errors.ts";
import { door } from "./door.ts";

/**
 * Wraps a step's work as a Lambda handler: the event is checked at the door, and every failure leaves under a
 * name of schemas/tables/errors.json.
 *
 * @param event JSON Schema of the event. A refusal throws `refusal` (default TaskFailed: the definition sent nonsense).
 * @param work Gets the checked event. NamedErrors pass; anything else becomes TaskFailed, of which only class and code
 *   are told, since the message of a foreign error may quote the data.
 */
export function task<E, R>(event: object, work: (event: E) => Promise<R>, refusal: ErrorName = "TaskFailed") {
  const check = door<E>(event, { what: "The event", name: refusal });
  return async (received: unknown): Promise<R> => {
    try {
      return await work(check(received));
    } catch (error) {
      if (error instanceof NamedError) throw error;
      throw named(error);
    }
  };
}

function named(error: unknown): NamedError {
  const frames = error instanceof Error ? framesOf(error) : [];
  const at = frames[0]?.match(/\bat (?:async )?([\w.<>]+) \(/)?.[1];
  const failure = new NamedError(
    "TaskFailed",
    `${kindOf(error)}${at ? ` in ${at}` : ""}. Its message may quote the data and is left out.`,
  );
  failure.stack = [`${failure.name}: ${failure.message}`, ...frames].join("\n");
  return failure;
}

/** What an error is called: a service's error code stands in its name, a system call's in its code. */
function kindOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  const words = [error.constructor.name, error.name, code].filter((word) => /^[A-Za-z]\w{0,63}$/.test(word));
  // A refusal of S3's without a body has no name, only this.
  const { httpStatusCode } = ("$metadata" in error ? error.$metadata : {}) as { httpStatusCode?: unknown };
  const status = typeof httpStatusCode === "number" ? [`HTTP ${httpStatusCode}`] : [];
  return [...new Set(words), ...status].join(" ");
}

function framesOf(error: Error): string[] {
  // The stack begins with the message, in which a line may look like a frame: what comes after it counts. A message that
  // was changed since is not found, and then no frame is trusted.
  const stack = error.stack ?? "";
  const begin = stack.indexOf(error.message);
  if (begin < 0) return [];
  return stack
    .slice(begin + error.message.length)
    .split("\n")
    .filter((line) => /^\s+at /.test(line));
}

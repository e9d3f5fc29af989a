import type { ErrorName } from "../schemas/errors.ts";
import { NamedError } from "../schemas/errors.ts";
import { door } from "./door.ts";

/**
 * Wraps a step's work as a Lambda handler: the event is checked at the door, and whatever goes wrong leaves under a
 * name of schemas/errors.json.
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
  const type = error instanceof Error ? error.constructor.name : typeof error;
  const code =
    error instanceof Error && "code" in error && typeof error.code === "string" ? ` ${error.code}` : "";
  const at = error instanceof Error ? (error.stack?.match(/\bat ([\w.<>]+) \(/)?.[1] ?? "") : "";
  const failure = new NamedError(
    "TaskFailed",
    `${type}${code}${at ? ` in ${at}` : ""}. Its message may quote the data and is left out.`,
  );
  // The stack of frames, without the first line, which is the message.
  if (error instanceof Error && error.stack)
    failure.stack = `${failure.name}: ${failure.message}\n${error.stack
      .split("\n")
      .filter((line) => /^\s+at /.test(line))
      .join("\n")}`;
  return failure;
}

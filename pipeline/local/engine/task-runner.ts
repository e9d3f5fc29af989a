import type { TaskProgress } from "../../execution.ts";

export type TaskContext = {
  /**
   * Aborted when the state times out, a sibling branch fails, or the execution is stopped. The runner then stops
   * its work and settles (resolved or rejected, the answer is dropped); the engine waits for that, so that no job
   * outlives its execution.
   */
  signal: AbortSignal;
  /** The state's TimeoutSeconds, where it has one. The engine keeps the time; the runner may pass it on. */
  timeoutSeconds?: number;
  executionName: string;
  stateName: string;
  /** A `.sync` runner calls this once its job is accepted, with the Create…Job answer: the TaskSubmitted event. */
  onSubmitted: (answer: unknown) => void;
  onProgress: (progress: TaskProgress) => void;
};

/**
 * Does the work of one Task state: `args` are the evaluated Arguments, the result is what the state sees as
 * `$states.result`. A failure that Retry and Catch can match on is thrown as a TaskError; anything else that is
 * thrown counts as States.TaskFailed without a cause.
 */
export type TaskRunner = (args: unknown, context: TaskContext) => Promise<unknown>;

/** The runners by resource: `arn:aws:states:::lambda:invoke` → runner. */
export type TaskRunners = Record<string, TaskRunner>;

/** A failure with the error name and cause that Step Functions would report for the same resource. */
export class TaskError extends Error {
  readonly error: string;
  override readonly cause: string;

  constructor(error: string, cause = "") {
    super(cause === "" ? error : `${error}: ${cause}`);
    this.name = "TaskError";
    this.error = error;
    this.cause = cause;
  }
}

import { REGION } from "../machine/identity.ts";
import type { Json, TaskState } from "./definition.ts";
import { type Engine, record, type Scope } from "./engine.ts";
import { evaluateField, evaluateWhole, requireSize } from "./fields.ts";
import { TaskError } from "./task-runner.ts";

/** Step Functions' limits for an error's name and cause. */
const ERROR_LIMIT = 256;
const CAUSE_LIMIT = 32_768;

/** Runs a task once. Resolves to its answer; throws the TaskError it failed with, after journalling it. */
export async function attemptTask(engine: Engine, scope: Scope, state: TaskState): Promise<Json> {
  const visit = scope.position.visit!;
  if (visit.result !== undefined) return visit.result.value;
  const args =
    state.Arguments === undefined
      ? visit.input
      : await evaluateField(engine, scope, "Arguments", state.Arguments);
  const timeoutSeconds =
    state.TimeoutSeconds === undefined
      ? undefined
      : await evaluateWhole(engine, scope, "TimeoutSeconds", state.TimeoutSeconds, 1);
  scope.signal.throwIfAborted();
  const kind = resourceOf(state);
  record(
    engine,
    scope,
    {
      type: "TaskScheduled",
      taskScheduledEventDetails: {
        ...kind,
        region: REGION,
        parameters: JSON.stringify(args),
        ...(timeoutSeconds === undefined ? {} : { timeoutInSeconds: timeoutSeconds }),
      },
    },
    { type: "TaskStarted", taskStartedEventDetails: kind },
  );

  const timeout = new AbortController();
  const finished = new AbortController();
  const signal = AbortSignal.any([scope.signal, timeout.signal]);
  if (timeoutSeconds !== undefined) {
    engine.clock.sleep(timeoutSeconds * 1000, AbortSignal.any([finished.signal, signal])).then(() => {
      if (!finished.signal.aborted) timeout.abort();
    });
  }
  let failure: TaskError | undefined;
  let answer: Json = null;
  try {
    const result = await engine.tasks[state.Resource]!(args, {
      signal,
      timeoutSeconds,
      executionName: engine.context.Execution.Name,
      stateName: visit.state,
      onSubmitted: (submitted) => {
        const output = JSON.stringify(submitted ?? null);
        const taskSubmittedEventDetails = { ...kind, output, outputDetails: { truncated: false } };
        record(engine, scope, { type: "TaskSubmitted", taskSubmittedEventDetails });
      },
      onProgress: (progress) => engine.onProgress(visit.state, progress),
    });
    answer = requireSize(JSON.parse(JSON.stringify(result ?? null)) as Json);
  } catch (error) {
    // What is not a TaskError is a mistake in the runner; its message may hold data, so only its name is passed on.
    failure =
      error instanceof TaskError
        ? error
        : new TaskError("States.TaskFailed", error instanceof Error ? error.name : "");
  } finally {
    finished.abort();
  }
  scope.signal.throwIfAborted();
  if (timeout.signal.aborted) {
    failure = new TaskError("States.Timeout", `The task took longer than ${timeoutSeconds} seconds`);
    const { error, cause } = failure;
    record(engine, scope, { type: "TaskTimedOut", taskTimedOutEventDetails: { ...kind, error, cause } });
  } else if (failure !== undefined) {
    const error = failure.error.slice(0, ERROR_LIMIT);
    const cause = failure.cause.slice(0, CAUSE_LIMIT);
    failure = new TaskError(error, cause);
    record(engine, scope, { type: "TaskFailed", taskFailedEventDetails: { ...kind, error, cause } });
  } else {
    const taskSucceededEventDetails = {
      ...kind,
      output: JSON.stringify(answer),
      outputDetails: { truncated: false },
    };
    record(engine, scope, { type: "TaskSucceeded", taskSucceededEventDetails });
  }
  if (failure !== undefined) throw failure;
  return answer;
}

/** `arn:aws:states:::sagemaker:createTrainingJob.sync` → sagemaker, createTrainingJob.sync. */
function resourceOf({ Resource }: TaskState): { resourceType: string; resource: string } {
  const [resourceType = "", resource = ""] = Resource.split(":::")[1]?.split(":") ?? [];
  return { resourceType, resource };
}

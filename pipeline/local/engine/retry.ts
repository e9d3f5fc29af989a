import type { Catcher, Retrier } from "./definition.ts";
import type { TaskError } from "./task-runner.ts";

/** Neither Retry nor Catch sees these, States.ALL included: the execution itself is at fault. */
const UNCATCHABLE = ["States.Runtime", "States.DataLimitExceeded"];

/** The first catcher (or retrier) that matches, in the order they are written. */
export function firstMatch<Rule extends Retrier | Catcher>(
  rules: Rule[] | undefined,
  { error }: TaskError,
): Rule | undefined {
  if (UNCATCHABLE.includes(error)) return undefined;
  return rules?.find(({ ErrorEquals }) =>
    ErrorEquals.some(
      (name) =>
        name === error ||
        name === "States.ALL" ||
        (name === "States.TaskFailed" && error !== "States.Timeout"),
    ),
  );
}

/** Counts each retrier's attempts for one visit of a state. */
export function retryCounter(retriers: Retrier[] | undefined, random: () => number) {
  const attempts = new Map<Retrier, number>();
  return {
    /** Milliseconds to wait before the next attempt, or null if there is none. */
    delayAfter(error: TaskError): number | null {
      const retrier = firstMatch(retriers, error);
      if (retrier === undefined) return null;
      const done = attempts.get(retrier) ?? 0;
      if (done >= (retrier.MaxAttempts ?? 3)) return null;
      attempts.set(retrier, done + 1);
      const seconds = (retrier.IntervalSeconds ?? 1) * (retrier.BackoffRate ?? 2) ** done;
      const capped = Math.min(seconds, retrier.MaxDelaySeconds ?? Number.POSITIVE_INFINITY);
      return capped * 1000 * (retrier.JitterStrategy === "FULL" ? random() : 1);
    },
  };
}

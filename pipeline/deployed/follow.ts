import { setTimeout } from "node:timers/promises";
import { type SFNClient, StopExecutionCommand } from "@aws-sdk/client-sfn";
import { isJob } from "../../schemas/execution/jobs.ts";
import { endingOf, type HistoryEvent, type TaskProgress } from "../execution.ts";
import type { JobStatus, Watching } from "../installation.ts";
import { eventsAfter } from "./events.ts";

// A second feels immediate while states change; ten are often enough for a job of hours, and far below the quotas.
const shortestPauseMs = 1000;
const longestPauseMs = 10_000;
const growth = 1.5;
// Three calls a job: what it does changes every few minutes.
const jobsPauseMs = 30_000;

/**
 * Tells of an execution's events after `after` until it ends.
 *
 * @param jobs The execution's jobs, asked for while a job's state is entered.
 */
export async function follow(options: {
  steps: SFNClient;
  executionArn: string;
  after: number;
  watching: Watching;
  jobs: () => Promise<JobStatus[]>;
}): Promise<void> {
  const { steps, executionArn, watching } = options;
  const jobProgress = watchJobs(options.jobs, watching.onProgress);
  let { after } = options;
  let isStopped = false;
  for (let pause = shortestPauseMs; ; pause = Math.min(pause * growth, longestPauseMs)) {
    const events = await eventsAfter(steps, executionArn, after);
    for (const event of events) {
      watching.onEvent?.(event);
      jobProgress.onEvent(event);
    }
    if (endingOf(events)) return;
    after = events.at(-1)?.id ?? after;
    if (watching.signal?.aborted && !isStopped) {
      isStopped = true;
      await stop(steps, executionArn);
    }
    await jobProgress.tell();
    if (events.length > 0) pause = shortestPauseMs;
    // Once stopped, the end is a matter of seconds, and the signal would end every pause at once.
    await setTimeout(isStopped ? shortestPauseMs : pause, undefined, {
      ...(!isStopped && watching.signal && { signal: watching.signal }),
    }).catch((error: Error) => {
      if (error.name !== "AbortError") throw error;
    });
  }
}

/** Asks for the end of an execution. */
export async function stop(steps: SFNClient, executionArn: string): Promise<void> {
  try {
    await steps.send(new StopExecutionCommand({ executionArn, cause: "Stopped with pbp." }));
  } catch (error) {
    // It has just ended, as its events will say.
    if ((error as Error).name !== "ValidationException") throw error;
  }
}

/** Tells what the jobs of entered states do, as far as SageMaker says it. */
function watchJobs(jobs: () => Promise<JobStatus[]>, onProgress: Watching["onProgress"]) {
  // Trials may run at the same time, all in the same state.
  const states = new Map<string, number>();
  const count = (state: string, more: number) =>
    states.set(state, Math.max(0, (states.get(state) ?? 0) + more));
  let toldAt = Number.NEGATIVE_INFINITY;
  return {
    onEvent({ type, stateEnteredEventDetails, stateExitedEventDetails }: HistoryEvent) {
      const entered = stateEnteredEventDetails?.name;
      if (type === "TaskStateEntered" && isJob(entered)) count(entered, 1);
      const exited = stateExitedEventDetails?.name;
      if (isJob(exited)) count(exited, -1);
    },
    async tell() {
      const isAny = [...states.values()].some((running) => running > 0);
      if (!onProgress || !isAny || performance.now() - toldAt < jobsPauseMs) return;
      toldAt = performance.now();
      for (const { state, trial, status, instanceType } of await jobs())
        if (states.get(state) && status.startsWith("InProgress"))
          onProgress(state, {
            step: `${status} on ${instanceType}`,
            ...(trial !== null && { trial }),
          } satisfies TaskProgress);
    },
  };
}

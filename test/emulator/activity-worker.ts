import {
  GetActivityTaskCommand,
  SendTaskFailureCommand,
  SendTaskSuccessCommand,
  type SFNClient,
} from "@aws-sdk/client-sfn";
import type { TaskError } from "../../pipeline/local/engine/task-runner.ts";

/** An end to a task that Retry and Catch can match on. */
export type Failure = { error: string; cause: string };

/** Does an activity's tasks, each with its arguments. `perform` throws a {@link Failure}. */
export function startActivityWorker(
  steps: SFNClient,
  activityArn: string,
  perform: (request: unknown) => Promise<unknown>,
): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const atWork = new Set<Promise<unknown>>();
  const done = (async () => {
    while (!stopping.signal.aborted) {
      const { taskToken, input } = await steps
        .send(new GetActivityTaskCommand({ activityArn }), { abortSignal: stopping.signal })
        .catch((error) => {
          if (stopping.signal.aborted) return { taskToken: undefined, input: undefined };
          throw error;
        });
      if (taskToken === undefined) continue;
      const task = perform(JSON.parse(input!))
        .then(
          (output) => steps.send(new SendTaskSuccessCommand({ taskToken, output: JSON.stringify(output) })),
          (failure: Failure | TaskError) => {
            const { error, cause } = failure;
            return steps.send(new SendTaskFailureCommand({ taskToken, error, cause }));
          },
        )
        .finally(() => atWork.delete(task));
      atWork.add(task);
    }
  })();
  return {
    async stop() {
      stopping.abort();
      await done;
      await Promise.allSettled(atWork);
    },
  };
}

import type { ExecutionDescription } from "../execution.ts";
import type { Watching } from "../installation.ts";
import { exportArrived } from "../rules.ts";
import { openEventBus, type Target } from "./event-bus.ts";
import { watchIncoming } from "./incoming.ts";
import type { Pipeline } from "./pipeline.ts";
import { openSfnEndpoint } from "./sfn-endpoint.ts";

export type WatchOptions = {
  pipeline: Pipeline;
  /** Ends the watch: no file is taken any more, and the execution that runs is stopped. */
  signal: AbortSignal;
  watching: Omit<Watching, "signal">;
  onTaken: (file: string) => void;
  onStarted: (execution: string) => void;
  onEnded: (execution: ExecutionDescription) => void | Promise<void>;
};

/**
 * Starts an execution for every export that appears in the home's incoming folder, the way it happens in AWS: object,
 * event, rule, start-execution function, StartExecution. Executions run one at a time, since they share this machine;
 * an event that waits for its turn is on the disk and outlives the process.
 */
export async function watch(options: WatchOptions): Promise<void> {
  const { pipeline, signal, watching, onTaken, onStarted, onEnded } = options;
  let running: Promise<void> = Promise.resolve();
  const endpoint = await openSfnEndpoint(async (name, input) => {
    const started = await pipeline.start(name, input as object, { ...watching, signal });
    if (!started.isDuplicate) {
      onStarted(name);
      running = started.result.then(onEnded);
      // Awaited by the next turn and at the end; until then a rejection is nobody's news.
      running.catch(() => {});
    }
    return started;
  });
  let turn: Promise<unknown> = Promise.resolve();
  const start: Target = {
    rule: exportArrived(pipeline.bucket),
    name: "start-execution",
    deliver(event) {
      const mine = turn.then(async () => {
        await running;
        signal.throwIfAborted();
        return pipeline.invoke("start-execution", event, { extraVariables: endpoint.environment });
      });
      turn = mine.catch(() => {});
      return mine;
    },
  };
  const bus = await openEventBus(pipeline.home, [start]);
  try {
    const { store, bucket, home } = pipeline;
    await watchIncoming({ folder: home.incoming, store, bucket, emit: bus.put, signal, onTaken });
  } finally {
    await bus.close();
    await running;
    await endpoint.close();
  }
}

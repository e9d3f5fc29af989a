import type { ExecutionInput } from "../../schemas/types.ts";
import type { StoredObject } from "../../tasks/store/store.ts";
import type { ExecutionDescription } from "../execution.ts";
import type { Watching } from "../installation.ts";
import { exportArrived } from "../rules.ts";
import { openEventBus, type Target } from "./events/event-bus.ts";
import { objectCreated, watchIncoming } from "./events/incoming.ts";
import { openSfnEndpoint } from "./events/sfn-endpoint.ts";
import type { Pipeline } from "./pipeline.ts";

export type WatchOptions = {
  pipeline: Pipeline;
  /** Fields of every execution's input, besides its export. */
  settings: Partial<ExecutionInput>;
  /** A watcher of whom this machine cannot know is gone for good, says a person. */
  takeOver: boolean;
  /** Ends the watch: no file is taken any more, and the execution that runs is stopped. */
  signal: AbortSignal;
  watching: Omit<Watching, "signal">;
  /** The watch has begun: `announce` tells it of an object that did not come through the folder. */
  onWatching?: (announce: (object: StoredObject) => Promise<void>) => void | Promise<void>;
  onTaken: (file: string) => void;
  /** A file that is not taken, and why. */
  onLeft: (file: string, why: string) => void;
  onStarted: (execution: string) => void;
  onEnded: (execution: ExecutionDescription) => void | Promise<void>;
  /** An export was taken, but its execution cannot be started; its event is kept. */
  onNotStarted: (error: unknown) => void;
  /** The watch cannot continue, for this reason, and only waits for the execution that runs. */
  onFinishing: (error: unknown) => void;
};

/**
 * Starts an execution for every export that appears in the home's incoming folder, the way it happens in AWS: object,
 * event, rule, start-execution function, StartExecution. Executions run one at a time, since they share this machine;
 * an event that waits for its turn is on the disk and outlives the process.
 *
 * Resolves when `signal` has ended it. Rejects when it cannot continue, after the execution that runs has ended.
 */
export async function watch(options: WatchOptions): Promise<void> {
  const { pipeline, settings, takeOver, signal, watching, onTaken, onLeft, onStarted, onEnded } = options;
  const broken = new AbortController();
  const ending = AbortSignal.any([signal, broken.signal]);
  let running: Promise<void> | undefined;
  const endpoint = await openSfnEndpoint({
    start: async (name, input) => {
      const started = await pipeline.start(
        name,
        { ...settings, ...(input as object) },
        { ...watching, signal },
      );
      if (!started.isDuplicate) {
        onStarted(name);
        // An engine that failed could not write its journal: neither can the next one.
        running = started.result
          .then(onEnded)
          .catch((error: unknown) => broken.abort(error))
          .finally(() => {
            running = undefined;
          });
      }
      return started;
    },
  });
  let turn: Promise<unknown> = Promise.resolve();
  const start: Target = {
    rule: exportArrived(pipeline.bucket),
    name: "start-execution",
    deliver(event) {
      const mine = turn.then(async () => {
        await running;
        ending.throwIfAborted();
        return pipeline.invoke("start-execution", event, { extraVariables: endpoint.environment });
      });
      turn = mine.catch(() => {});
      return mine;
    },
    onBuried: options.onNotStarted,
    onBroken: (error) => broken.abort(error),
  };
  const bus = await openEventBus(pipeline.home, [start]);
  try {
    const { store, bucket, home } = pipeline;
    await watchIncoming({
      home,
      takeOver,
      store,
      bucket,
      emit: bus.put,
      signal: ending,
      onWatching: () => options.onWatching?.((object) => bus.put(objectCreated(bucket, object))),
      onTaken,
      onLeft,
    });
  } catch (error) {
    broken.abort(error);
  } finally {
    if (broken.signal.aborted && running) options.onFinishing(broken.signal.reason);
    await bus.close();
    await running;
    await endpoint.close();
  }
  if (broken.signal.aborted) throw broken.signal.reason;
}

import { causeMessage } from "../cause.ts";
import type { HistoryEvent, TaskProgress } from "../execution.ts";
import { count, duration } from "./tables.ts";

/** Lines of a job's progress are at least this far apart where each is kept (a log file, a pipe). */
const lineIntervalMs = 10_000;

export type Progress = {
  onEvent(event: HistoryEvent): void;
  onProgress(state: string, progress: TaskProgress): void;
  /** Ends the updating line. */
  close(): void;
};

/**
 * Tells a person what an execution does: a line when a state has ended, with its duration, and how far its jobs are.
 * On a terminal the jobs share one line that is written again and again; elsewhere each message is a line of its own.
 */
export function showProgress(stream: NodeJS.WriteStream): Progress {
  const entered = new Map<string, number>();
  // An event does not name its state; the chain of events before it leads back to where the state was entered.
  const stateOf = new Map<number, string>();
  const jobs = new Map<string, { text: string; shownAt: number }>();
  let live = false;

  const say = (line: string) => {
    clear();
    stream.write(`${line}\n`);
    draw();
  };
  const clear = () => {
    if (live) stream.write("\r\x1b[2K");
    live = false;
  };
  const draw = () => {
    if (!stream.isTTY || jobs.size === 0) return;
    clear();
    const text = [...jobs.values()].map((job) => job.text).join("   ");
    stream.write(text.slice(0, (stream.columns ?? 80) - 1));
    live = true;
  };

  return {
    onEvent(event) {
      const at = Date.parse(event.timestamp);
      const entry = event.stateEnteredEventDetails;
      const exit = event.stateExitedEventDetails;
      const state = entry?.name ?? stateOf.get(event.previousEventId) ?? "";
      stateOf.set(event.id, state);
      if (entry?.name) {
        entered.set(entry.name, at);
        if (event.type !== "TaskStateEntered") return;
        jobs.set(entry.name, { text: entry.name, shownAt: at });
        draw();
      } else if (exit?.name) {
        jobs.delete(exit.name);
        const seconds = (at - (entered.get(exit.name) ?? at)) / 1000;
        if (event.type === "TaskStateExited" || event.type === "ParallelStateExited")
          say(`  ${exit.name.padEnd(15)} ${duration(seconds)}`);
      } else {
        const failed = event.taskFailedEventDetails;
        if (failed) say(`  ${state} failed: ${failed.error}: ${causeMessage(failed.cause)}`);
      }
    },
    onProgress(state, progress) {
      const text = `${state}: ${describe(progress)}`;
      const known = jobs.get(state);
      const now = Date.now();
      if (stream.isTTY) {
        jobs.set(state, { text, shownAt: now });
        draw();
      } else if (!known?.text.startsWith(`${state}:`) || now - known.shownAt >= lineIntervalMs) {
        jobs.set(state, { text, shownAt: now });
        say(`  ${text}`);
      }
    },
    close: clear,
  };
}

/** `train 42 %, 1,204 of 2,868 steps, 2 min 05 s left`. */
export function describe({ step, done, total, unit = "", secondsLeft }: TaskProgress): string {
  const parts = [step];
  if (done !== undefined && total !== undefined && total > 0) {
    parts[0] += ` ${Math.floor((100 * done) / total)} %`;
    parts.push(`${count(done)} of ${count(total)} ${unit}`.trimEnd());
  }
  if (secondsLeft !== undefined) parts.push(`${duration(secondsLeft)} left`);
  return parts.join(", ");
}

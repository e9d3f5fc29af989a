import { oneLine, printable } from "../../../schemas/printable.ts";
import { count, duration } from "../../../tasks/report/format.ts";
import { causeMessage } from "../../cause.ts";
import {
  type HistoryEvent,
  hasSeveralTrials,
  type StateProgress,
  type TaskProgress,
  trialFinder,
} from "../../execution.ts";
import { coloured } from "./colour.ts";
import { wrap } from "./tables.ts";

/** Lines of a job's progress are at least this far apart where each is kept (a log file, a pipe). */
const lineIntervalMs = 10_000;

export type Progress = {
  onEvent(event: HistoryEvent): void;
  /** What came before, of an execution that is resumed: nothing of it is told again. */
  before(events: readonly HistoryEvent[]): void;
  onProgress(state: string, progress: TaskProgress): void;
  /** A line that stays, above those that are updated. */
  say(line: string): void;
  /** Ends the updating lines. */
  close(): void;
};

/**
 * Tells a person what an execution does: a line when a state has ended, with its duration, and how far its jobs are.
 * On a terminal every state that runs has its own line, which is updated in place; elsewhere each message
 * is a new line.
 */
export function showProgress(stream: NodeJS.WriteStream): Progress {
  const entered = new Map<string, number>();
  // An event does not name its state; the chain of events before it leads back to where the state was entered.
  const stateOf = new Map<number, string>();
  const trialOf = trialFinder();
  let areSeveral = false;
  const running = new Map<string, TaskProgress | null>();
  const saidAt = new Map<string, number>();
  const isLive = stream.isTTY && process.env.TERM !== "dumb";
  let drawn = 0;

  /** One write, so that nobody sees the moment in between. */
  const redraw = (above = "") => {
    const erased = drawn === 0 ? "" : `\r\x1b[2K${"\x1b[1A\x1b[2K".repeat(drawn - 1)}`;
    const width = (stream.columns || 80) - 1;
    const lines = isLive
      ? [...running].map(([state, progress]) => lineOf(state, progress && { state, ...progress }, width))
      : [];
    drawn = lines.length;
    stream.write(erased + coloured(printable(above), stream) + lines.join("\n"));
  };

  /** `Train 2`, where there are several. */
  const labelOf = (state: string, trial: number | undefined) =>
    areSeveral && trial !== undefined ? `${state} ${trial}` : state;

  /** The state of an event, which is remembered for those that follow. */
  const stateAt = (event: HistoryEvent) => {
    const entry = event.stateEnteredEventDetails;
    areSeveral ||= hasSeveralTrials(event);
    const trial = trialOf(event);
    const name =
      entry?.name ?? event.stateExitedEventDetails?.name ?? stateOf.get(event.previousEventId) ?? "";
    stateOf.set(event.id, name);
    const state = labelOf(name, trial);
    if (entry?.name) entered.set(state, Date.parse(event.timestamp));
    return state;
  };

  return {
    before: (events) => void events.forEach(stateAt),
    onEvent(event) {
      const at = Date.parse(event.timestamp);
      const entry = event.stateEnteredEventDetails;
      const exit = event.stateExitedEventDetails;
      const state = stateAt(event);
      if (entry?.name) {
        if (event.type !== "TaskStateEntered") return;
        running.set(state, null);
        if (isLive) redraw();
      } else if (exit?.name) {
        running.delete(state);
        saidAt.delete(state);
        const seconds = (at - (entered.get(state) ?? at)) / 1000;
        const isSaid = /^(Task|Parallel)StateExited$/.test(event.type);
        if (isSaid || (areSeveral && event.type === "MapStateExited"))
          redraw(`${lineOf(state, duration(seconds))}\n`);
      } else {
        const failed = event.taskFailedEventDetails;
        if (!failed) return;
        const said = `${state} failed: ${failed.error}: ${oneLine(causeMessage(failed.cause))}`;
        redraw(`${isLive ? wrap(said, "  ", stream.columns || 80) : `  ${said}`}\n`);
      }
    },
    onProgress(name, { trial, ...progress }) {
      const state = labelOf(name, trial);
      running.set(state, progress);
      if (isLive) return redraw();
      const now = performance.now();
      // A step without a measure is said once; how far a measured one is, now and then.
      const isDue = now - (saidAt.get(state) ?? Number.NEGATIVE_INFINITY) >= lineIntervalMs;
      if (progress.total !== undefined && !isDue) return;
      if (progress.total !== undefined) saidAt.set(state, now);
      redraw(`${lineOf(state, { state, ...progress })}\n`);
    },
    say: (line) => redraw(`${oneLine(line)}\n`),
    close() {
      running.clear();
      if (drawn > 0) redraw();
    },
  };
}

/** `  Train           86 %, loss 0.2107, 12 s left`, cut to the width. */
function lineOf(state: string, told: StateProgress | string | null, width = Number.POSITIVE_INFINITY) {
  const head = `  ${state.padEnd(15)} `;
  const text = typeof told === "string" ? told : told ? describe(told, width - head.length) : "";
  return oneLine(head + text)
    .trimEnd()
    .slice(0, width);
}

/**
 * `86 %, epoch 1 of 3, loss 0.2107, 1,204 of 2,868 steps, 2 min 05 s left`; what matters least goes where the width does
 * not do for all of it.
 */
export function describe(progress: StateProgress, width = Number.POSITIVE_INFINITY): string {
  const { state, step, done, total, unit = "", epoch, loss, secondsLeft } = progress;
  const isMeasured = done !== undefined && total !== undefined && total > 0;
  const name = step === state.toLowerCase().replace(/ \d+$/, "") && isMeasured ? "" : step;
  const parts = [
    `${name} ${isMeasured ? `${Math.floor((100 * done) / total)} %` : ""}`.trim(),
    epoch === undefined ? "" : `epoch ${epoch.replace("/", " of ")}`,
    loss === undefined ? "" : `loss ${loss.toFixed(4)}`,
    isMeasured ? `${count(done)} of ${count(total)} ${unit}`.trimEnd() : "",
    secondsLeft === undefined || (isMeasured && done >= total) ? "" : `${roughly(secondsLeft)} left`,
  ];
  const text = () => parts.filter((part) => part !== "").join(", ");
  // The count first, then the epoch, the loss, the time.
  for (const least of [3, 1, 2, 4]) if (text().length > width) parts[least] = "";
  return text();
}

/** `Train 86 %`, for a column of a table. */
export function briefly({ state, trial, done, total }: StateProgress): string {
  const name = trial === undefined ? state : `${state} ${trial}`;
  return done !== undefined && total ? `${name} ${Math.floor((100 * done) / total)} %` : name;
}

/** An estimate has no tenths. */
function roughly(seconds: number): string {
  return seconds < 10 ? `${Math.ceil(seconds)} s` : duration(seconds);
}

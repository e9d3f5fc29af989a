import type { HistoryEvent, TaskProgress } from "../../execution.ts";
import type { Clock } from "../machine/clock.ts";
import type { Definition, Json, Variables } from "./definition.ts";
import type { Draft, JournalLine } from "./history.ts";
import { toHistoryEvent } from "./history.ts";
import type { Journal } from "./journal.ts";
import type { Position, Positions } from "./positions.ts";
import { applyLine } from "./positions.ts";
import { TaskError, type TaskRunners } from "./task-runner.ts";

/** Step Functions' quota; the last place is kept for the event that ends the execution. */
export const EVENT_LIMIT = 25_000;

/** One process running one execution: what every state needs. */
export type Engine = {
  definition: Definition;
  tasks: TaskRunners;
  clock: Clock;
  /** In [0, 1). */
  random: () => number;
  journal: Journal;
  positions: Positions;
  lastEventId: number;
  /** The parts of the context object that are the same in every state. */
  context: { Execution: { [key: string]: Json; Name: string }; StateMachine: Json };
  onEvent: (event: HistoryEvent) => void;
  onProgress: (stateName: string, progress: TaskProgress) => void;
};

/** One walk through a graph of states: the machine's, a branch's, an iteration's. */
export type Scope = {
  key: string;
  /** Variables of the scopes around this one; they cannot change while it runs. */
  outer: Variables;
  position: Position;
  /** Aborted with an Aborted as its reason. */
  signal: AbortSignal;
  /** `$states.context.Map`, inside an iteration. */
  map?: Json;
  /** Retries of the present state in this engine. */
  retryCount: number;
};

/** Why a scope stopped without failing itself. */
export class Aborted extends Error {
  readonly status: "ABORTED" | "TIMED_OUT" | "SIBLING_FAILED";

  constructor(status: Aborted["status"]) {
    super(status);
    this.name = "Aborted";
    this.status = status;
  }
}

const END_OF_EXECUTION = /^Execution(Succeeded|Failed|TimedOut|Aborted)$/;

/** Journals events of a scope, in order and at once, then lets them take effect. Returns the last one's id. */
export function record(engine: Engine, scope: Pick<Scope, "key" | "position">, ...drafts: Draft[]): number {
  const timestamp = new Date(engine.clock.now()).toISOString();
  let previousEventId = scope.position.lastEventId;
  const lines = drafts.map((draft, index): JournalLine => {
    const id = engine.lastEventId + index + 1;
    const line = { id, previousEventId, timestamp, ...draft, scope: scope.key };
    previousEventId = id;
    return line;
  });
  const last = engine.lastEventId + lines.length;
  if (last >= EVENT_LIMIT && !drafts.some(({ type }) => END_OF_EXECUTION.test(type))) {
    throw new TaskError(
      "States.Runtime",
      `The execution reached the maximum of ${EVENT_LIMIT} history events`,
    );
  }
  engine.journal.append(lines);
  engine.lastEventId = last;
  for (const line of lines) {
    applyLine(engine.positions, line);
    engine.onEvent(toHistoryEvent(line));
  }
  return last;
}

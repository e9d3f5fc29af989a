// What an execution is, on either engine: its description is read off its history, which both tell in AWS's words.

import type { HistoryEvent as AwsHistoryEvent, HistoryEventType } from "@aws-sdk/client-sfn";
import type { TrialEnded } from "../schemas/execution/trials.ts";
import type { Run } from "../schemas/types.ts";

/** An event as `aws stepfunctions get-execution-history` prints it. */
export type HistoryEvent = Omit<AwsHistoryEvent, "id" | "timestamp" | "type" | "previousEventId"> & {
  id: number;
  previousEventId: number;
  /** ISO 8601. */
  timestamp: string;
  type: HistoryEventType;
};

export type ExecutionStatus = "RUNNING" | "SUCCEEDED" | "FAILED" | "ABORTED" | "TIMED_OUT";

/** One visit of a state, in the order of entry; a state that was entered again after a crash has two. */
export type StateVisit = {
  name: string;
  /** Which one of several trials it is a state of. */
  trial?: number;
  type: string;
  enteredDate: string;
  /** Null while it runs, and for a visit that failed or was cut short. */
  exitedDate: string | null;
  seconds: number | null;
};

/** What DescribeExecution tells, and what the history adds. Dates are ISO 8601. */
export type ExecutionDescription = {
  name: string;
  executionArn: string;
  stateMachineArn: string;
  status: ExecutionStatus;
  /** False for a RUNNING execution whose engine died: it can be resumed. */
  isOwned: boolean;
  input: unknown;
  /** What ValidateInput made of the input: defaults, export and base model resolved. null before it has. */
  run: Run | null;
  /** What became of the trials, once the last of them has ended; null before. */
  trials: { trials: TrialEnded[]; chosen: number | null } | null;
  output: unknown;
  error: string | null;
  cause: string | null;
  startDate: string;
  stopDate: string | null;
  redriveCount: number;
  redriveDate: string | null;
  eventCount: number;
  states: StateVisit[];
  /** Of the states that run now, as far as they tell; none in AWS, where a job's log has it. */
  progress: StateProgress[];
};

/** What a long task tells a person who is watching. Never part of the history. */
export type TaskProgress = {
  /** Of a training: which one of the execution's. */
  trial?: number;
  /** What is being done, in two or three words: `train`, `packing the model`. */
  step: string;
  done?: number;
  total?: number;
  unit?: string;
  secondsLeft?: number;
  /** `2/3`. */
  epoch?: string;
  /** Mean of the epoch so far. */
  loss?: number;
};

/** How far a state is that runs now. */
export type StateProgress = TaskProgress & { state: string };

const statusOfEnding: Partial<Record<HistoryEventType, ExecutionStatus>> = {
  ExecutionSucceeded: "SUCCEEDED",
  ExecutionFailed: "FAILED",
  ExecutionAborted: "ABORTED",
  ExecutionTimedOut: "TIMED_OUT",
};

/** The event that ended an execution; none while it runs, for the first time or after a redrive. */
export function endingOf<Event extends HistoryEvent>(events: readonly Event[]): Event | undefined {
  const begun = events.findLastIndex(({ type }) => type === "ExecutionRedriven");
  // The first one: what was under way when an execution was stopped may still be told after its end.
  return events.find(({ type }, index) => index > begun && statusOfEnding[type] !== undefined);
}

/** How an execution stands, by its whole history or by the end of it that `tellsStanding`. */
export function standingOf(
  events: readonly HistoryEvent[],
): Pick<ExecutionDescription, "status" | "error" | "cause" | "stopDate"> {
  const ending = endingOf(events);
  const { error = null, cause = null } =
    ending?.executionFailedEventDetails ??
    ending?.executionAbortedEventDetails ??
    ending?.executionTimedOutEventDetails ??
    {};
  const status = (ending && statusOfEnding[ending.type]) ?? "RUNNING";
  return { status, error, cause, stopDate: ending?.timestamp ?? null };
}

/** Whether what came before these last events changes nothing of how the execution stands and where it is. */
export const tellsStanding = (events: readonly HistoryEvent[]): boolean =>
  lastStateOf(events) !== "" &&
  (endingOf(events) !== undefined || events.some(({ type }) => type === "ExecutionRedriven"));

/** The state that was entered last, besides those that only lead on; empty if none was. */
export function lastStateOf(events: readonly HistoryEvent[]): string {
  const entered = events.findLast(
    ({ type, stateEnteredEventDetails }) => stateEnteredEventDetails && !/^(Choice|Pass)/.test(type),
  );
  return entered?.stateEnteredEventDetails?.name ?? "";
}

/** Reads a whole history. */
export function describeHistory(
  events: readonly HistoryEvent[],
  identity: Pick<ExecutionDescription, "name" | "executionArn" | "stateMachineArn">,
): Omit<ExecutionDescription, "isOwned" | "progress"> {
  const redrives = events.filter(({ type }) => type === "ExecutionRedriven");
  return {
    ...identity,
    ...standingOf(events),
    run: JSON.parse(leftWith(events, "ValidateInput") ?? "null"),
    trials: JSON.parse(leftWith(events, "Trials") ?? "null"),
    input: JSON.parse(events[0]!.executionStartedEventDetails!.input!),
    output: JSON.parse(endingOf(events)?.executionSucceededEventDetails?.output ?? "null"),
    startDate: events[0]!.timestamp,
    redriveCount: redrives.length,
    redriveDate: redrives.at(-1)?.timestamp ?? null,
    eventCount: events.length,
    states: visitsOf(events),
  };
}

/** The output of a state when it was left last. */
function leftWith(events: readonly HistoryEvent[], state: string): string | undefined {
  return events.findLast(({ stateExitedEventDetails }) => stateExitedEventDetails?.name === state)
    ?.stateExitedEventDetails?.output;
}

function visitsOf(events: readonly HistoryEvent[]): StateVisit[] {
  const visits = new Map<number, StateVisit>();
  const latest = new Map<string, number>();
  const byId = new Map(events.map((event) => [event.id, event]));
  const trialOf = trialFinder();
  const areSeveral = events.some(hasSeveralTrials);
  for (const event of events) {
    const trial = trialOf(event);
    const { id, timestamp, type, stateEnteredEventDetails: entered, stateExitedEventDetails: exited } = event;
    if (entered) {
      const name = entered.name!;
      const kind = type.replace("StateEntered", "");
      visits.set(id, {
        name,
        ...(areSeveral && trial !== undefined && { trial }),
        type: kind,
        enteredDate: timestamp,
        exitedDate: null,
        seconds: null,
      });
      latest.set(name, id);
    } else if (exited) {
      const visit = visits.get(entryOf(event, byId) ?? latest.get(exited.name!) ?? 0);
      if (visit === undefined) continue;
      visit.exitedDate = timestamp;
      visit.seconds = (Date.parse(timestamp) - Date.parse(visit.enteredDate)) / 1000;
    }
  }
  return [...visits.values()];
}

/** Of one training, nobody needs the number. */
export const hasSeveralTrials = ({ mapStateStartedEventDetails: map }: HistoryEvent) =>
  (map?.length ?? 0) > 1;

/** Says of the events of a history, in their order, which trial each is of: they are numbered as in their list. */
export function trialFinder(): (event: HistoryEvent) => number | undefined {
  const found = new Map<number, number>();
  const open = new Set<number>();
  const statesOfTrials = new Set<string>();
  let redriven = { id: -1, trials: [] as number[] };
  return (event) => {
    const { id, type, previousEventId, mapIterationStartedEventDetails: begun } = event;
    if (type === "ExecutionRedriven") redriven = { id, trials: [...open] };
    if (type === "MapStateStarted") open.clear();
    const state = (event.stateEnteredEventDetails ?? event.stateExitedEventDetails)?.name ?? "";
    // The chain of events begins anew with a redrive: the trials that had not ended go on in their order.
    const goesOn = previousEventId === redriven.id && statesOfTrials.has(state);
    // A Map's own end follows the last of its trials, and is of none.
    const trial = /^MapState/.test(type)
      ? undefined
      : (begun?.index ?? found.get(previousEventId) ?? (goesOn ? redriven.trials.shift() : undefined));
    if (trial === undefined) return trial;
    found.set(id, trial);
    if (state !== "") statesOfTrials.add(state);
    if (type === "MapIterationSucceeded") open.delete(trial);
    else open.add(trial);
    return trial;
  };
}

/**
 * The id of the event with which the state was entered that this event leaves: found by its predecessors, since trials
 * that run at once are in states of the same name. Undefined where they do not lead there: an emulator of Step Functions
 * does not chain its events.
 */
function entryOf(exit: HistoryEvent, byId: ReadonlyMap<number, HistoryEvent>): number | undefined {
  const name = exit.stateExitedEventDetails!.name;
  let event: HistoryEvent | undefined = exit;
  // Each is before the one that it led to, or the history is damaged.
  while (event && event.stateEnteredEventDetails?.name !== name)
    event = event.previousEventId < event.id ? byId.get(event.previousEventId) : undefined;
  return event?.id;
}

import type { Json, Variables } from "./definition.ts";
import type { JournalLine } from "./history.ts";

/** The state that a scope is in. */
export type Visit = {
  state: string;
  input: Json;
  enteredTime: string;
  /** A task's answer, between TaskSucceeded and the state's exit. */
  result?: { value: Json };
  /** The last MapStateStarted or ParallelStateStarted: its branches are `<id>.<index>`. */
  startedId?: number;
  /** All its branches were reported as finished. */
  joined?: boolean;
};

/** How far one scope (the machine, a branch, an iteration) has come. */
export type Position = {
  variables: Variables;
  lastEventId: number;
  /** The state to enter next, where there is no visit; absent before the first. */
  next?: { state: string; input: Json };
  visit?: Visit;
  /** Set once the scope is through. */
  output?: { value: Json };
  /** How far a Map iteration was reported. */
  iteration?: "started" | "succeeded";
};

export type Positions = Map<string, Position>;

/**
 * Moves the positions on by one journal line. This is the only place where they change, for a running execution and
 * for one that is rebuilt from its journal: a resumed execution is by construction where the journal says it is.
 */
export function applyLine(positions: Positions, line: JournalLine): void {
  if (line.type === "ExecutionRedriven") {
    for (const position of positions.values()) position.lastEventId = line.id;
    return;
  }
  const position = positions.get(line.scope) ?? { variables: {}, lastEventId: 0 };
  positions.set(line.scope, position);
  position.lastEventId = line.id;
  const { visit } = position;
  if (line.stateEnteredEventDetails !== undefined) {
    position.visit = {
      state: line.stateEnteredEventDetails.name as string,
      input: parse(line.stateEnteredEventDetails.input),
      enteredTime: line.timestamp,
    };
  } else if (line.stateExitedEventDetails !== undefined) {
    const { output, assignedVariables = {} } = line.stateExitedEventDetails;
    for (const [name, value] of Object.entries(assignedVariables)) position.variables[name] = parse(value);
    position.visit = undefined;
    if (line.next) position.next = { state: line.next, input: parse(output) };
    else position.output = { value: parse(output) };
  } else if (line.type === "MapIterationStarted") {
    position.iteration = "started";
  } else if (line.type === "MapIterationSucceeded") {
    position.iteration = "succeeded";
  } else if (visit !== undefined) {
    applyToVisit(visit, line);
  }
}

function applyToVisit(visit: Visit, line: JournalLine): void {
  switch (line.type) {
    case "TaskSucceeded":
      visit.result = { value: parse(line.taskSucceededEventDetails?.output) };
      break;
    case "ParallelStateStarted":
    case "MapStateStarted":
      visit.startedId = line.id;
      visit.joined = false;
      break;
    case "ParallelStateSucceeded":
    case "MapStateSucceeded":
      visit.joined = true;
      break;
    case "EvaluationFailed":
      // The state failed although its task succeeded: a redrive runs the task again, as in AWS. Branches are only
      // run again if their outputs were too large together.
      visit.result = undefined;
      if (line.evaluationFailedEventDetails?.error === "States.DataLimitExceeded")
        visit.startedId = undefined;
      break;
  }
}

function parse(text: string | undefined): Json {
  return JSON.parse(text as string) as Json;
}

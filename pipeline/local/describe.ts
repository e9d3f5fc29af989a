import { existsSync, readdirSync } from "node:fs";
import type { Json } from "./definition.ts";
import { EngineError } from "./engine-error.ts";
import { type HistoryEvent, type JournalLine, toHistoryEvent } from "./history.ts";
import { executionFiles, type Home } from "./home.ts";
import { EXECUTION_NAME, executionArn, MACHINE_ARN } from "./identity.ts";
import { readJournal } from "./journal.ts";
import { isLocked } from "./lock.ts";

export type ExecutionStatus = "RUNNING" | "SUCCEEDED" | "FAILED" | "ABORTED" | "TIMED_OUT";

/** One visit of a state, in the order of entry; a state that was entered again after a crash has two. */
export type StateVisit = {
  name: string;
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
  input: Json;
  output: Json;
  error: string | null;
  cause: string | null;
  startDate: string;
  stopDate: string | null;
  redriveCount: number;
  redriveDate: string | null;
  eventCount: number;
  states: StateVisit[];
};

const STATUS_OF_ENDING: Partial<Record<HistoryEvent["type"], ExecutionStatus>> = {
  ExecutionSucceeded: "SUCCEEDED",
  ExecutionFailed: "FAILED",
  ExecutionAborted: "ABORTED",
  ExecutionTimedOut: "TIMED_OUT",
};

/** Throws ExecutionDoesNotExist. */
export function describeExecution(home: Home, name: string): ExecutionDescription {
  const { folder } = executionFiles(home, name);
  // Asked for before the journal is read: an execution that ends in between is then seen as ended, not as orphaned.
  const isOwned = existsSync(folder) && isLocked(folder);
  const lines = linesOf(home, name);
  const last = lines.at(-1)!;
  const status = STATUS_OF_ENDING[last.type] ?? "RUNNING";
  const redrives = lines.filter(({ type }) => type === "ExecutionRedriven");
  const { error = null, cause = null } =
    last.executionFailedEventDetails ??
    last.executionAbortedEventDetails ??
    last.executionTimedOutEventDetails ??
    {};
  return {
    name,
    executionArn: executionArn(name),
    stateMachineArn: MACHINE_ARN,
    status,
    isOwned: status === "RUNNING" && isOwned,
    input: JSON.parse(lines[0]!.executionStartedEventDetails!.input!) as Json,
    output: JSON.parse(last.executionSucceededEventDetails?.output ?? "null") as Json,
    error,
    cause,
    startDate: lines[0]!.timestamp,
    stopDate: status === "RUNNING" ? null : last.timestamp,
    redriveCount: redrives.length,
    redriveDate: redrives.at(-1)?.timestamp ?? null,
    eventCount: lines.length,
    states: visitsOf(lines),
  };
}

/** All executions of a home, the latest first. */
export function listExecutions(home: Home): ExecutionDescription[] {
  if (!existsSync(home.executions)) return [];
  // A name that begins with a dot is an execution in the making; what has no journal is none.
  const names = readdirSync(home.executions).filter(
    (name) => !name.startsWith(".") && existsSync(executionFiles(home, name).history),
  );
  const executions = names.map((name) => describeExecution(home, name));
  return executions.sort((a, b) => b.startDate.localeCompare(a.startDate) || a.name.localeCompare(b.name));
}

/** The events as GetExecutionHistory gives them. Throws ExecutionDoesNotExist. */
export function readHistory(home: Home, name: string): HistoryEvent[] {
  return linesOf(home, name).map(toHistoryEvent);
}

function linesOf(home: Home, name: string): JournalLine[] {
  const missing = new EngineError(
    "ExecutionDoesNotExist",
    `there is no execution of that name in ${home.root}`,
  );
  if (!EXECUTION_NAME.test(name)) throw missing;
  try {
    return readJournal(executionFiles(home, name).history);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw missing;
  }
}

function visitsOf(lines: JournalLine[]): StateVisit[] {
  const visits: StateVisit[] = [];
  const open = new Map<string, StateVisit>();
  for (const { scope, timestamp, type, stateEnteredEventDetails, stateExitedEventDetails } of lines) {
    if (stateEnteredEventDetails !== undefined) {
      const name = stateEnteredEventDetails.name as string;
      const kind = type.replace("StateEntered", "");
      const visit = { name, type: kind, enteredDate: timestamp, exitedDate: null, seconds: null };
      visits.push(visit);
      open.set(scope, visit);
    } else if (stateExitedEventDetails !== undefined) {
      const visit = open.get(scope);
      if (visit === undefined) continue;
      visit.exitedDate = timestamp;
      visit.seconds = (Date.parse(timestamp) - Date.parse(visit.enteredDate)) / 1000;
    }
  }
  return visits;
}

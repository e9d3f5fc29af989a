import { existsSync, readdirSync } from "node:fs";
import { describeHistory, type ExecutionDescription, type HistoryEvent } from "../execution.ts";
import { EngineError } from "./engine-error.ts";
import { type JournalLine, toHistoryEvent } from "./history.ts";
import { executionFiles, type Home } from "./home.ts";
import { EXECUTION_NAME, executionArn, MACHINE_ARN } from "./identity.ts";
import { progressOf } from "./job-progress.ts";
import { readJournal } from "./journal.ts";
import { holderOf } from "./lock.ts";

/** Throws ExecutionDoesNotExist. */
export function describeExecution(home: Home, name: string): ExecutionDescription {
  const { folder } = executionFiles(home, name);
  // Asked for before the journal is read: an execution that ends in between is then seen as ended, not as orphaned.
  const isOwned = existsSync(folder) && holderOf(folder, home.processes) !== null;
  const lines = linesOf(home, name);
  const described = describeHistory(
    lines,
    { name, executionArn: executionArn(name), stateMachineArn: MACHINE_ARN },
    ({ scope }) => scope,
  );
  const isRunning = described.status === "RUNNING" && isOwned;
  return { ...described, isOwned: isRunning, progress: isRunning ? progressOf(home, lines) : [] };
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
    `There is no execution of that name in ${home.root}. See pbp runs.`,
  );
  if (!EXECUTION_NAME.test(name)) throw missing;
  try {
    return readJournal(executionFiles(home, name).history);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw missing;
  }
}

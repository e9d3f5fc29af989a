import { existsSync, readdirSync } from "node:fs";
import { describeHistory, type ExecutionDescription, type HistoryEvent } from "../../execution.ts";
import { EXECUTION_NAME } from "../../execution-names.ts";
import { progressOf } from "../jobs/job-progress.ts";
import { executionFiles, type Home, optionsFor } from "../machine/home.ts";
import { executionArn, MACHINE_ARN } from "../machine/identity.ts";
import { holderOf } from "../machine/lock.ts";
import { EngineError } from "./engine-error.ts";
import { type JournalLine, toHistoryEvent } from "./history.ts";
import { damaged, readJournal } from "./journal.ts";

/** Throws ExecutionDoesNotExist. */
export function describeExecution(home: Home, name: string): ExecutionDescription {
  const { folder } = executionFiles(home, name);
  // Asked for before the journal is read: an execution that ends in between is then seen as ended, not as orphaned.
  const isOwned = existsSync(folder) && holderOf(folder, home.processes) !== null;
  const lines = linesOf(home, name);
  const identity = { name, executionArn: executionArn(name), stateMachineArn: MACHINE_ARN };
  const described = describeHistory(lines, identity);
  const isRunning = described.status === "RUNNING" && isOwned;
  return { ...described, isOwned: isRunning, progress: isRunning ? progressOf(home, lines) : [] };
}

/** The names of all executions of a home, those that are damaged too. */
export function executionNames(home: Home): string[] {
  // What has no journal is none.
  return namesOfFolders(home).filter((name) => existsSync(executionFiles(home, name).history));
}

/** The names of all folders that may be an execution's. */
export function namesOfFolders(home: Home): string[] {
  if (!existsSync(home.executions)) return [];
  // A name that begins with a dot is an execution in the making.
  return readdirSync(home.executions).filter((name) => !name.startsWith("."));
}

/** All executions of a home that can be read, the latest first, each with its whole history. */
export function listExecutions(home: Home): ExecutionDescription[] {
  const executions = executionNames(home).flatMap(
    (name) => whereReadable(() => describeExecution(home, name)) ?? [],
  );
  return executions.sort((a, b) => b.startDate.localeCompare(a.startDate) || a.name.localeCompare(b.name));
}

/** null for an execution that is damaged: it hides no other. Who asks for it, or for pbp doctor, hears of it. */
export function whereReadable<Found>(read: () => Found): Found | null {
  try {
    return read();
  } catch (error) {
    // A folder without a journal, or one that is pruned at this moment.
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof EngineError || code === "ENOENT" || code === "ENOTDIR") return null;
    throw error;
  }
}

/** The events as GetExecutionHistory gives them. Throws ExecutionDoesNotExist. */
export function readHistory(home: Home, name: string): HistoryEvent[] {
  return linesOf(home, name).map(toHistoryEvent);
}

function linesOf(home: Home, name: string): JournalLine[] {
  const missing = new EngineError(
    "ExecutionDoesNotExist",
    `There is no execution ${JSON.stringify(name)} in ${home.root}. See pbp runs${optionsFor(home)}.`,
  );
  if (!EXECUTION_NAME.test(name)) throw missing;
  const { history } = executionFiles(home, name);
  try {
    const lines = readJournal(history);
    if (lines[0]?.type === "ExecutionStarted") return lines;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw missing;
  }
  throw damaged(history, "it does not begin with ExecutionStarted");
}

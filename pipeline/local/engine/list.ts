import { lastStateOf, standingOf, tellsStanding } from "../../execution.ts";
import type { ListedExecution, Wanted } from "../../installation.ts";
import { executionFiles, type Home } from "../machine/home.ts";
import { holderOf } from "../machine/lock.ts";
import { describeExecution, namesOfFolders, whereReadable } from "./describe.ts";
import { EngineError } from "./engine-error.ts";
import { firstLine, lastLines } from "./journal-ends.ts";

type Began = Pick<ListedExecution, "name" | "startDate" | "input">;

/** At most `limit` executions of a home, the latest first; what is not shown is not read beyond its first line. */
export async function latestExecutions(
  home: Home,
  limit: number,
  wanted: Wanted = {},
): Promise<ListedExecution[]> {
  const { before, began = () => true, status, is = () => true } = wanted;
  const listed: ListedExecution[] = [];
  const all = latestFirst(home, namesOfFolders(home));
  for (const one of before === undefined ? all : behind(all, before)) {
    if (listed.length >= limit) break;
    if (!began(one)) continue;
    const execution = whereReadable(() => listedExecution(home, one));
    if (execution && (status === undefined || execution.status === status) && (await is(execution)))
      listed.push(execution);
  }
  return listed;
}

/** Names that begin with `beginning`, the latest first, at most `limit`; if it is a whole name, that one alone. */
export function namesFrom(home: Home, beginning: string, limit: number): string[] {
  const names = namesOfFolders(home).filter((name) => name.startsWith(beginning));
  return latestFirst(home, names.includes(beginning) ? [beginning] : names)
    .slice(0, limit)
    .map(({ name }) => name);
}

function latestFirst(home: Home, names: readonly string[]): Began[] {
  return names
    .flatMap((name) => whereReadable(() => beganAs(home, name)) ?? [])
    .sort((a, b) => b.startDate.localeCompare(a.startDate) || a.name.localeCompare(b.name));
}

function behind(all: readonly Began[], name: string): Began[] {
  const place = all.findIndex((one) => one.name === name);
  if (place < 0) throw new EngineError("ExecutionDoesNotExist", `There is no execution ${name} any more.`);
  return all.slice(place + 1);
}

function beganAs(home: Home, name: string): Began {
  const { timestamp, executionStartedEventDetails: details } = firstLine(executionFiles(home, name).history);
  return { name, startDate: timestamp, input: JSON.parse(details!.input!) };
}

function listedExecution(home: Home, began: Began): ListedExecution {
  const { folder, history } = executionFiles(home, began.name);
  const found = lastNews(history);
  if (found.status !== "RUNNING") return { ...began, ...found, progress: [] };
  // Asked for before the second look: what ends in between is then seen as ended, not as orphaned.
  if (holderOf(folder, home.processes) === null) {
    const now = lastNews(history);
    return { ...began, ...now, status: now.status === "RUNNING" ? "INTERRUPTED" : now.status, progress: [] };
  }
  const { progress } = describeExecution(home, began.name);
  return { ...began, ...lastNews(history), progress };
}

function lastNews(journal: string): Pick<ListedExecution, "status" | "lastState" | "stopDate" | "error"> {
  const lines = lastLines(journal, tellsStanding);
  const { status, stopDate, error } = standingOf(lines);
  return { status, lastState: lastStateOf(lines), stopDate, error };
}

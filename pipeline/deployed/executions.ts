// Which executions there are. Step Functions lists names, states and times; of what an execution was started with, and
// how far it is, each has to be asked.
import {
  DescribeExecutionCommand,
  type ExecutionListItem,
  ListExecutionsCommand,
  type ListExecutionsCommandOutput,
  type SFNClient,
} from "@aws-sdk/client-sfn";
import { InstallationError, type ListedExecution, type Wanted } from "../installation.ts";
import { newestFirst } from "./events.ts";
import type { Stack } from "./stack.ts";

// Enough to find the last state behind the events of a retried task.
const recentEvents = 25;
// Five at a time stay below the account's refill of GetExecutionHistory.
const askedAtOnce = 5;
// Of executions of which only some are wanted: the service's own default.
const pageSize = 100;

export async function namesFrom(
  steps: SFNClient,
  { StateMachineArn: stateMachineArn }: Stack,
  beginning: string,
  limit: number,
): Promise<string[]> {
  const names: string[] = [];
  let nextToken: string | undefined;
  do {
    const maxResults = beginning === "" ? limit : 1000;
    const page = await steps.send(new ListExecutionsCommand({ stateMachineArn, maxResults, nextToken }));
    const found = (page.executions ?? []).map(({ name }) => name!);
    if (found.includes(beginning)) return [beginning];
    names.push(...found.filter((name) => name.startsWith(beginning)));
    nextToken = page.nextToken;
    // A whole name may still come, on a later page.
  } while (nextToken && !(beginning === "" && names.length >= limit));
  return names.slice(0, limit);
}

/** At most `limit`, the latest first. */
export async function list(
  steps: SFNClient,
  stack: Stack,
  limit: number,
  wanted: Wanted = {},
): Promise<ListedExecution[]> {
  const { before, began, is } = wanted;
  const takesAll = before === undefined && !began && !is;
  const listed: ListedExecution[] = [];
  for await (const page of pages(steps, stack, takesAll ? Math.min(limit, 1000) : pageSize, wanted))
    for (let at = 0; at < page.length; at += askedAtOnce) {
      const several = page.slice(at, at + askedAtOnce);
      const described = await Promise.all(
        several.map((execution) => describeListed(steps, execution, wanted)),
      );
      listed.push(...described.filter((one) => one !== null));
      if (listed.length >= limit) return listed.slice(0, limit);
    }
  return listed;
}

/** What Step Functions lists of those that come after `before` and have the status. */
async function* pages(
  steps: SFNClient,
  { StateMachineArn: stateMachineArn }: Stack,
  maxResults: number,
  { before, status }: Wanted,
): AsyncGenerator<ExecutionListItem[]> {
  // Nobody has to be there for an execution in AWS.
  if (status === "INTERRUPTED") return;
  // That of `before` may be another by now.
  const statusFilter = before === undefined ? status : undefined;
  let isBehind = before === undefined;
  let page: ListExecutionsCommandOutput | undefined;
  do {
    const nextToken: string | undefined = page?.nextToken;
    page = await steps.send(
      new ListExecutionsCommand({ stateMachineArn, statusFilter, maxResults, nextToken }),
    );
    const executions = page.executions ?? [];
    const place = isBehind ? -1 : executions.findIndex(({ name }) => name === before);
    isBehind ||= place >= 0;
    if (isBehind) yield executions.slice(place + 1).filter((one) => !status || one.status === status);
  } while (page.nextToken);
  if (!isBehind)
    throw new InstallationError("ExecutionDoesNotExist", `There is no execution ${before} any more.`);
}

/** null for one that is not wanted. */
async function describeListed(
  steps: SFNClient,
  execution: ExecutionListItem,
  { began, is }: Wanted,
): Promise<ListedExecution | null> {
  const { name, executionArn } = execution;
  const input = await inputOf(steps, executionArn!);
  if (began && !began({ name: name!, input })) return null;
  const listed: ListedExecution = {
    name: name!,
    status: execution.status as ListedExecution["status"],
    startDate: execution.startDate!.toISOString(),
    stopDate: execution.stopDate?.toISOString() ?? null,
    input,
    progress: [],
    ...(await lastNews(steps, executionArn!)),
  };
  return !is || (await is(listed)) ? listed : null;
}

async function inputOf(steps: SFNClient, executionArn: string): Promise<unknown> {
  const { input } = await steps.send(new DescribeExecutionCommand({ executionArn }));
  return JSON.parse(input ?? "null");
}

/** The state entered last, and what a failed execution failed with, which ListExecutions does not tell. */
async function lastNews(
  steps: SFNClient,
  executionArn: string,
): Promise<Pick<ListedExecution, "lastState" | "error">> {
  let error: string | null = null;
  let isFirst = true;
  for await (const event of newestFirst(steps, executionArn, recentEvents)) {
    if (isFirst)
      error =
        (
          event.executionFailedEventDetails ??
          event.executionAbortedEventDetails ??
          event.executionTimedOutEventDetails
        )?.error ?? null;
    isFirst = false;
    const lastState = event.stateEnteredEventDetails?.name;
    if (lastState && event.type !== "ChoiceStateEntered") return { lastState, error };
  }
  return { lastState: "", error };
}

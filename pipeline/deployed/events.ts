import {
  GetExecutionHistoryCommand,
  type GetExecutionHistoryCommandOutput,
  type SFNClient,
} from "@aws-sdk/client-sfn";
import type { HistoryEvent } from "../execution.ts";

/** Step Functions' own limit. */
const eventsPerPage = 1000;

/** The events of an execution that are newer than `after`, oldest first. Throws ExecutionDoesNotExist. */
export async function eventsAfter(
  steps: SFNClient,
  executionArn: string,
  after: number,
): Promise<HistoryEvent[]> {
  const events: HistoryEvent[] = [];
  // Newest first, so that who follows a long execution reads its last page and not all of it again.
  for await (const event of newestFirst(steps, executionArn, eventsPerPage)) {
    if (event.id <= after) break;
    events.push(event);
  }
  return events.reverse();
}

/** The events of an execution, page by page. */
export async function* newestFirst(
  steps: SFNClient,
  executionArn: string,
  maxResults: number,
): AsyncGenerator<HistoryEvent> {
  let page: GetExecutionHistoryCommandOutput | undefined;
  do {
    page = await steps.send(
      new GetExecutionHistoryCommand({
        executionArn,
        reverseOrder: true,
        maxResults,
        nextToken: page?.nextToken,
      }),
    );
    for (const event of page.events ?? [])
      yield {
        ...event,
        id: event.id!,
        type: event.type!,
        previousEventId: event.previousEventId ?? 0,
        timestamp: event.timestamp!.toISOString(),
      };
  } while (page.nextToken);
}

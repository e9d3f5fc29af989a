import { setTimeout as wait } from "node:timers/promises";
import {
  DescribeExecutionCommand,
  type DescribeExecutionCommandOutput,
  ExecutionDoesNotExist,
  GetExecutionHistoryCommand,
  type SFNClient,
} from "@aws-sdk/client-sfn";

// The emulator tells nobody that an execution has ended; it answers in a millisecond.
const pollMs = 25;
// Far beyond any execution here, on a busy machine too: what takes longer hangs, and should say where.
const patienceMs = 300_000;

/**
 * Resolves when an execution has ended; one that an event is to start may not be there yet.
 *
 * @throws Error with what is known of an execution that hangs.
 */
export async function endOf(steps: SFNClient, executionArn: string): Promise<DescribeExecutionCommandOutput> {
  for (const started = Date.now(); ; ) {
    const found = await steps
      .send(new DescribeExecutionCommand({ executionArn }))
      .catch((error: unknown) => (error instanceof ExecutionDoesNotExist ? null : Promise.reject(error)));
    if (found && found.status !== "RUNNING") return found;
    if (Date.now() - started > patienceMs)
      throw new Error(
        found
          ? `${executionArn} still runs, in ${(await statesEntered(steps, executionArn)).at(-1)}.`
          : `${executionArn} was never started.`,
      );
    await wait(pollMs);
  }
}

/** The states that an execution entered, in order, those of branches not among them. */
export async function statesEntered(steps: SFNClient, executionArn: string): Promise<string[]> {
  const { events = [] } = await steps.send(
    new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 }),
  );
  return events.flatMap(({ stateEnteredEventDetails }) => stateEnteredEventDetails?.name ?? []);
}

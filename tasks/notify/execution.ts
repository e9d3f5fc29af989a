import type { StatusChange } from "./receipt.ts";

/**
 * What the event left out. Step Functions tells neither input nor error of a machine whose history is encrypted with a
 * key of the account: there the execution itself is asked.
 */
export async function complete(change: StatusChange): Promise<StatusChange> {
  if (typeof change.input === "string" || change.executionArn === undefined) return change;
  // On one machine events are whole, and the SDK is never loaded.
  const { DescribeExecutionCommand, SFNClient } = await import("@aws-sdk/client-sfn");
  const describe = new DescribeExecutionCommand({ executionArn: change.executionArn });
  const { input, error, cause } = await new SFNClient({}).send(describe);
  return { ...change, input, error, cause };
}

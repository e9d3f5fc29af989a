import { randomBytes } from "node:crypto";
import { userInfo } from "node:os";
import { setTimeout } from "node:timers/promises";
import { DescribeExecutionCommand, type SFNClient, StartExecutionCommand } from "@aws-sdk/client-sfn";
import type { WantedArm } from "../../tasks/models/set-traffic.ts";
import { causeMessage } from "../cause.ts";
import { InstallationError } from "../installation.ts";

// One Lambda function, cold and in a VPC: seconds.
const pauseMs = 500;

/** What states/models.ts takes. */
export type ModelsRequest =
  | { action: "history"; model?: string }
  | { action: "publish"; model?: string }
  | { action: "predict"; model: string; generation: number; version: string; digest: string; attempt: number }
  | { action: "lineage"; model?: string; generation: number }
  | { action: "rollback"; model?: string; to: number | null; reason: string }
  | { action: "traffic"; model?: string; arm: WantedArm | null; reason: string }
  | { action: "policy"; model?: string; policy: unknown }
  | { action: "promote" | "approve" | "decline"; execution: string; by: string; reason: string };

/**
 * Runs an execution of the state machine that looks after the models folder, and returns its output.
 *
 * Throws what the execution failed with.
 */
export async function askModels(
  steps: SFNClient,
  stateMachineArn: string,
  request: ModelsRequest,
): Promise<unknown> {
  // The generation log keeps it as the actor; CloudTrail knows the real one by it.
  const user = userInfo()
    .username.replace(/[^0-9A-Za-z]+/g, "-")
    .slice(0, 32);
  const name = `${request.action}-${user}-${randomBytes(6).toString("hex")}`;
  const { executionArn } = await steps.send(
    new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(request) }),
  );
  for (;;) {
    const { status, output, error, cause } = await steps.send(new DescribeExecutionCommand({ executionArn }));
    if (status === "SUCCEEDED") return JSON.parse(output!);
    if (status !== "RUNNING") throw new InstallationError(error ?? status!, causeMessage(cause));
    await setTimeout(pauseMs);
  }
}

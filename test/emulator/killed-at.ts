import { SageMakerClient } from "@aws-sdk/client-sagemaker";
import { vi } from "vitest";

/**
 * Does `work` in a process that is killed at one of its requests to SageMaker, before it is sent or before its answer
 * comes back. Says whether there was such a request.
 */
export async function killedAt(
  request: number,
  when: "before" | "after",
  work: () => Promise<unknown>,
): Promise<boolean> {
  const send = SageMakerClient.prototype.send;
  let sent = 0;
  const killed = new Error("killed");
  vi.spyOn(SageMakerClient.prototype, "send").mockImplementation(async function (
    this: SageMakerClient,
    ...args: unknown[]
  ) {
    // Nothing of a dead process is sent.
    if (sent >= request) throw killed;
    sent++;
    if (sent === request && when === "before") throw killed;
    const answer = await (send as (...args: unknown[]) => unknown).apply(this, args);
    if (sent === request) throw killed;
    return answer as never;
  } as never);
  // What is not tidied up is only told.
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
  await work().catch(() => undefined);
  vi.restoreAllMocks();
  return sent >= request;
}

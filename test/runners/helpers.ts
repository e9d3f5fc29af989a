import { setTimeout as wait } from "node:timers/promises";
import type { TaskProgress } from "../../pipeline/execution.ts";
import type { TaskContext } from "../../pipeline/local/engine/task-runner.ts";
import { identify } from "../../pipeline/local/machine/process-identity.ts";

// A machine that is busy with other tests needs seconds to start a process; a hang is longer than this.
const deadlineMs = 20_000;

/** Resolves as soon as `condition` holds; fails after 20 s. */
export async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + deadlineMs;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`Still waiting after ${deadlineMs} ms for: ${condition}`);
    await wait(20);
  }
}

export function processGone(pid: number): boolean {
  return identify(pid) === null;
}

export type Told = { submitted: unknown[]; progress: TaskProgress[] };

/** A task's context that keeps what it was told. */
export function contextOf(options: { signal?: AbortSignal | undefined; told?: Told } = {}): TaskContext {
  return {
    signal: options.signal ?? new AbortController().signal,
    executionName: "execution",
    stateName: "State",
    onSubmitted: (answer) => options.told?.submitted.push(answer),
    onProgress: (progress) => options.told?.progress.push(progress),
  };
}

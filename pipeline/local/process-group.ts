import { setTimeout as wait } from "node:timers/promises";

// Often enough that nobody waits on it, seldom enough that it costs nothing.
const lookEveryMs = 50;
// A process with gigabytes of memory is gone within a second or two.
const killTakesMs = 5000;

/** Sends a signal (0: none, only asks) to every process of a group; false when the group has none left. */
export function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-group, signal);
    return true;
  } catch {
    return false;
  }
}

/**
 * Asks a group to end, and ends it `graceMs` later. Resolves when none of it is left, at the latest some seconds after
 * the SIGKILL: what is left then are zombies in a container whose first process does not collect them.
 */
export async function endGroup(group: number, graceMs: number): Promise<void> {
  signalGroup(group, "SIGTERM");
  await gone(group, graceMs);
  if (signalGroup(group, "SIGKILL")) await gone(group, killTakesMs);
}

async function gone(group: number, withinMs: number): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (signalGroup(group, 0) && Date.now() < deadline) await wait(lookEveryMs);
}

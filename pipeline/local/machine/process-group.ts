import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";

// Often enough that nobody waits on it, seldom enough that it costs nothing.
const lookEveryMs = 50;

/** Sends a signal to every process of a group; false when the group has none left. */
export function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-group, signal);
    return true;
  } catch {
    return false;
  }
}

/** Whether a process of the group still runs. */
export function groupRuns(group: number): boolean {
  if (!signalGroup(group, 0)) return false;
  if (process.platform !== "linux") return true;
  // Zombies get signals too. A worker whose parent died is one until the machine's first process collects it: seconds,
  // or for ever in a container whose first process does not know that it should.
  return readdirSync("/proc").some((name) => /^\d+$/.test(name) && runsIn(group, name));
}

function runsIn(group: number, pid: string): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // proc(5): state, parent, group follow the command, which is in parentheses and may hold anything.
    const [state, , processGroup] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return Number(processGroup) === group && state !== "Z" && state !== "X";
  } catch {
    return false; // it has just ended
  }
}

/** Asks a group to end, and ends it `graceMs` later. Resolves when none of it runs. */
export async function endGroup(group: number, graceMs: number): Promise<void> {
  signalGroup(group, "SIGTERM");
  const deadline = performance.now() + graceMs;
  while (groupRuns(group)) {
    if (performance.now() >= deadline) signalGroup(group, "SIGKILL");
    await wait(lookEveryMs);
  }
}

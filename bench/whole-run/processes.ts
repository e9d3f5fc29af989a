// CPU seconds of a process and of all that it starts, by what they are for; on Linux, from /proc.
import { readFileSync } from "node:fs";

const CLOCK_TICKS = 100; // USER_HZ, the same on every Linux that Node runs on
const lookEveryMs = 20;

/** What a process of `pbp run` is for. */
export const partsOfARun = [
  "pbp",
  "bundling",
  "functions",
  "base model",
  "Python, once",
  "Embed",
  "Train",
  "Evaluate",
  "other",
] as const;
export type Part = (typeof partsOfARun)[number];

const jobs: Readonly<Record<string, Part>> = {
  "pbp embed": "Embed",
  "pbp train": "Train",
  "pbp evaluate": "Evaluate",
};

/**
 * Looks at the tree below a process until it is told to stop. What a process has used since the last look before its end
 * is missed: 20 ms at most, less than a hundredth of what the jobs take.
 */
export function watchProcesses(root: number): () => Map<Part, number> {
  const seen = new Map<number, { part: Part; seconds: number }>();
  const look = () => {
    const waiting = [root];
    for (let pid = waiting.pop(); pid !== undefined; pid = waiting.pop())
      try {
        waiting.push(...childrenOf(pid));
        const part = pid === root ? "pbp" : partOf(pid);
        // One that has ended and is not yet collected has no command any more.
        const known = part === "other" ? seen.get(pid)?.part : undefined;
        seen.set(pid, { part: known ?? part, seconds: secondsOf(pid) });
      } catch {} // it has ended since it was listed
  };
  const timer = setInterval(look, lookEveryMs);
  return () => {
    clearInterval(timer);
    const sums = new Map<Part, number>();
    for (const { part, seconds } of seen.values()) sums.set(part, (sums.get(part) ?? 0) + seconds);
    return sums;
  };
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8")
    .trim()
    .split(" ")
    .filter(Boolean)
    .map(Number);
}

/** A job is forked from the Python that has torch, and then takes its name. */
function partOf(pid: number): Part {
  const name = readFileSync(`/proc/${pid}/comm`, "utf8").trim();
  const command = readFileSync(`/proc/${pid}/cmdline`, "utf8");
  if (jobs[name]) return jobs[name];
  if (command.includes("supervisor.py")) return "Python, once";
  if (command.includes("add_base_model")) return "base model";
  if (command.includes("esbuild")) return "bundling";
  return command.includes("node") ? "functions" : "other";
}

function secondsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)!.split(" ");
  return (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS;
}

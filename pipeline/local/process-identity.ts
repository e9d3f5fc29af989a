import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** A process and when it started, in whatever unit the system has: a pid alone may meanwhile be somebody else's. */
export type ProcessIdentity = { pid: number; processStart: string };

/** The process `pid` as it is now; null when there is none, or only its zombie. */
export function identify(pid: number): ProcessIdentity | null {
  const start = processStart(pid);
  return start === null ? null : { pid, processStart: start };
}

/** Whether the very process that was identified still runs. */
export function isRunning(identity: ProcessIdentity): boolean {
  return processStart(identity.pid) === identity.processStart;
}

function processStart(pid: number): string | null {
  try {
    return process.platform === "linux" ? startOnLinux(pid) : startElsewhere(pid);
  } catch {
    return null;
  }
}

function startOnLinux(pid: number): string | null {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // proc(5): the second field is the command in parentheses and may hold anything; state is 3rd, starttime 22nd.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields[0] === "Z" || fields[0] === "X" ? null : (fields[19] ?? null);
}

function startElsewhere(pid: number): string | null {
  const env = { LC_ALL: "C", PATH: "/bin:/usr/bin" };
  const text = execFileSync("ps", ["-o", "stat=,lstart=", "-p", String(pid)], { encoding: "utf8", env });
  const [state = "Z", ...started] = text.trim().split(/\s+/);
  return state.startsWith("Z") ? null : started.join(" ");
}

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { bootId, linkInProc, pidNamespace } from "../../../tasks/store/process-place.ts";

/**
 * A process, and where its pid counts. A pid alone may be somebody else's: later, on another machine, or in another
 * container, where every first process is 1.
 */
export type ProcessIdentity = {
  pid: number;
  /** When it started, in whatever unit the system has. */
  processStart: string;
  /** This start of the machine's kernel, which all of its containers share; elsewhere than on Linux the machine. */
  boot: string;
  /** The PID namespace; empty where there are none. */
  namespace: string;
  /** What people call the machine or the container. */
  host: string;
};

const here = {
  boot: bootId || hardwareId() || hostname(),
  namespace: pidNamespace,
  host: hostname(),
};
// A namespace that was made without its own /proc sees the processes of the one around it, under other pids.
const seesItself = process.platform !== "linux" || linkInProc("self") === String(process.pid);

/** The process `pid` as it is now; null when there is none, or only its zombie. */
export function identify(pid: number): ProcessIdentity | null {
  const start = processStart(pid);
  return start === null ? null : { pid, processStart: start, ...here };
}

/** Whether this process can look the other one up. */
export function isVisible({ boot, namespace }: ProcessIdentity): boolean {
  return boot === here.boot && namespace === here.namespace && seesItself;
}

/** Whether the other process runs, or ran, on the kernel that this one runs on. */
export function sharesKernel({ boot }: ProcessIdentity): boolean {
  return boot === here.boot;
}

/** Whether the very process that was identified still runs. It must be visible. */
export function isRunning({ pid, processStart: start }: ProcessIdentity): boolean {
  return processStart(pid) === start;
}

function processStart(pid: number): string | null {
  try {
    return process.platform === "linux" ? startOnLinux(pid) : startElsewhere(pid);
  } catch {
    return null;
  }
}

function startOnLinux(pid: number): string | null {
  const stat = readFileSync(`/proc/${pid === process.pid ? "self" : pid}/stat`, "utf8");
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

/** The Mac that this is: its name changes with the network that it is in. */
function hardwareId(): string {
  if (process.platform !== "darwin") return "";
  try {
    const device = ["-rd1", "-c", "IOPlatformExpertDevice"];
    const text = execFileSync("/usr/sbin/ioreg", device, { encoding: "utf8" });
    return /"IOPlatformUUID" = "([^"]+)"/.exec(text)?.[1] ?? "";
  } catch {
    return "";
  }
}

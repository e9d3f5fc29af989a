import { fork } from "node:child_process";
import { readFileSync } from "node:fs";
import { constants } from "node:os";
import { fileURLToPath } from "node:url";
import { endGroup, groupRuns } from "../machine/process-group.ts";
import { identify, isVisible, type ProcessIdentity } from "../machine/process-identity.ts";
import type { Order, Report } from "./supervisor-protocol.ts";

const supervisor = fileURLToPath(new URL("./supervisor.ts", import.meta.url));

/** How a job's process ended. `exitCode` is 128 + n after signal n, as in a container. */
export type JobEnd =
  | { how: "exited"; exitCode: number }
  | { how: "timedOut" | "aborted" }
  /** The process could not be started, or its supervisor was killed. */
  | { how: "lost"; reason: string };

export type JobProcess = Order & {
  maxRuntimeSeconds: number;
  signal: AbortSignal;
};

/** Runs a job's command under a supervisor; resolves when nothing of its process group is left. Never rejects. */
export async function runJobProcess(job: JobProcess): Promise<JobEnd> {
  const { maxRuntimeSeconds, signal, ...order } = job;
  const ended = await superviseToEnd(order, { maxRuntimeSeconds, signal });
  // A supervisor that was killed leaves the group behind. One that ended in peace has ended the group first.
  await endLeftover(order.note, ended.how === "lost" ? 0 : order.graceMs);
  return ended;
}

type Watch = Pick<JobProcess, "maxRuntimeSeconds" | "signal">;

function superviseToEnd(order: Order, { maxRuntimeSeconds, signal }: Watch): Promise<JobEnd> {
  return new Promise((resolve) => {
    const child = fork(supervisor, {
      cwd: order.cwd,
      // Out of the terminal's group: a Ctrl-C is the engine's to hear, which then stops its jobs in order.
      detached: true,
      env: { PATH: order.environment.PATH },
      execArgv: [],
      serialization: "json",
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    let stopped: "timedOut" | "aborted" | undefined;
    let end: JobEnd = { how: "lost", reason: "its supervisor was killed" };
    const stop = (why: "timedOut" | "aborted") => {
      stopped ??= why;
      if (child.connected) child.send({ stop: true }, () => {});
    };
    const onAbort = () => stop("aborted");
    const timer = setTimeout(() => stop("timedOut"), maxRuntimeSeconds * 1000);
    child.on("message", (message) => {
      const report = message as Report;
      if ("failed" in report)
        end = { how: "lost", reason: `its process could not be started (${report.failed})` };
      else end = stopped ? { how: stopped } : { how: "exited", exitCode: exitCodeOf(report.exited) };
    });
    child.once("error", (error) => {
      end = { how: "lost", reason: `its supervisor could not be started (${error.name})` };
      if (child.pid === undefined) finish();
    });
    child.once("close", finish);
    signal.addEventListener("abort", onAbort, { once: true });
    child.send(order, () => {});
    if (signal.aborted) onAbort();

    function finish() {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      resolve(end);
    }
  });
}

/** Ends the process group that a supervisor's note names, unless its pid is somebody else's by now. */
export async function endLeftover(note: string, graceMs: number): Promise<void> {
  let leader: ProcessIdentity;
  try {
    leader = JSON.parse(readFileSync(note, "utf8")) as ProcessIdentity;
  } catch {
    return; // nothing was started
  }
  // A pid of another container, or of before the machine was started, says nothing here.
  if (!isVisible(leader)) return;
  // While a member lives, the group's number is given to no new process: without its leader it is still ours.
  const now = identify(leader.pid);
  const isReplaced = now !== null && now.processStart !== leader.processStart;
  if (!isReplaced && groupRuns(leader.pid)) await endGroup(leader.pid, graceMs);
}

function exitCodeOf({ code, signal }: { code: number | null; signal: NodeJS.Signals | null }): number {
  return code ?? 128 + (signal ? constants.signals[signal] : 0);
}

import { readFileSync, writeFileSync } from "node:fs";
import { endGroup, groupRuns } from "../machine/process-group.ts";
import { identify, isVisible, type ProcessIdentity } from "../machine/process-identity.ts";
import type { Supervisor } from "./supervisor.ts";
import type { Start } from "./supervisor-protocol.ts";

/** How a job's process ended. `exitCode` is 128 + n after signal n, as in a container. */
export type JobEnd =
  | { how: "exited"; exitCode: number }
  | { how: "timedOut" | "aborted" }
  /** The process could not be started, or its supervisor was killed. */
  | { how: "lost"; reason: string };

/** What starts jobs: Python's supervisor, or Node itself. */
type Starts = Pick<Supervisor, "start">;

export type JobProcess = Start & {
  /** File that gets the group leader's ProcessIdentity. */
  note: string;
  maxRuntimeSeconds: number;
  signal: AbortSignal;
};

/** Runs a job's script; resolves when nothing of its process group is left. Never rejects. */
export async function runJobProcess(supervisor: Starts, job: JobProcess): Promise<JobEnd> {
  const ended = await superviseToEnd(supervisor, job);
  // A supervisor that was killed leaves the group behind. One that lives has ended the group first.
  await endLeftover(job.note, ended.how === "lost" ? 0 : job.graceMs);
  return ended;
}

function superviseToEnd(supervisor: Starts, job: JobProcess): Promise<JobEnd> {
  const { maxRuntimeSeconds, signal, note, ...start } = job;
  return new Promise((resolve) => {
    let stopped: "timedOut" | "aborted" | undefined;
    const process = supervisor.start(start, (report) => {
      if ("started" in report) {
        // Before it begins: if all of us are killed, the next engine finds the group by this note.
        writeNote(note, report.started);
        process.go();
      } else if ("exited" in report) {
        finish(stopped ? { how: stopped } : { how: "exited", exitCode: exitCodeOf(report.exited) });
      } else if ("failed" in report) {
        finish({ how: "lost", reason: `its process could not be started (${report.failed})` });
      } else {
        finish({ how: "lost", reason: report.gone });
      }
    });
    const stop = (why: "timedOut" | "aborted") => {
      stopped ??= why;
      process.stop();
    };
    const onAbort = () => stop("aborted");
    const timer = setTimeout(() => stop("timedOut"), maxRuntimeSeconds * 1000);
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();

    function finish(end: JobEnd) {
      process.forget();
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      resolve(end);
    }
  });
}

/** The process waits for us, so it is there, unless it was killed: then its pid is nobody's. */
function writeNote(note: string, pid: number): void {
  const leader = identify(pid);
  if (leader) writeFileSync(note, JSON.stringify(leader));
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

function exitCodeOf(status: number): number {
  return status < 0 ? 128 - status : status;
}

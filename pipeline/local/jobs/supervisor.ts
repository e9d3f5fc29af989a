// Runs one job as a process group, and ends the group when it is told to or when the engine is gone: a closed IPC
// channel is how a process hears of its parent's kill -9. Started by job-process.ts.
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, writeFileSync, writeSync } from "node:fs";
import { createInterface } from "node:readline";
import { endGroup, signalGroup } from "../machine/process-group.ts";
import { identify } from "../machine/process-identity.ts";
import type { Order, Report } from "./supervisor-protocol.ts";

function report(message: Report): void {
  if (process.connected) process.send!(message);
}

/** Nothing else keeps this process alive. */
function leave(): void {
  if (process.connected) process.disconnect();
}

function run({ command, args, cwd, environment, log, note, graceMs }: Order): void {
  const output = openSync(log, "a");
  const child = spawn(command, args, {
    cwd,
    env: environment,
    // Its own group, so that a signal reaches the workers of the job too and a Ctrl-C does not.
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  if (child.pid !== undefined)
    // Before anything else: if all of us are killed, the next engine finds the group by this note.
    writeFileSync(
      note,
      JSON.stringify(identify(child.pid) ?? { ...identify(process.pid), pid: child.pid, processStart: "" }),
    );
  copyLines(child, output);

  let stopping = false;
  const stop = () => {
    if (stopping || child.pid === undefined) return;
    stopping = true;
    endGroup(child.pid, graceMs).catch(() => {});
  };
  process.on("message", stop);
  process.on("disconnect", stop);
  child.once("error", (error: NodeJS.ErrnoException) => {
    report({ failed: error.code ?? error.name });
    if (child.pid === undefined) leave();
  });
  child.once("exit", (code, signal) => {
    // Workers that outlive their leader would hold the pipes, and the memory.
    if (child.pid !== undefined) signalGroup(child.pid, "SIGKILL");
    child.once("close", () => {
      closeSync(output);
      report({ exited: { code, signal } });
      leave();
    });
  });
}

function copyLines(child: ChildProcess, output: number): void {
  for (const stream of [child.stdout!, child.stderr!])
    createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on("line", (line) => {
      writeSync(output, `${line}\n`);
    });
}

// The engine ends a job by message; signals for the engine's terminal are not meant for the job.
for (const signal of ["SIGINT", "SIGHUP"] as const) process.on(signal, () => {});
process.once("message", run);
process.once("disconnect", () => {
  // Without an order there is no job, and nothing keeps this process alive.
});

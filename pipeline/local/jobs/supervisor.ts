// The engine's end of supervisor.py: one Python process, which runs all jobs of this process.
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { pythonEnvironment } from "../../python.ts";
import type { Order, Report, Start } from "./supervisor-protocol.ts";

const program = fileURLToPath(new URL("./supervisor.py", import.meta.url));

/** Called with what the supervisor says of one job. `gone`: it has ended itself, and why; nothing more will come. */
export type Listener = (report: Report | { gone: string }) => void;

/** A watched folder may bring the next export in days; until then, what was loaded takes some 250 MB. */
const idleMs = 60_000;

/** Those whose process has not ended. */
const supervisors = new Set<Supervisor>();
// Idle, they must not keep this process alive, nor outlive it by the seconds that loading takes. One listener for all:
// Node warns of many.
process.once("exit", () => {
  for (const supervisor of supervisors) supervisor.killIdle();
});

/**
 * The one of this process that runs jobs with this Python. Started when it is first asked for, or has ended.
 *
 * @param python The Python with the jobs' packages.
 * @param folder Where it runs, which tells people whose it is.
 */
export function supervisorOf(python: string, folder: string): Supervisor {
  for (const supervisor of supervisors)
    if (supervisor.isUsable && supervisor.python === python && supervisor.folder === folder)
      return supervisor;
  return new Supervisor(python, folder);
}

export class Supervisor {
  readonly python: string;
  readonly folder: string;
  private readonly child: ChildProcessByStdio<Writable, Readable, null>;
  private readonly jobs = new Map<number, Listener>();
  private lastId = 0;
  private isGone = false;
  private idle: NodeJS.Timeout | undefined;

  constructor(python: string, folder: string) {
    this.python = python;
    this.folder = folder;
    this.child = spawn(python, ["-I", program], {
      cwd: folder,
      // Out of the terminal's group: a Ctrl-C is the engine's to hear, which then stops its jobs in order.
      detached: true,
      env: pythonEnvironment(),
      stdio: ["pipe", "pipe", "ignore"],
    });
    this.child.once("error", (error: NodeJS.ErrnoException) =>
      this.end(`its process could not be started (${error.code ?? error.name})`),
    );
    this.child.once("close", () => this.end("its supervisor was killed"));
    this.child.stdin.on("error", () => {}); // its end is told by "close"
    createInterface({ input: this.child.stdout }).on("line", (line) => {
      const report = JSON.parse(line) as Report;
      this.jobs.get(report.id)?.(report);
    });
    supervisors.add(this);
    this.rest();
  }

  get isUsable(): boolean {
    return !this.isGone;
  }

  killIdle(): void {
    if (this.jobs.size === 0) this.child.kill("SIGKILL");
  }

  /** Loads what the jobs need, in time for the first one. */
  load(modules: string[], folder: string): void {
    this.order({ do: "load", modules, folder });
  }

  /** Starts a job's process, which waits for go(). */
  start(start: Start, listener: Listener): { go: () => void; stop: () => void; forget: () => void } {
    const id = ++this.lastId;
    this.jobs.set(id, listener);
    clearTimeout(this.idle);
    this.keepAlive(true);
    this.order({ do: "start", id, ...start });
    return {
      go: () => this.order({ do: "go", id }),
      stop: () => this.order({ do: "stop", id }),
      forget: () => {
        this.jobs.delete(id);
        if (this.jobs.size === 0) this.rest();
      },
    };
  }

  private order(order: Order): void {
    if (!this.isGone) this.child.stdin.write(`${JSON.stringify(order)}\n`);
  }

  private end(why: string): void {
    supervisors.delete(this);
    if (this.isGone) return;
    this.isGone = true;
    for (const listener of [...this.jobs.values()]) listener({ gone: why });
  }

  private rest(): void {
    this.keepAlive(false);
    this.idle = setTimeout(() => {
      this.isGone = true;
      this.child.stdin.end();
    }, idleMs).unref();
  }

  private keepAlive(isBusy: boolean): void {
    const streams = [this.child.stdin, this.child.stdout] as unknown as { ref(): void; unref(): void }[];
    for (const one of [this.child, ...streams]) isBusy ? one.ref() : one.unref();
  }
}

import { fork } from "node:child_process";
import { dirname } from "node:path";
import type { FunctionSettings } from "../../functions.ts";
import { type Answer, type Invocation, outOfMemorySignal } from "./lambda-protocol.ts";

export type LambdaError = { errorType: string; errorMessage: string; trace?: string[] };

export type HostRun = {
  host: string;
  bundle: string;
  /** The event as JSON. */
  event: string;
  requestId: string;
  name: string;
  settings: FunctionSettings;
  environment: Record<string, string>;
  /** File descriptor for stdout and stderr. */
  log: number;
  signal: AbortSignal | undefined;
};

/** `json` is absent when the function returned nothing; `maxMemoryBytes` is 0 when the process did not live to tell. */
export type HostOutcome = { json?: string; error?: LambdaError; maxMemoryBytes: number };

/** Runs one invocation in its own process; settles when that process has ended, whatever became of it. */
export function runInHost(run: HostRun): Promise<HostOutcome> {
  const { settings, requestId } = run;
  const memoryBytes = settings.memoryMegabytes * 1024 * 1024;
  const child = fork(run.host, [run.bundle, String(memoryBytes), String(process.pid)], {
    cwd: dirname(run.bundle),
    // Out of the terminal's group: a Ctrl-C is the engine's to hear, and no error of the function.
    detached: true,
    env: run.environment,
    // As Lambda's runtime does: the heap gets nine tenths, so that V8 collects before the limit.
    execArgv: [`--max-old-space-size=${Math.floor(settings.memoryMegabytes * 0.9)}`, "--enable-source-maps"],
    serialization: "json",
    stdio: ["ignore", run.log, run.log, "ipc"],
  });
  return new Promise((resolve, reject) => {
    let answer: Answer | undefined;
    let timedOut = false;
    const kill = () => child.kill("SIGKILL");
    const timer = setTimeout(() => {
      timedOut = true;
      kill();
    }, settings.timeoutSeconds * 1000);
    run.signal?.addEventListener("abort", kill, { once: true });
    if (run.signal?.aborted) kill();
    const end = () => {
      clearTimeout(timer);
      run.signal?.removeEventListener("abort", kill);
    };
    child.once("error", (error) => {
      end();
      reject(error);
    });
    child.on("message", (message) => {
      answer = message as Answer;
      clearTimeout(timer);
    });
    child.once("close", (code, signal) => {
      end();
      resolve(answer ? answered(answer) : died({ code, signal, timedOut, requestId, settings }));
    });
    const invocation: Invocation = {
      event: JSON.parse(run.event),
      requestId,
      functionName: run.name,
      timeoutMs: settings.timeoutSeconds * 1000,
    };
    // A child that died already is reported by its end, not by the failed send.
    child.send(invocation, () => {});
  });
}

function answered(answer: Answer): HostOutcome {
  const { maxMemoryBytes } = answer;
  if (answer.ok)
    return answer.json === undefined ? { maxMemoryBytes } : { json: answer.json, maxMemoryBytes };
  const { errorType, errorMessage, trace } = answer;
  return { error: { errorType, errorMessage, trace }, maxMemoryBytes };
}

type Death = {
  code: number | null;
  signal: NodeJS.Signals | null;
  timedOut: boolean;
  requestId: string;
  settings: FunctionSettings;
};

function died({ code, signal, timedOut, requestId, settings }: Death): HostOutcome {
  const error = (errorType: string, problem: string) => ({
    error: { errorType, errorMessage: `RequestId: ${requestId} Error: ${problem}` },
    maxMemoryBytes: 0,
  });
  if (timedOut)
    return error("Sandbox.Timedout", `Task timed out after ${settings.timeoutSeconds.toFixed(2)} seconds`);
  // V8 aborts itself when its heap is full; our guard sends its own signal for everything outside the heap.
  if (signal === outOfMemorySignal || signal === "SIGABRT")
    return error("Runtime.OutOfMemory", "Runtime exited with error: signal: killed");
  const how = signal ? `signal: ${signal.slice(3).toLowerCase()}` : `exit status ${code}`;
  return error("Runtime.ExitError", `Runtime exited with error: ${how}`);
}

// Runs one invocation of one function in its own process:
// node lambda-host.mjs <index.mjs> <memory, bytes> <process id of the parent>.
// The parent sends the event, gets the answer, and ends the process. A second thread ends it when it outgrows its
// memory or loses its parent, even while the function blocks the first one.
import { writeSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { isMainThread, Worker, workerData } from "node:worker_threads";
import { type Answer, type Invocation, outOfMemorySignal } from "./lambda-protocol.ts";

// A function that allocates 1 GB/s grows by 50 MB between two looks, and one of a killed engine lives this long.
const lookEveryMs = 50;

type Guarded = { parentPid: number; memoryBytes: number };

function guard({ parentPid, memoryBytes }: Guarded): void {
  setInterval(() => {
    // Orphans get another parent: the engine was killed, and nobody waits for the answer.
    if (process.ppid !== parentPid) process.kill(process.pid, "SIGKILL");
    if (process.memoryUsage.rss() > memoryBytes) process.kill(process.pid, outOfMemorySignal);
  }, lookEveryMs);
}

async function invoke(bundle: string, { event, requestId, functionName, timeoutMs }: Invocation) {
  const deadline = performance.now() + timeoutMs;
  try {
    const loaded = (await import(pathToFileURL(bundle).href)) as { handler?: unknown };
    if (typeof loaded.handler !== "function")
      throw Object.assign(new Error("index.handler is undefined or not exported"), {
        name: "Runtime.HandlerNotFound",
      });
    const result: unknown = await loaded.handler(event, {
      awsRequestId: requestId,
      functionName,
      functionVersion: "$LATEST",
      getRemainingTimeInMillis: () => Math.max(0, deadline - performance.now()),
    });
    return { ok: true, json: JSON.stringify(result) } as const;
  } catch (error) {
    return { ok: false, ...described(error) } as const;
  }
}

function described(error: unknown) {
  if (!(error instanceof Error))
    return { errorType: typeof error, errorMessage: "Something that is not an Error was thrown.", trace: [] };
  return { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? "").split("\n") };
}

if (!isMainThread) guard(workerData as Guarded);
else if (process.send) {
  const [bundle, memoryBytes, parentPid] = process.argv.slice(2);
  // Told, not asked for: a parent that died while Node started has left us to another one already.
  const guarded: Guarded = { parentPid: Number(parentPid), memoryBytes: Number(memoryBytes) };
  new Worker(new URL(import.meta.url), { workerData: guarded, execArgv: [] }).unref();
  process.once("message", async (message: Invocation) => {
    const answer = await invoke(bundle!, message);
    // maxRSS is in kilobytes.
    const maxMemoryBytes = process.resourceUsage().maxRSS * 1024;
    process.send!({ ...answer, maxMemoryBytes } satisfies Answer, () => process.exit(0));
  });
  // As in Lambda, an error that nobody awaits ends the function. The log gets its name and place; its text may quote
  // the data.
  process.on("uncaughtException", (error) => {
    const frames = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
    writeSync(2, `${[`Uncaught ${error.name}`, ...frames].join("\n")}\n`);
    process.exit(129);
  });
}

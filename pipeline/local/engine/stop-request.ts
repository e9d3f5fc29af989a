// How `pbp stop` reaches the engine of another process: by a file in the execution's folder. No signal, since a pid may
// be somebody else's by now, or mean nothing here when the engine runs in another container.
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

// Somebody waits for it, and a look costs microseconds.
const lookEveryMs = 500;

const request = (folder: string) => join(folder, "stop");

/** Asks the engine that runs the execution of this folder to stop it. */
export function requestStop(folder: string): void {
  writeFileSync(request(folder), "");
}

/** A signal that is aborted by a request, or by `signal`, until it is closed. What was asked of an earlier engine is over. */
export function listenForStop(folder: string, signal?: AbortSignal): { signal: AbortSignal; close(): void } {
  const stop = new AbortController();
  const withdraw = () => {
    if (existsSync(request(folder))) rmSync(request(folder), { force: true });
  };
  withdraw();
  const timer = setInterval(() => {
    if (existsSync(request(folder))) stop.abort();
  }, lookEveryMs);
  timer.unref();
  return {
    signal: signal ? AbortSignal.any([signal, stop.signal]) : stop.signal,
    close() {
      clearInterval(timer);
      withdraw();
    },
  };
}

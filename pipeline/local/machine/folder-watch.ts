import { watch } from "node:fs";

// Network file systems tell nothing: there, this is how late a change is seen.
const pollMs = 1000;

/** Calls `tell` when something may have changed in a folder, at once where the system says so, until `signal` ends it. */
export function watchFolder(folder: string, tell: () => void, signal: AbortSignal): void {
  if (signal.aborted) return;
  const poll = setInterval(tell, pollMs);
  signal.addEventListener("abort", () => clearInterval(poll), { once: true });
  try {
    // A folder that goes, or that is not there yet, is the poll's to tell.
    watch(folder, { signal }, tell).on("error", () => {});
  } catch {
    // Neither is a system without, or out of, such watches an error.
  }
}

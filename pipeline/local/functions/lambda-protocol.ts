// What the lambda runner and lambda-host say to each other.

/** Runner → host. */
export type Invocation = { event: unknown; requestId: string; functionName: string; timeoutMs: number };

/** Host → runner. `json` is absent when the function returned nothing. */
export type Answer =
  | { ok: true; json?: string; maxMemoryBytes: number }
  | { ok: false; errorType: string; errorMessage: string; trace: string[]; maxMemoryBytes: number };

/** The signal that ends a function over its memory: unlike SIGKILL it tells the runner why. */
export const outOfMemorySignal = "SIGUSR2";

import type { Watching } from "../installation.ts";

export type Background = ReturnType<typeof openBackground>;

/**
 * What was begun from a page and goes on when the page is answered.
 *
 * @param signal Stops what runs in this process; what runs in AWS goes on without it.
 */
export function openBackground({
  signal,
  onFault,
}: {
  signal: AbortSignal | undefined;
  onFault: (error: unknown) => void;
}) {
  const underWay = new Set<Promise<void>>();
  return {
    /** Resolves at the first event, from when on the execution is on the disk; rejects with what kept it from beginning. */
    async begin(work: (watching: Watching) => Promise<void>): Promise<void> {
      const { promise: begun, resolve } = Promise.withResolvers<void>();
      const done = work({ ...(signal && { signal }), onEvent: () => resolve() });
      const settled = done.catch(() => {}).finally(() => underWay.delete(settled));
      underWay.add(settled);
      await Promise.race([begun, done]);
      // Whoever waited has gone: the terminal is told. The execution itself tells its own failures.
      done.catch(onFault);
    },
    /** Lets something go on whose outcome a page shows. */
    leave(work: Promise<void>): void {
      const settled = work.catch(onFault).finally(() => underWay.delete(settled));
      underWay.add(settled);
    },
    async idle(): Promise<void> {
      await Promise.all(underWay);
    },
  };
}

import type { TaskProgress } from "../execution.ts";

// `train  42 % · 1,204/2,868 steps · 3 steps/s · loss 0.211 · 2 min 05 s left`, as containers/pbp_jobs prints it.
const line =
  /^(?<step>.+?) +\d+ % · (?<done>[\d,]+)\/(?<total>[\d,]+) (?<unit>[^·]+?)(?: · .*?)? · (?<left>[\dhmins ]+) left$/;
const secondsOf: Record<string, number> = { h: 3600, min: 60, s: 1 };

/** Reads a progress line of a job; null for any other line. */
export function parseProgress(text: string): TaskProgress | null {
  const found = line.exec(text)?.groups;
  if (!found) return null;
  const number = (digits: string | undefined) => Number((digits ?? "").replaceAll(",", ""));
  let secondsLeft = 0;
  for (const [, amount, unit] of found.left!.matchAll(/(\d+) (h|min|s)\b/g))
    secondsLeft += Number(amount) * secondsOf[unit!]!;
  return {
    step: found.step!,
    done: number(found.done),
    total: number(found.total),
    unit: found.unit!,
    secondsLeft,
  };
}

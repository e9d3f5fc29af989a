// How a run ended, in one word with its symbol: for headlines, lists and the mark of a page.
import type { RunReceipt } from "../../schemas/types.ts";
import { state, type Tone } from "./elements.ts";
import type { Html } from "./html.ts";
import type { RunView } from "./run-view.ts";

export type Outcome = { tone: Tone; symbol: string; word: string };

const ofVerdict: Record<NonNullable<RunReceipt["verdict"]>, Outcome> = {
  promote: { tone: "good", symbol: "✓", word: "promoted" },
  reject: { tone: "bad", symbol: "✗", word: "rejected" },
  inconclusive: { tone: "unsure", symbol: "≈", word: "inconclusive" },
};

const ofStatus: Record<Exclude<RunView["status"], "SUCCEEDED">, Outcome> = {
  RUNNING: { tone: "live", symbol: "▸", word: "running" },
  INTERRUPTED: { tone: "unsure", symbol: "!", word: "interrupted" },
  FAILED: { tone: "bad", symbol: "!", word: "failed" },
  TIMED_OUT: { tone: "bad", symbol: "!", word: "timed out" },
  ABORTED: { tone: "quiet", symbol: "■", word: "stopped" },
};

/** @param verdict null where there is none yet, or the list has not read it. */
export function outcomeOf(status: RunView["status"], verdict: RunReceipt["verdict"]): Outcome {
  if (status !== "SUCCEEDED") return ofStatus[status];
  return verdict ? ofVerdict[verdict] : { tone: "good", symbol: "✓", word: "succeeded" };
}

export const outcomeWord = ({ tone, symbol, word }: Outcome): Html => state(tone, word, symbol);

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

const ofApproval = {
  waiting: { tone: "unsure", symbol: "…", word: "awaiting approval" },
  declined: { tone: "quiet", symbol: "✗", word: "declined" },
  approved: ofVerdict.promote,
} satisfies Record<string, Outcome>;

/**
 * @param verdict null where there is none yet, or the list has not read it.
 * @param approval Of a run whose promotion waits, or waited, for a person.
 */
export function outcomeOf(
  status: RunView["status"],
  verdict: RunReceipt["verdict"],
  approval?: RunReceipt["approval"] | null,
): Outcome {
  if (status !== "SUCCEEDED") return ofStatus[status];
  if (approval) return ofApproval[approval.decision?.decision ?? "waiting"];
  return verdict ? ofVerdict[verdict] : { tone: "good", symbol: "✓", word: "succeeded" };
}

export const outcomeWord = ({ tone, symbol, word }: Outcome): Html => state(tone, word, symbol);

/** Whether a rule's sentence warns of what the gate lets pass. */
export const isWarning = (message: string) => message.startsWith("Warning: ");

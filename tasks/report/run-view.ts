import { kindOf } from "../../schemas/tables/kinds.ts";
import type { Kind, PromotionRecord, RunReceipt } from "../../schemas/types.ts";
import type { LearningCurve } from "./curve.ts";
import type { RunFiles } from "./run-files.ts";
import type { Spread } from "./spread.ts";

/** A run as its page is drawn from: what the receipt says, or of a run without one, its execution. */
export type RunView = Pick<
  RunReceipt,
  "execution" | "startedAt" | "error" | "reason" | "generation" | "version" | "jobs" | "cost"
> & {
  status: RunReceipt["status"] | "RUNNING" | "INTERRUPTED";
  endedAt: string | null;
  settings: NonNullable<RunReceipt["settings"]> | null;
  trials: NonNullable<RunReceipt["trials"]> | null;
  /** Of a run that asked for learning curves, whose points its trials are. */
  curves: readonly LearningCurve[];
  /** Whether its model answers now; null: not known, as in a file that is read next year. */
  inUse: boolean | null;
  /** Of a run whose promotion waits, or waited, for a person. */
  approval: NonNullable<RunReceipt["approval"]> | null;
  /** Of a model that was promoted against the gate's verdict. */
  forced: Pick<PromotionRecord, "actor" | "reason" | "overruled"> | null;
  /** What a command needs behind it to reach the installation: ` --cloud`, say. */
  options: string;
  files: RunFiles;
  /** How sure the score is. */
  spread: Spread | null;
};

/** Of a run with a receipt. */
export function viewOf(
  files: RunFiles & { receipt: RunReceipt },
  { spread, options }: Pick<RunView, "spread" | "options">,
): RunView {
  const { settings = null, trials = null, approval = null, ...receipt } = files.receipt;
  // A run with curves ends before it has a receipt.
  const none = { curves: [], inUse: null, forced: null };
  return { ...receipt, settings, trials, approval, ...none, options, files, spread };
}

/** null until Preprocess has read the export. */
export function kindIn({ files: { verdict, dataset, receipt } }: Pick<RunView, "files">): Kind | null {
  if (verdict ?? dataset) return kindOf((verdict ?? dataset)!);
  return receipt?.kind ?? null;
}

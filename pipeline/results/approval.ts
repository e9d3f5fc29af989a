import type { RunReceipt } from "../../schemas/types.ts";
import { readDecision } from "../../tasks/approval/decision.ts";
import type { ObjectStore } from "../../tasks/store/store.ts";

/** What was asked of a run whose promotion waits or waited, and what a person decided; null where nothing waited. */
export type ApprovalState = NonNullable<RunReceipt["approval"]>;

/** A decision is taken before the receipt says so, and the receipt may have been left behind. */
export async function approvalIn(
  store: ObjectStore,
  receipt: Pick<RunReceipt, "execution" | "approval"> | null,
): Promise<ApprovalState | null> {
  if (!receipt?.approval) return null;
  const { asked, decision } = receipt.approval;
  return { asked, decision: decision ?? (await readDecision(store, receipt.execution)) };
}

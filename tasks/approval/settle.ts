import { runPrefix } from "../../schemas/bucket.ts";
import runReceiptSchema from "../../schemas/execution/run-receipt.schema.json" with { type: "json" };
import type { ApprovalDecision, PromotionRecord, RunReceipt } from "../../schemas/types.ts";
import { door } from "../lambda/door.ts";
import { writePages } from "../notify/pages.ts";
import { readCheckedOrNull } from "../store/checked.ts";
import { type ObjectStore, writeJson } from "../store/store.ts";

const checkReceipt = door<RunReceipt>(runReceiptSchema, { what: "receipt.json", name: "TaskFailed" });

/**
 * Lets the run's receipt and pages say what was decided, and which generation came of it. Never throws: what is decided
 * is decided, and approval.json and the generation log say so.
 */
export async function settle(
  execution: string,
  decision: ApprovalDecision,
  promoted: PromotionRecord | null,
  { store, ...pages }: { store: ObjectStore; options: string; modelCard: string | null },
): Promise<void> {
  const key = `${runPrefix(execution)}receipt.json`;
  try {
    const before = await readCheckedOrNull(store, key, checkReceipt);
    if (!before?.approval) return;
    // What the registry said while it waited is no longer so; the operators' machine adds what it says now.
    const { registration: _, ...still } = before;
    const receipt = checkReceipt({
      ...still,
      approval: { ...before.approval, decision },
      ...(promoted && { generation: promoted.generation, version: promoted.version }),
    });
    await writeJson(store, key, receipt);
    const warnings = await writePages(store, receipt, pages);
    await writeJson(store, key, checkReceipt({ ...receipt, warnings }));
  } catch (error) {
    console.warn(`The receipt of ${execution} does not say what was decided (${(error as Error).name}).`);
  }
}

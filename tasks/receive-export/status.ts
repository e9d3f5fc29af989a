import { runPrefix } from "../../schemas/bucket.ts";
import runReceiptSchema from "../../schemas/execution/run-receipt.schema.json" with { type: "json" };
import type { RunReceipt, Selection, SelectionStatus } from "../../schemas/types.ts";
import { door } from "../lambda/door.ts";
import { executionName } from "../start-execution/name.ts";
import { readCheckedOrNull } from "../store/checked.ts";
import type { ObjectStore } from "../store/store.ts";

const checkReceipt = door<RunReceipt>(runReceiptSchema, { what: "The receipt", name: "TaskFailed" });

const unfinished = { execution: null, reasons: [], error: null, generation: null, version: null };

/** What became of a selection: its execution's name follows from the object, as start-execution makes it. */
export async function statusOf(
  store: ObjectStore,
  bucket: string,
  { selectionId, key }: Selection,
): Promise<SelectionStatus> {
  const object = await store.head(key);
  if (!object) return { selectionId, status: "incomplete", ...unfinished };
  const execution = executionName({ bucket, key, version: object.versionId });
  const receipt = await readCheckedOrNull(store, `${runPrefix(execution)}receipt.json`, checkReceipt);
  if (!receipt) {
    // Preprocess writes it when it has read the export, and no state before it writes a word on the export.
    const isRead = await store.head(`${runPrefix(execution)}dataset/report.json`);
    return { selectionId, status: isRead ? "running" : "waiting", ...unfinished, execution };
  }
  const { reasons, error, generation, version } = receipt;
  return { selectionId, status: endOf(receipt), execution, reasons, error, generation, version };
}

const ends = { promote: "promoted", reject: "rejected", inconclusive: "inconclusive" } as const;
const decisions = { approved: "promoted", declined: "declined" } as const;

function endOf({ status, verdict, approval }: RunReceipt): SelectionStatus["status"] {
  if (status !== "SUCCEEDED" || verdict === null) return "failed";
  if (!approval) return ends[verdict];
  return approval.decision ? decisions[approval.decision.decision] : "awaiting-approval";
}

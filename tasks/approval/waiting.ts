// monitoring/awaiting/<execution>.json: the promotions that wait, so that somebody can be reminded of them.
import { below } from "../../schemas/bucket.ts";
import awaitingApprovalSchema from "../../schemas/execution/awaiting-approval.schema.json" with {
  type: "json",
};
import type { AwaitingApproval } from "../../schemas/types.ts";
import { door } from "../lambda/door.ts";
import { type ObjectStore, writeJson } from "../store/store.ts";

export const waitingFolder = below("monitoring", "awaiting");
export const waitingKey = (execution: string) => `${waitingFolder}${execution}.json`;

export const checkWaiting = door<AwaitingApproval>(awaitingApprovalSchema, {
  what: "What waits",
  name: "TaskFailed",
});

export async function remember(store: ObjectStore, waiting: AwaitingApproval): Promise<void> {
  await writeJson(store, waitingKey(waiting.execution), checkWaiting(waiting));
}

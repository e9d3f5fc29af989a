import type { AwaitingApproval } from "../../schemas/types.ts";
import { readCheckedOrNull } from "../store/checked.ts";
import type { ObjectStore } from "../store/store.ts";
import { checkWaiting, waitingFolder } from "./waiting.ts";

/** Every promotion that waits. One that cannot be read is passed over: the others are told all the same. */
export async function allWaiting(store: ObjectStore): Promise<AwaitingApproval[]> {
  const found: AwaitingApproval[] = [];
  for await (const { key } of store.list(waitingFolder)) {
    const waiting = await readCheckedOrNull(store, key, checkWaiting);
    if (waiting) found.push(waiting);
  }
  return found;
}

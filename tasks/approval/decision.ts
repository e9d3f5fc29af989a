// runs/<execution>/approval.json: whoever creates it has decided. Only one can.
import { runPrefix } from "../../schemas/bucket.ts";
import { NamedError } from "../../schemas/tables/errors.ts";
import type { ApprovalDecision } from "../../schemas/types.ts";
import { door } from "../lambda/door.ts";
import { ConditionFailed, ObjectMissing, type ObjectStore, readJson, writeJson } from "../store/store.ts";

const check = door<ApprovalDecision>(
  { $ref: "common.schema.json#/$defs/approvalDecision" },
  { what: "approval.json", name: "InvalidInput" },
);

const keyOf = (execution: string) => `${runPrefix(execution)}approval.json`;

/** null: nobody has decided. Throws InvalidInput for a file that is damaged, which must not be taken for none. */
export async function readDecision(store: ObjectStore, execution: string): Promise<ApprovalDecision | null> {
  try {
    return check(await readJson(store, keyOf(execution)));
  } catch (error) {
    if (error instanceof ObjectMissing) return null;
    throw error;
  }
}

/** @returns the decision that counts: this one, or that of whoever was first. */
export async function decide(
  store: ObjectStore,
  execution: string,
  decision: ApprovalDecision,
): Promise<ApprovalDecision> {
  try {
    await writeJson(store, keyOf(execution), check(decision), { ifNoneMatch: true });
    return decision;
  } catch (error) {
    const first = error instanceof ConditionFailed ? await readDecision(store, execution) : null;
    if (first === null) throw error;
    return first;
  }
}

/** A second request of the same actor is the first one, whose reply was lost; any other comes too late. */
export function decidedAlready(
  execution: string,
  { decision, by, at, reason }: ApprovalDecision,
): NamedError {
  return new NamedError("InvalidInput", `${execution} was ${decision} already, by ${by} at ${at}: ${reason}`);
}

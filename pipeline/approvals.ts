import { allWaiting } from "../tasks/approval/all-waiting.ts";
import type { ObjectStore } from "../tasks/store/store.ts";
import { type Check, unknown } from "./check.ts";

/** The runs that wait for a person, for the doctor; nothing where none does. */
export async function examineApprovals(store: ObjectStore, options: string): Promise<Check[]> {
  return (await allWaiting(store)).map(({ execution, since }) =>
    unknown(
      "Approval",
      `${execution} waits for approval since ${since}.`,
      `Decide: pbp approve ${execution} --reason "why"${options}, or pbp decline`,
    ),
  );
}

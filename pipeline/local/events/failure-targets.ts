import { executionFailed } from "../../rules.ts";
import type { Invoke } from "../functions/lambda-runner.ts";
import { MACHINE_ARN } from "../machine/identity.ts";
import type { Target } from "./event-bus.ts";

/** Who hears of an execution that failed, timed out or was stopped: notify, which writes the receipt and tells people. */
export function failureTargets(invoke: Invoke): Target[] {
  return [
    {
      rule: executionFailed(MACHINE_ARN),
      name: "notify",
      deliver: (event) => invoke("notify", event),
    },
  ];
}

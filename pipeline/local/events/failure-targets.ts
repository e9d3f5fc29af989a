import { executionFailed } from "../../rules.ts";
import type { Invoke } from "../functions/lambda-runner.ts";
import { MACHINE_ARN } from "../machine/identity.ts";
import type { Target } from "./event-bus.ts";
import { type Answers, openSfnEndpoint } from "./sfn-endpoint.ts";

/** Who hears of an execution that failed, timed out or was stopped: notify, which writes the receipt and tells people. */
export function failureTargets(invoke: Invoke, historyOf: Answers["historyOf"]): Target[] {
  return [
    {
      rule: executionFailed(MACHINE_ARN),
      name: "notify",
      async deliver(event) {
        // It reads what the execution used off its history.
        const endpoint = await openSfnEndpoint({ historyOf });
        try {
          return await invoke("notify", event, { extraVariables: endpoint.environment });
        } finally {
          await endpoint.close();
        }
      },
    },
  ];
}

import { executionFailed } from "../rules.ts";
import type { Target } from "./event-bus.ts";
import { MACHINE_ARN } from "./identity.ts";
import type { Invoke } from "./lambda-runner.ts";
import { isRecord } from "./shape.ts";
import type { TaskRunner } from "./task-runner.ts";

/** Who hears of an execution that failed, timed out or was stopped: the receipt's writer, and the topic. */
export function failureTargets(options: { invoke: Invoke; topic: TaskRunner; topicArn: string }): Target[] {
  const rule = executionFailed(MACHINE_ARN);
  return [
    { rule, name: "notify", deliver: (event) => options.invoke("notify", event) },
    {
      rule,
      name: "notices",
      deliver: ({ detail }) => {
        const { name, status, error } = isRecord(detail) ? detail : {};
        // Name, status and error name: a cause may be long, and the receipt has it.
        const Message = `Execution ${name} ended as ${status}${error ? `: ${error}` : ""}. See: pbp show ${name}`;
        const args = { TopicArn: options.topicArn, Subject: `Pipeline: ${status}`, Message };
        return options.topic(args, idleContext);
      },
    },
  ];
}

/** A runner outside of an execution: nobody watches it or stops it. */
const idleContext = {
  signal: new AbortController().signal,
  executionName: "",
  stateName: "",
  onSubmitted: () => {},
  onProgress: () => {},
};

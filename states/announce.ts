import type { TaskState } from "./asl.ts";
import { limit } from "./limits.ts";
import { lambdaRetriers } from "./tasks.ts";

export const announce = {
  Comment: "Publishes the message to the operators' topic.",
  Type: "Task",
  Resource: "arn:${Partition}:states:::sns:publish",
  Arguments: {
    TopicArn: "${TopicArn}",
    // SNS refuses a subject of 100 characters. Every one begins with what matters, and the message has all of it.
    Subject: "{% $substring($notice.subject, 0, 99) %}",
    Message: "{% $notice.message %}",
  },
  TimeoutSeconds: limit("announceTimeout"),
  Retry: lambdaRetriers.map((retrier) => ({
    ...retrier,
    ErrorEquals: ["SNS.AmazonSNSException", "States.Timeout"],
  })),
  Output: "{% { 'messageId': $states.result.MessageId } %}",
  Next: "Outcome",
} satisfies TaskState;

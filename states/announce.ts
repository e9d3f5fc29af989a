import type { TaskState } from "./asl.ts";
import { limit } from "./limits.ts";
import { lambdaRetriers } from "./tasks.ts";

export const announce = {
  Comment: "Publishes the message to the operators' topic.",
  Type: "Task",
  Resource: "arn:${Partition}:states:::sns:publish",
  Arguments: { TopicArn: "${TopicArn}", Subject: "{% $notice.subject %}", Message: "{% $notice.message %}" },
  TimeoutSeconds: limit("announceTimeout"),
  Retry: lambdaRetriers.map((retrier) => ({
    ...retrier,
    ErrorEquals: ["SNS.AmazonSNSException", "States.Timeout"],
  })),
  Output: "{% { 'messageId': $states.result.MessageId } %}",
  Next: "Outcome",
} satisfies TaskState;

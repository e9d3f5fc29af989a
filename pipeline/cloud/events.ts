import { Duration, type Stack } from "aws-cdk-lib";
import {
  type EventPattern as CdkPattern,
  EventField,
  Rule,
  RuleTargetInput,
  Schedule,
} from "aws-cdk-lib/aws-events";
import { LambdaFunction as FunctionTarget, SnsTopic as TopicTarget } from "aws-cdk-lib/aws-events-targets";
import type { IKey } from "aws-cdk-lib/aws-kms";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { type ITopic, Topic } from "aws-cdk-lib/aws-sns";
import { Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import { endpointName } from "../../schemas/installation/serving.ts";
import type { Deployment } from "../../schemas/types.ts";
import { type EventPattern, endpointFailed, executionFailed, exportArrived } from "../rules.ts";

/** Where what could not be delivered waits for someone to look: 14 days is the longest that SQS keeps a message. */
export function deadLetterQueue(stack: Stack, id: string, key: IKey, name: string): Queue {
  return new Queue(stack, id, {
    queueName: name,
    encryption: QueueEncryption.KMS,
    encryptionMasterKey: key,
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
  });
}

type Parts = {
  stack: Stack;
  deployment: Deployment;
  bucketName: string;
  stateMachineArn: string;
  functions: Record<string, LambdaFunction>;
  topic: ITopic;
  /** What EventBridge could not deliver. */
  undelivered: Queue;
};

// As long as EventBridge keeps trying: an outage of a day loses nothing.
const longestDelivery = { maxEventAge: Duration.hours(24), retryAttempts: 185 };

/** An export starts an execution; an execution that failed gets its receipt and its message; each hour is looked back. */
export function events(parts: Parts): void {
  const { stack, deployment, functions, undelivered } = parts;
  const delivery = { deadLetterQueue: undelivered, ...longestDelivery };
  const arrived = exportArrived(parts.bucketName);
  new Rule(stack, "ExportArrived", {
    ruleName: `${deployment.stackName}-${arrived.name}`,
    description: arrived.description,
    eventPattern: patternOf(arrived.pattern),
    targets: [new FunctionTarget(functions["start-execution"]!, delivery)],
  });
  new Rule(stack, "EveryHour", {
    ruleName: `${deployment.stackName}-every-hour`,
    description: "Looks for how long no execution has succeeded, and which ones wait for approval.",
    schedule: Schedule.rate(Duration.hours(1)),
    targets: ["check-last-success", "remind-approvals"].map(
      (name) => new FunctionTarget(functions[name]!, delivery),
    ),
  });
  const failed = executionFailed(parts.stateMachineArn);
  new Rule(stack, "ExecutionFailed", {
    ruleName: `${deployment.stackName}-${failed.name}`,
    description: failed.description,
    eventPattern: patternOf(failed.pattern),
    targets: [new FunctionTarget(functions.notify!, delivery)],
  });
  if (deployment.serving.mode === "none") return;
  const endpoint = endpointFailed(endpointName(deployment.stackName, ""));
  new Rule(stack, "EndpointFailed", {
    ruleName: `${deployment.stackName}-${endpoint.name}`,
    description: endpoint.description,
    eventPattern: patternOf(endpoint.pattern),
    targets: [
      // By its ARN: the construct would change the topic's policy, which stack.ts writes.
      new TopicTarget(Topic.fromTopicArn(stack, "NoticesOfEndpoints", parts.topic.topicArn), {
        ...delivery,
        message: RuleTargetInput.fromText(
          `The endpoint ${EventField.fromPath("$.detail.EndpointName")} is ${EventField.fromPath("$.detail.EndpointStatus")}. In use is what ${EventField.fromPath("$.detail.EndpointConfigName")} names, if anything. What to do: ${deployment.runbookUrl}#an-endpoint-failed`,
        ),
      }),
    ],
  });
}

/** The CDK's spelling of a pattern. */
function patternOf({ "detail-type": detailType, ...rest }: EventPattern) {
  return { ...rest, detailType } as CdkPattern;
}

import { Duration, type Stack } from "aws-cdk-lib";
import { type EventPattern as CdkPattern, Rule, Schedule } from "aws-cdk-lib/aws-events";
import { LambdaFunction as FunctionTarget } from "aws-cdk-lib/aws-events-targets";
import type { IKey } from "aws-cdk-lib/aws-kms";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import type { Deployment } from "../../schemas/types.ts";
import { type EventPattern, executionFailed, exportArrived } from "../rules.ts";

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
}

/** The CDK's spelling of a pattern. */
function patternOf({ "detail-type": detailType, ...rest }: EventPattern) {
  return { ...rest, detailType } as CdkPattern;
}

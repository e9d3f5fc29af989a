import { Arn, ArnFormat, type Stack } from "aws-cdk-lib";
import { PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { type IKey, Key } from "aws-cdk-lib/aws-kms";
import type { Deployment } from "../../schemas/types.ts";
import { removalOf } from "./removal.ts";

/** The key of everything that this stack keeps: bucket, file system, queues, topic, logs, state machine. */
export function dataKey(stack: Stack, deployment: Deployment): IKey {
  const key = new Key(stack, "DataKey", {
    alias: `alias/${deployment.stackName}`,
    description: "Notes, models, logs and messages of the predictive billing pipeline.",
    enableKeyRotation: true,
    removalPolicy: removalOf(deployment),
  });
  const logGroups = Arn.format(
    { service: "logs", resource: "log-group", resourceName: "*", arnFormat: ArnFormat.COLON_RESOURCE_NAME },
    stack,
  );
  // CloudWatch Logs encrypts for a log group; the context names it, so no other account's group can use the key.
  key.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal(`logs.${stack.region}.amazonaws.com`)],
      actions: ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
      resources: ["*"],
      conditions: { ArnLike: { "kms:EncryptionContext:aws:logs:arn": logGroups } },
    }),
  );
  // Alarms publish to the topic; EventBridge to the dead-letter queues. Without a condition on the
  // account, which these services do not pass on to KMS with every target.
  key.addToResourcePolicy(
    new PolicyStatement({
      principals: [
        new ServicePrincipal("cloudwatch.amazonaws.com"),
        new ServicePrincipal("events.amazonaws.com"),
      ],
      actions: ["kms:Decrypt", "kms:GenerateDataKey*"],
      resources: ["*"],
    }),
  );
  // The log of a state machine with its own key is decrypted on its way to CloudWatch.
  key.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal("delivery.logs.amazonaws.com")],
      actions: ["kms:Decrypt"],
      resources: ["*"],
    }),
  );
  // By its ARN from here on: no construct adds a principal that is not written above.
  return Key.fromKeyArn(stack, "DataKeyReference", key.keyArn);
}

import type { Stack } from "aws-cdk-lib";
import type { IKey } from "aws-cdk-lib/aws-kms";
import { LogGroup } from "aws-cdk-lib/aws-logs";
import type { Deployment } from "../../schemas/types.ts";
import { removalOf } from "./removal.ts";
import type { Statement } from "./roles.ts";

/** A log group under our key that ends with the stack's retention. */
export function logGroup(
  stack: Stack,
  id: string,
  logGroupName: string,
  encryptionKey: IKey,
  deployment: Deployment,
): LogGroup {
  return new LogGroup(stack, id, {
    logGroupName,
    encryptionKey,
    retention: deployment.logRetentionDays,
    removalPolicy: removalOf(deployment),
  });
}

/** Besides the permission to write to such a group: CloudWatch Logs uses the key in the name of whoever writes. */
export function throughLogs(stack: Stack, key: IKey): Statement {
  return {
    actions: [
      "kms:Encrypt",
      "kms:Decrypt",
      "kms:ReEncryptFrom",
      "kms:ReEncryptTo",
      "kms:GenerateDataKey",
      "kms:GenerateDataKeyWithoutPlaintext",
      "kms:DescribeKey",
    ],
    resources: [key.keyArn],
    conditions: { StringEquals: { "kms:ViaService": `logs.${stack.region}.amazonaws.com` } },
  };
}

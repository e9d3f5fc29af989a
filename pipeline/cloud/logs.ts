import type { Stack } from "aws-cdk-lib";
import type { IKey } from "aws-cdk-lib/aws-kms";
import { LogGroup } from "aws-cdk-lib/aws-logs";
import type { Deployment } from "../../schemas/types.ts";
import { removalOf } from "./removal.ts";

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

import { RemovalPolicy, type Stack } from "aws-cdk-lib";
import type { IKey } from "aws-cdk-lib/aws-kms";
import { LogGroup } from "aws-cdk-lib/aws-logs";
import type { Deployment } from "../../schemas/types.ts";

/** A log group under our key that ends with the stack's retention. */
export function logGroup(
  stack: Stack,
  id: string,
  logGroupName: string,
  encryptionKey: IKey,
  { logRetentionDays, keepData }: Deployment,
): LogGroup {
  return new LogGroup(stack, id, {
    logGroupName,
    encryptionKey,
    retention: logRetentionDays,
    removalPolicy: keepData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
  });
}

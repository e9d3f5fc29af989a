import { Duration, type Stack } from "aws-cdk-lib";
import type { IKey } from "aws-cdk-lib/aws-kms";
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type CfnBucket,
  ObjectOwnership,
  StorageClass,
} from "aws-cdk-lib/aws-s3";
import { below } from "../../schemas/bucket.ts";
import type { Deployment } from "../../schemas/types.ts";
import { removalOf } from "./removal.ts";

// A week is longer than any upload of ours, and than any look into a mistake takes.
const abandonedUploadDays = 7;
// How long a deleted or replaced object can be brought back.
const oldVersionDays = 30;
// A redrive can continue from a checkpoint for 14 days.
const checkpointDays = 15;
// The address of a part is good for a quarter of an hour, and joining the parts takes as long at most.
const partDays = 1;
const predictionDays = 7;

/** The data bucket, whose events start executions, and the bucket of its access log. */
export function storage(stack: Stack, key: IKey, deployment: Deployment): Bucket {
  const removalPolicy = removalOf(deployment);
  const always = {
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    enforceSSL: true,
    minimumTLSVersion: 1.2,
    objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
    versioned: true,
    removalPolicy,
  };
  const accessLog = new Bucket(stack, "AccessLog", {
    ...always,
    // S3 delivers access logs to no bucket that encrypts with a key of ours.
    encryption: BucketEncryption.S3_MANAGED,
    lifecycleRules: [
      {
        expiration: Duration.days(deployment.logRetentionDays),
        noncurrentVersionExpiration: Duration.days(oldVersionDays),
      },
    ],
  });
  const data = new Bucket(stack, "Data", {
    ...always,
    encryption: BucketEncryption.KMS,
    encryptionKey: key,
    bucketKeyEnabled: true,
    serverAccessLogsBucket: accessLog,
    serverAccessLogsPrefix: "data/",
    lifecycleRules: [
      {
        id: "abandoned",
        abortIncompleteMultipartUploadAfter: Duration.days(abandonedUploadDays),
        noncurrentVersionExpiration: Duration.days(oldVersionDays),
        expiredObjectDeleteMarker: true,
      },
      // Exports and what executions made of them: patient data, kept no longer than asked.
      ...(["incoming", "exports", "runs"] as const).map((folder) => ({
        id: `expire-${folder}`,
        prefix: below(folder),
        expiration: Duration.days(deployment.runRetentionDays),
      })),
      // What was sent under an id is known for as long as its export is kept; parts only until they are joined.
      {
        id: "expire-selections",
        prefix: below("uploads", "selections"),
        expiration: Duration.days(deployment.runRetentionDays),
      },
      {
        id: "expire-parts",
        prefix: below("uploads", "parts"),
        expiration: Duration.days(partDays),
        noncurrentVersionExpiration: Duration.days(partDays),
      },
      // Notes to be answered, and their answers, which are fetched when the job ends; a week is for who was away.
      {
        id: "expire-predictions",
        prefix: below("predictions"),
        expiration: Duration.days(predictionDays),
        noncurrentVersionExpiration: Duration.days(1),
      },
      // Train replaces one of two checkpoints of 1.3 GB each minute; an old version of one is of use to nobody. Where two
      // rules are about one object, S3 takes the shorter time.
      {
        id: "expire-checkpoints",
        prefix: below("checkpoints"),
        expiration: Duration.days(checkpointDays),
        noncurrentVersionExpiration: Duration.days(1),
        abortIncompleteMultipartUploadAfter: Duration.days(1),
      },
      // Promote removes a champion's archive with its version; a model in use may be years old, so age must not.
      {
        id: "champions",
        prefix: below("champions"),
        transitions: [{ storageClass: StorageClass.INTELLIGENT_TIERING, transitionAfter: Duration.days(0) }],
      },
    ],
  });
  // The property itself: the construct's own flag brings a Lambda function with managed policies.
  (data.node.defaultChild as CfnBucket).notificationConfiguration = {
    eventBridgeConfiguration: { eventBridgeEnabled: true },
  };
  return data;
}

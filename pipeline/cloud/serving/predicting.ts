import type { Stack } from "aws-cdk-lib";
import type { IKey } from "aws-cdk-lib/aws-kms";
import { below } from "../../../schemas/bucket.ts";
import { everyJob } from "../../../schemas/installation/predictions.ts";
import type { Deployment, PredictionTarget } from "../../../schemas/types.ts";
import { costTags } from "../../../states/jobs/sagemaker.ts";
import { limit } from "../../../states/limits.ts";
import { type Statement, serviceRole } from "../roles.ts";
import { joinsVpc, pullsImage, reports } from "../sagemaker/images.ts";
import { createsInstances, hasLocalStorage } from "../sagemaker/jobs.ts";
import type { ServeParts } from "./hosting.ts";

/** What the function `predict` needs of the stack to start jobs that answer files of notes. */
export type Predicting = {
  /** What the jobs run under. */
  roleArn: string;
  /** The variable PREDICT: JSON as schemas/installation/prediction-target.schema.json has it. */
  target: string;
};

export const predictJobsArn = (stack: Stack, { stackName }: Deployment) =>
  stack.formatArn({ service: "sagemaker", resource: "processing-job", resourceName: everyJob(stackName) });

/** Null without `predict`. */
export function predicting(parts: ServeParts, deployment: Deployment): Predicting | null {
  const { stack, key, bucket, network, repository } = parts;
  if (deployment.predict === undefined || repository === null) return null;
  const { instanceType } = deployment.predict;
  const objects = (pattern: string) => bucket.arnForObjects(pattern);
  const { role } = serviceRole(stack, "PredictJobRole", "sagemaker", [
    {
      actions: ["s3:GetObject"],
      resources: [objects(`${below("predictions")}*`), objects(`${below("champions")}*/serving.tar.gz`)],
    },
    { actions: ["s3:PutObject"], resources: [objects(`${below("predictions")}*`)] },
    { actions: ["s3:ListBucket"], resources: [bucket.bucketArn] },
    {
      // As the jobs of an execution: what is read, what is written, and the volume.
      actions: ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:CreateGrant"],
      resources: [key.keyArn],
    },
    ...pullsImage(repository),
    ...reports(stack, "ProcessingJobs"),
    joinsVpc,
  ]);
  const target: PredictionTarget = {
    image: `${repository.repositoryUri}:${parts.imageTag}`,
    roleArn: role.roleArn,
    stackName: deployment.stackName,
    tags: costTags(deployment.stackName),
    instanceType,
    keyArn: key.keyArn,
    volumeGigabytes: limit("predictVolume"),
    maxRuntimeSeconds: limit("jobRuntime"),
    encryptsVolume: !hasLocalStorage(instanceType),
    subnetIds: network.jobSubnets.map(({ subnetId }) => subnetId),
    securityGroupId: network.securityGroup.securityGroupId,
  };
  return { roleArn: role.roleArn, target: stack.toJsonString(target) };
}

/** What `predict` may ask of SageMaker: jobs of its own names, under their own role; nothing where there are none. */
export function startsPredictions(
  stack: Stack,
  key: IKey,
  deployment: Deployment,
  roleArn: string | null,
): Statement[] {
  if (roleArn === null) return [];
  return [
    {
      actions: ["sagemaker:CreateProcessingJob", "sagemaker:AddTags"],
      resources: [predictJobsArn(stack, deployment)],
    },
    {
      actions: ["iam:PassRole"],
      resources: [roleArn],
      conditions: { StringEquals: { "iam:PassedToService": "sagemaker.amazonaws.com" } },
    },
    ...createsInstances(stack, key),
  ];
}

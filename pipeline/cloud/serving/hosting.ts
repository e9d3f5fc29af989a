import { ArnFormat, type Stack } from "aws-cdk-lib";
import { type ISecurityGroup, Peer, Port, SecurityGroup } from "aws-cdk-lib/aws-ec2";
import type { Repository } from "aws-cdk-lib/aws-ecr";
import type { IKey } from "aws-cdk-lib/aws-kms";
import type { IBucket } from "aws-cdk-lib/aws-s3";
import { below } from "../../../schemas/bucket.ts";
import { endpointAlarm, endpointName } from "../../../schemas/installation/serving.ts";
import type { Deployment, ServingTarget } from "../../../schemas/types.ts";
import { costTags } from "../../../states/jobs/sagemaker.ts";
import type { Network } from "../network.ts";
import { type Statement, serviceRole } from "../roles.ts";
import { joinsVpc, pullsImage, reports } from "../sagemaker/images.ts";
import { hasLocalStorage } from "../sagemaker/jobs.ts";
import { watchedModels } from "./alarms.ts";

/** What the image `serve` runs with, behind an endpoint or as a job. */
export type ServeParts = {
  stack: Stack;
  key: IKey;
  bucket: IBucket;
  network: Network;
  /** The tag of all images. */
  imageTag: string;
  /** Of the image `serve`; null: nothing needs it. */
  repository: Repository | null;
};

/** What Publish needs of the stack to create endpoints, which itself makes none: models come and go without it. */
export type Hosting = {
  /** What the endpoints' containers run under. */
  roleArn: string;
  /** The variable SERVING: JSON as schemas/installation/serving-target.schema.json has it. */
  target: string;
};

/** Null without serving. */
export function hosting(parts: ServeParts, deployment: Deployment): Hosting | null {
  const { serving, stackName } = deployment;
  const { stack, repository } = parts;
  if (serving.mode === "none" || repository === null) return null;
  const { role } = serviceRole(stack, "ServeRole", "sagemaker", statements(parts, deployment, repository));
  const { callerRoleArn: _, ...settings } = serving;
  const target: ServingTarget = {
    ...settings,
    mode: serving.mode,
    image: `${repository.repositoryUri}:${parts.imageTag}`,
    roleArn: role.roleArn,
    stackName,
    tags: costTags(stackName),
    ...(serving.mode === "instance" && onInstances(parts, deployment)),
  };
  return { roleArn: role.roleArn, target: stack.toJsonString(target) };
}

/** Where the instances are, what encrypts their volumes, and which alarms roll an update back. */
function onInstances({ stack, key, network }: ServeParts, deployment: Deployment) {
  return {
    subnetIds: network.jobSubnets.map(({ subnetId }) => subnetId),
    securityGroupId: securityGroup(stack, network, deployment).securityGroupId,
    ...(!hasLocalStorage(deployment.serving.instanceType!) && { keyArn: key.keyArn }),
    watchedModels: watchedModels(deployment),
  };
}

/** SageMaker asks the containers past the VPC, so nothing comes in. An existing VPC has one group for all of ours. */
function securityGroup(stack: Stack, network: Network, deployment: Deployment): ISecurityGroup {
  if (deployment.network) return network.securityGroup;
  const made = new SecurityGroup(stack, "Serving", {
    vpc: network.vpc,
    description: "Instances of SageMaker endpoints.",
    allowAllOutbound: false,
  });
  made.addEgressRule(Peer.anyIpv4(), Port.tcp(443), "models, from S3 through its gateway");
  return made;
}

function statements(
  { stack, key, bucket }: ServeParts,
  deployment: Deployment,
  repository: Repository,
): Statement[] {
  const { stackName, serving } = deployment;
  return [
    // Of everything in the bucket, the archives that Publish makes.
    {
      actions: ["s3:GetObject"],
      resources: [bucket.arnForObjects(`${below("champions")}*/serving.tar.gz`)],
    },
    // The archive; on instances, the volume too, to which the instance is granted the key.
    {
      actions: ["kms:Decrypt", ...(serving.mode === "instance" ? ["kms:CreateGrant"] : [])],
      resources: [key.keyArn],
    },
    ...pullsImage(repository),
    ...reports(stack, "Endpoints", `/${endpointName(stackName, "*")}`),
    ...(serving.mode === "instance"
      ? [
          joinsVpc,
          // SageMaker looks at the alarms of an update under this role.
          {
            actions: ["cloudwatch:DescribeAlarms"],
            // One name for all of them: a policy has room for those of 16 models, a deployment for 41.
            resources: [
              stack.formatArn({
                service: "cloudwatch",
                resource: "alarm",
                resourceName: endpointAlarm(stackName, "*", "*"),
                arnFormat: ArnFormat.COLON_RESOURCE_NAME,
              }),
            ],
          },
        ]
      : []),
  ];
}

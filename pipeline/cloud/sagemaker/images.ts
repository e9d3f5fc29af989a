import { CfnOutput, CfnParameter, type Stack } from "aws-cdk-lib";
import { Repository, RepositoryEncryption, TagMutability } from "aws-cdk-lib/aws-ecr";
import type { IKey } from "aws-cdk-lib/aws-kms";
import { repositoryName } from "../../../schemas/installation/images.ts";
import type { Deployment } from "../../../schemas/types.ts";
import { removalOf } from "../removal.ts";
import type { Statement } from "../roles.ts";

/** Images kept for a rollback of the deployment. */
const keptImages = 10;

/** The tag of all images. */
export function imageTag(stack: Stack): string {
  // A parameter and not a setting: CloudFormation keeps its value, so that a deployment without one, by hand for instance,
  // changes no image. npm run deploy sets it.
  const { valueAsString } = new CfnParameter(stack, "ImageTag", {
    type: "String",
    description: "Tag of the images.",
    allowedPattern: "^[A-Za-z0-9_][A-Za-z0-9._-]*$",
    maxLength: 128,
    default: "initial",
  });
  new CfnOutput(stack, "ImageTagInUse", { value: valueAsString });
  return valueAsString;
}

/** @param image The folder in containers/. */
export function imageRepository(
  stack: Stack,
  id: string,
  key: IKey,
  image: string,
  deployment: Deployment,
): Repository {
  return new Repository(stack, `${id}Images`, {
    repositoryName: repositoryName(deployment.stackName, image),
    encryption: RepositoryEncryption.KMS,
    encryptionKey: key,
    imageScanOnPush: true,
    imageTagMutability: TagMutability.IMMUTABLE,
    lifecycleRules: [{ maxImageCount: keptImages, description: "Old images" }],
    removalPolicy: removalOf(deployment),
    emptyOnDelete: !deployment.keepData,
  });
}

/** What SageMaker needs of the role under which it starts an image. */
export function pullsImage(repository: Repository): Statement[] {
  return [
    {
      actions: ["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"],
      resources: [repository.repositoryArn],
    },
    // A registry's token has no resource.
    { actions: ["ecr:GetAuthorizationToken"], resources: ["*"] },
  ];
}

/**
 * What an image needs to tell how it fares: its log groups and its namespace of metrics.
 *
 * @param of As SageMaker calls both: `TrainingJobs`, `Endpoints`; `groups` names some of its log groups.
 */
export function reports(stack: Stack, of: string, groups = ""): Statement[] {
  return [
    {
      actions: [
        "logs:CreateLogGroup",
        "logs:DescribeLogStreams",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
      ],
      // The group is named with :* behind it, and so are its streams.
      resources: [
        stack.formatArn({ service: "logs", resource: `log-group:/aws/sagemaker/${of}${groups}:*` }),
      ],
    },
    {
      actions: ["cloudwatch:PutMetricData"],
      resources: ["*"],
      conditions: { StringEquals: { "cloudwatch:namespace": `/aws/sagemaker/${of}` } },
    },
  ];
}

/**
 * What SageMaker needs to put an instance into the VPC. It tries these before it creates anything, and refuses that if
 * they are limited in any way; the boundary is the subnets and the security group.
 */
export const joinsVpc: Statement = {
  actions: [
    "ec2:CreateNetworkInterface",
    "ec2:CreateNetworkInterfacePermission",
    "ec2:DeleteNetworkInterface",
    "ec2:DeleteNetworkInterfacePermission",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeVpcs",
    "ec2:DescribeDhcpOptions",
    "ec2:DescribeSubnets",
    "ec2:DescribeSecurityGroups",
  ],
  resources: ["*"],
};

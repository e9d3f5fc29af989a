import { RemovalPolicy, type Stack } from "aws-cdk-lib";
import { Repository, RepositoryEncryption, TagMutability } from "aws-cdk-lib/aws-ecr";
import type { IRole } from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import type { IBucket } from "aws-cdk-lib/aws-s3";
import type { Deployment } from "../../schemas/types.ts";
import type { Job } from "../../states/instances.ts";
import { hasLocalStorage } from "./instance-types.ts";
import type { Network } from "./network.ts";
import { type Statement, serviceRole } from "./roles.ts";

/** What the definition must be told of a job. */
export type JobParts = { role: IRole; imageUri: string; repository: Repository };

type Reach = { kind: "Training" | "Processing"; reads: string[]; writes: string[] };

/** Which parts of the bucket a job's channels and outputs are; compared with the definition by a test. */
const reach: Record<Job, Reach> = {
  Embed: {
    kind: "Processing",
    reads: ["runs/*", "base-models/*", "embeddings/*"],
    writes: ["runs/*", "embeddings/*"],
  },
  Train: { kind: "Training", reads: ["runs/*", "base-models/*"], writes: ["runs/*"] },
  Evaluate: { kind: "Processing", reads: ["runs/*", "champions/*"], writes: ["runs/*"] },
};

/** Images kept for a rollback of the deployment. */
const keptImages = 10;

/** A role and a repository for each of the three jobs. */
export function jobs(
  parts: { stack: Stack; key: IKey; bucket: IBucket; network: Network },
  deployment: Deployment,
): Record<Job, JobParts> {
  const made = (job: Job) => {
    const repository = imageRepository(parts.stack, parts.key, job, deployment);
    return {
      repository,
      imageUri: `${repository.repositoryUri}:${deployment.imageTag}`,
      role: serviceRole(parts.stack, `${job}Role`, "sagemaker", statements(parts, job, repository)).role,
    };
  };
  return { Embed: made("Embed"), Train: made("Train"), Evaluate: made("Evaluate") };
}

/** `ml.g6.xlarge spot` with `volume-key` where SageMaker takes a key for the volume: how states/instances.ts reads it. */
export function instanceList(instances: readonly string[]): string {
  return instances
    .map((instance) => (hasLocalStorage(instance.split(" ")[0]!) ? instance : `${instance} volume-key`))
    .join(",");
}

function imageRepository(stack: Stack, key: IKey, job: Job, deployment: Deployment): Repository {
  return new Repository(stack, `${job}Images`, {
    // The name's last part is the folder in containers/.
    repositoryName: `${deployment.stackName.toLowerCase()}/${job.toLowerCase()}`,
    encryption: RepositoryEncryption.KMS,
    encryptionKey: key,
    imageScanOnPush: true,
    imageTagMutability: TagMutability.IMMUTABLE,
    lifecycleRules: [{ maxImageCount: keptImages, description: "Old images" }],
    removalPolicy: deployment.keepData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    emptyOnDelete: !deployment.keepData,
  });
}

function statements(
  { stack, key, bucket, network }: { stack: Stack; key: IKey; bucket: IBucket; network: Network },
  job: Job,
  repository: Repository,
): Statement[] {
  const { kind, reads, writes } = reach[job];
  const objects = (prefixes: string[]) => prefixes.map((prefix) => bucket.arnForObjects(prefix));
  const logs = (suffix: string) =>
    stack.formatArn({ service: "logs", resource: `log-group:/aws/sagemaker/${kind}Jobs${suffix}` });
  const ec2 = (resource: string, resourceName: string) =>
    stack.formatArn({ service: "ec2", resource, resourceName });
  const subnets = network.subnets.map(({ subnetId }) => ec2("subnet", subnetId));
  const interfaces = ec2("network-interface", "*");
  return [
    { actions: ["s3:GetObject"], resources: objects(reads) },
    { actions: ["s3:PutObject"], resources: objects(writes) },
    {
      actions: ["s3:ListBucket"],
      resources: [bucket.bucketArn],
      conditions: { StringLike: { "s3:prefix": [...new Set([...reads, ...writes])] } },
    },
    { actions: ["kms:Decrypt", "kms:GenerateDataKey"], resources: [key.keyArn] },
    // The volume's key is used by the instance, on behalf of the job.
    {
      actions: ["kms:CreateGrant"],
      resources: [key.keyArn],
      conditions: { Bool: { "kms:GrantIsForAWSResource": "true" } },
    },
    {
      actions: ["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"],
      resources: [repository.repositoryArn],
    },
    // A registry's token has no resource.
    { actions: ["ecr:GetAuthorizationToken"], resources: ["*"] },
    { actions: ["logs:CreateLogGroup", "logs:DescribeLogStreams"], resources: [logs("")] },
    { actions: ["logs:CreateLogStream", "logs:PutLogEvents"], resources: [logs(":log-stream:*")] },
    {
      actions: ["cloudwatch:PutMetricData"],
      resources: ["*"],
      conditions: { StringEquals: { "cloudwatch:namespace": `/aws/sagemaker/${kind}Jobs` } },
    },
    // What SageMaker needs to put an instance into the VPC.
    {
      actions: ["ec2:CreateNetworkInterface"],
      resources: [interfaces, ...subnets, ec2("security-group", network.securityGroup.securityGroupId)],
    },
    {
      actions: [
        "ec2:CreateNetworkInterfacePermission",
        "ec2:DeleteNetworkInterface",
        "ec2:DeleteNetworkInterfacePermission",
      ],
      resources: [interfaces],
    },
    {
      actions: [
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeVpcs",
        "ec2:DescribeDhcpOptions",
        "ec2:DescribeSubnets",
        "ec2:DescribeSecurityGroups",
      ],
      resources: ["*"],
    },
  ];
}

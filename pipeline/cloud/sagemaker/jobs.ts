import type { Stack } from "aws-cdk-lib";
import type { Repository } from "aws-cdk-lib/aws-ecr";
import type { IRole } from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import type { IBucket } from "aws-cdk-lib/aws-s3";
import { type BucketFolder, below } from "../../../schemas/bucket.ts";
import { idOf, type Job, jobNames } from "../../../schemas/execution/jobs.ts";
import type { Deployment } from "../../../schemas/types.ts";
import { foldersOf, imageOf, type JobKind, jobTable } from "../../../states/job-table.ts";
import { bucketStatements, touches } from "../function-permissions.ts";
import { type Statement, serviceRole } from "../roles.ts";
import { imageRepository, joinsVpc, pullsImage, reports } from "./images.ts";

/** What the definition must be told of a job. */
export type JobParts = { role: IRole; imageUri: string; repository: Repository };

/** The stack's jobs of one kind, as states/jobs/sagemaker.ts names them. */
export function jobArns(stack: Stack, { stackName }: Deployment, kind: JobKind): string[] {
  return jobNames
    .filter((job) => jobTable[job].kind === kind)
    .map((job) =>
      stack.formatArn({
        service: "sagemaker",
        resource: `${kind.toLowerCase()}-job`,
        resourceName: `${stackName.toLowerCase()}-${idOf(job)}-*`,
      }),
    );
}

/** Who creates what has a volume key must be allowed to grant its use to the instances. */
export const grantsVolumeKey = (stack: Stack, key: IKey): Statement => ({
  actions: ["kms:CreateGrant", "kms:DescribeKey"],
  resources: [key.keyArn],
  conditions: { StringEquals: { "kms:ViaService": `sagemaker.${stack.region}.amazonaws.com` } },
});

/** What whoever creates a processing job in a VPC with a volume key needs for its instances. */
export const createsInstances = (stack: Stack, key: IKey): Statement[] => [
  // Asked of anyone who creates a processing job in a VPC, too, and not of the job's role alone.
  { actions: ["ec2:CreateNetworkInterface"], resources: ["*"] },
  grantsVolumeKey(stack, key),
];

/** A role and a repository for each job. */
export function jobs(
  parts: { stack: Stack; key: IKey; bucket: IBucket; imageTag: string },
  deployment: Deployment,
): Record<Job, JobParts> {
  const made = (job: Job) => {
    // The repository's last part is the folder in containers/.
    const repository = imageRepository(parts.stack, job, parts.key, imageOf(job), deployment);
    return {
      repository,
      imageUri: `${repository.repositoryUri}:${parts.imageTag}`,
      role: serviceRole(parts.stack, `${job}Role`, "sagemaker", statements(parts, job, repository)).role,
    };
  };
  return Object.fromEntries(jobNames.map((job) => [job, made(job)])) as Record<Job, JobParts>;
}

/** `ml.g6.xlarge spot` with `volume-key` where SageMaker takes a key for the volume: how states/jobs/instances.ts reads it. */
export function instanceList(instances: readonly string[]): string {
  return instances
    .map((instance) => (hasLocalStorage(instance.split(" ")[0]!) ? instance : `${instance} volume-key`))
    .join(",");
}

function statements(
  { stack, key, bucket }: { stack: Stack; key: IKey; bucket: IBucket },
  job: Job,
  repository: Repository,
): Statement[] {
  const { kind } = jobTable[job];
  const { reads, writes } = foldersOf(job);
  const objects = (folders: readonly BucketFolder[]) =>
    folders.map((folder) => bucket.arnForObjects(`${below(folder)}*`));
  return [
    { actions: ["s3:GetObject"], resources: objects(reads) },
    { actions: ["s3:PutObject"], resources: objects(writes) },
    // Names only. No condition on the prefix: a look at the bucket itself has none, and would be denied.
    { actions: ["s3:ListBucket"], resources: [bucket.bucketArn] },
    {
      // Inputs and image; outputs, for which SageMaker is given a key; the volume, whose instance is granted the key.
      actions: ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:CreateGrant"],
      resources: [key.keyArn],
    },
    // What the function touches that it stands in for: it is no channel's, so the role does it.
    ...(job === "PreprocessJob" ? bucketStatements(bucket, touches.preprocess!) : []),
    ...pullsImage(repository),
    ...reports(stack, `${kind}Jobs`),
    joinsVpc,
  ];
}

// Families whose storage is NVMe inside the instance: SageMaker refuses a volume key for them, as the instance encrypts
// that storage itself. Source: SageMaker API Reference, ProcessingClusterConfig and ResourceConfig, VolumeKmsKeyId.
const nvmeFamily =
  /^(?:g4dn|g5|g6e?|gr6|g7e?|p3dn|p4de?|p5(?:e|en)?|p6e?-[a-z0-9]+|trn[12]n?|[cmr]\d[a-z]*d)$/;

/** Whether an instance type, `ml.g5.xlarge`, keeps a job's files on local NVMe. */
export function hasLocalStorage(instanceType: string): boolean {
  return nvmeFamily.test(instanceType.split(".")[1] ?? "");
}

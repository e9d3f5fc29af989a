import type { Stack } from "aws-cdk-lib";
import { type ISecurityGroup, Port, SecurityGroup } from "aws-cdk-lib/aws-ec2";
import { CfnAccessPoint, CfnFileSystem, CfnMountTarget } from "aws-cdk-lib/aws-efs";
import {
  AccountRootPrincipal,
  AnyPrincipal,
  Effect,
  PolicyDocument,
  PolicyStatement,
} from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import type { Deployment } from "../../schemas/types.ts";
import type { Network } from "./network.ts";
import { removalOf } from "./removal.ts";
import type { Statement } from "./roles.ts";

/** The models' file system, and the door through which the functions see a folder of it. */
export type ModelsFileSystem = {
  fileSystemId: string;
  accessPoint: CfnAccessPoint;
  /** What a function needs before it can mount: none when the file system was there already. */
  mountTargets: CfnMountTarget[];
};

const nfs = Port.tcp(2049);

/** Where it is mounted. Lambda mounts below /mnt only. */
export const mountPath = "/mnt/efs";
/** The folder of bundles, log and pointer, as functions and tasks see it. */
export const modelsFolder = `${mountPath}/models`;

/** The file system that the deployment names, or a new one; the access point is ours in both cases. */
export function modelsFileSystem(
  stack: Stack,
  key: IKey,
  network: Network,
  deployment: Deployment,
): ModelsFileSystem {
  const { fileSystem, modelsPath, posixId, stackName } = deployment;
  const made = fileSystem ? null : created(stack, key, network, deployment);
  if (fileSystem)
    open(
      network,
      SecurityGroup.fromSecurityGroupId(stack, "FileSystemGroup", fileSystem.securityGroupId),
      deployment,
    );
  const fileSystemId = made ? made.fileSystem.ref : fileSystem!.fileSystemId;
  const id = String(posixId);
  const accessPoint = new CfnAccessPoint(stack, "Models", {
    fileSystemId,
    posixUser: { uid: id, gid: id },
    // Not the root of the file system: the functions see this folder and nothing else.
    rootDirectory: { path: modelsPath, creationInfo: { ownerUid: id, ownerGid: id, permissions: "0755" } },
    accessPointTags: [{ key: "Name", value: stackName }],
  });
  return { fileSystemId, accessPoint, mountTargets: made?.mountTargets ?? [] };
}

export function accessPointArn(stack: Stack, { accessPoint }: ModelsFileSystem): string {
  return stack.formatArn({
    service: "elasticfilesystem",
    resource: "access-point",
    resourceName: accessPoint.attrAccessPointId,
  });
}

/** What a role needs to mount it, and for the preflight of a promotion. */
export function mountStatements(
  stack: Stack,
  models: ModelsFileSystem,
  { writes, describes }: { writes: boolean; describes: boolean },
): Statement[] {
  const fileSystemArn = stack.formatArn({
    service: "elasticfilesystem",
    resource: "file-system",
    resourceName: models.fileSystemId,
  });
  return [
    {
      actions: ["elasticfilesystem:ClientMount", ...(writes ? ["elasticfilesystem:ClientWrite"] : [])],
      resources: [fileSystemArn],
      conditions: { StringEquals: { "elasticfilesystem:AccessPointArn": accessPointArn(stack, models) } },
    },
    ...(describes
      ? [
          {
            actions: ["elasticfilesystem:DescribeFileSystems", "elasticfilesystem:DescribeMountTargets"],
            resources: [fileSystemArn],
          },
          {
            actions: ["elasticfilesystem:DescribeAccessPoints"],
            resources: [accessPointArn(stack, models)],
          },
        ]
      : []),
  ];
}

/** As FILE_SYSTEM names it. */
export const fileSystemName = ({ fileSystemId, accessPoint }: ModelsFileSystem): string =>
  `${fileSystemId}/${accessPoint.attrAccessPointId}`;

function created(stack: Stack, key: IKey, network: Network, deployment: Deployment) {
  const securityGroup = new SecurityGroup(stack, "FileSystemGroup", {
    vpc: network.vpc,
    description: "Mount targets of the file system for models.",
    allowAllOutbound: false,
  });
  open(network, securityGroup, deployment);
  const fileSystem = new CfnFileSystem(stack, "FileSystem", {
    encrypted: true,
    kmsKeyId: key.keyArn,
    backupPolicy: { status: "ENABLED" },
    performanceMode: "generalPurpose",
    // Bursting falls to 1 MB/s on a small file system: a bundle would outlast Lambda's 15 minutes.
    throughputMode: "elastic",
    lifecyclePolicies: [
      { transitionToIa: "AFTER_30_DAYS" },
      { transitionToPrimaryStorageClass: "AFTER_1_ACCESS" },
    ],
    fileSystemPolicy: encryptedAndNamed(),
    fileSystemTags: [{ key: "Name", value: deployment.stackName }],
  });
  fileSystem.applyRemovalPolicy(removalOf(deployment));
  const mountTargets = network.subnets.map(
    ({ subnetId }, index) =>
      new CfnMountTarget(stack, `MountTarget${index + 1}`, {
        fileSystemId: fileSystem.ref,
        subnetId,
        securityGroups: [securityGroup.securityGroupId],
      }),
  );
  return { fileSystem, mountTargets };
}

/** Whoever mounts must be a principal of the account, and use TLS: `mount -t efs -o tls,iam`. */
function encryptedAndNamed(): PolicyDocument {
  return new PolicyDocument({
    statements: [
      new PolicyStatement({
        principals: [new AccountRootPrincipal()],
        actions: ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"],
        conditions: { Bool: { "elasticfilesystem:AccessedViaMountTarget": "true" } },
      }),
      new PolicyStatement({
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions: ["*"],
        conditions: { Bool: { "aws:SecureTransport": "false" } },
      }),
    ],
  });
}

/** NFS from the functions to the mount targets; a security group that is not ours is told so in the documentation. */
function open(network: Network, fileSystemGroup: ISecurityGroup, deployment: Deployment): void {
  fileSystemGroup.addIngressRule(network.securityGroup, nfs, "NFS from the functions");
  if (!deployment.network) network.securityGroup.addEgressRule(fileSystemGroup, nfs, "NFS to the models");
}

import { CfnDeletionPolicy, type Stack } from "aws-cdk-lib";
import { CfnCluster, CfnTaskDefinition } from "aws-cdk-lib/aws-ecs";
import type { IKey } from "aws-cdk-lib/aws-kms";
import type { IBucket } from "aws-cdk-lib/aws-s3";
import { promoteAnswerKey } from "../../../schemas/bucket.ts";
import type { Deployment } from "../../../schemas/types.ts";
import { taskSize } from "../../functions.ts";
import { type ModelsFileSystem, mountPath, mountStatements } from "../file-system.ts";
import { bucketStatements, mounts, touches } from "../function-permissions.ts";
import { logGroup, throughLogs } from "../logs.ts";
import { type Statement, serviceRole } from "../roles.ts";
import { pullsImage } from "../sagemaker/images.ts";
import type { JobParts } from "../sagemaker/jobs.ts";

/** What the definition must be told of the task, and what its state machine's role needs for it. */
export type PromoteTask = { clusterArn: string; taskDefinitionArn: string; runs: Statement[] };

type Parts = {
  stack: Stack;
  key: IKey;
  bucket: IBucket;
  models: ModelsFileSystem;
  /** The functions' image. */
  image: Pick<JobParts, "imageUri" | "repository">;
};

// Between SIGTERM and SIGKILL: Fargate takes up to 120. Nothing is lost with less.
const stopSeconds = 30;

const familyOf = ({ stackName }: Deployment) => `${stackName}-promote`;

/** The log group, with a stream for each task. */
export const promoteLog = (deployment: Deployment): string => `/aws/ecs/${familyOf(deployment)}`;

/** Promote on Fargate: where its function has no time for a bundle. Null unless the deployment asks for it. */
export function promoteTask(parts: Parts, deployment: Deployment): PromoteTask | null {
  if (!deployment.promote) return null;
  const { stack, key, bucket, models, image } = parts;
  const family = familyOf(deployment);
  const cluster = new CfnCluster(stack, "PromoteCluster", {
    clusterName: deployment.stackName,
    clusterSettings: [{ name: "containerInsights", value: "enabled" }],
  });
  const log = logGroup(stack, "PromoteTaskLog", promoteLog(deployment), key, deployment);
  // Under which ECS starts the task, and under which the task works: as the function, but that ECS makes the interface.
  const starting = serviceRole(stack, "PromoteStartRole", "ecs-tasks", [
    ...pullsImage(image.repository),
    { actions: ["logs:CreateLogStream", "logs:PutLogEvents"], resources: [log.logGroupArn] },
    throughLogs(stack, key),
  ]);
  const may = touches.promote!;
  const working = serviceRole(stack, "PromoteTaskRole", "ecs-tasks", [
    ...bucketStatements(bucket, may),
    { actions: ["s3:PutObject"], resources: [bucket.arnForObjects(promoteAnswerKey("*", "*"))] },
    ...mountStatements(stack, models, mounts(may)),
    { actions: ["kms:Decrypt", "kms:GenerateDataKey"], resources: [key.keyArn] },
  ]);
  const definition = new CfnTaskDefinition(stack, "PromoteTask", {
    family,
    requiresCompatibilities: ["FARGATE"],
    networkMode: "awsvpc",
    cpu: String(taskSize.cpu),
    memory: String(taskSize.memory),
    // The image is that of PreprocessJob, whose instances have no other processors.
    runtimePlatform: { cpuArchitecture: "X86_64", operatingSystemFamily: "LINUX" },
    executionRoleArn: starting.role.roleArn,
    taskRoleArn: working.role.roleArn,
    volumes: [
      {
        name: "models",
        efsVolumeConfiguration: {
          filesystemId: models.fileSystemId,
          transitEncryption: "ENABLED",
          authorizationConfig: { accessPointId: models.accessPoint.attrAccessPointId, iam: "ENABLED" },
        },
      },
    ],
    containerDefinitions: [
      {
        name: "promote",
        image: image.imageUri,
        essential: true,
        entryPoint: ["node", "--enable-source-maps", "/opt/pbp/containers/functions/task.ts"],
        // Node's image has this user; on the file system the access point says who it is.
        user: "node",
        readonlyRootFilesystem: true,
        linuxParameters: { capabilities: { drop: ["ALL"] } },
        stopTimeout: stopSeconds,
        mountPoints: [{ sourceVolume: "models", containerPath: mountPath, readOnly: false }],
        logConfiguration: {
          logDriver: "awslogs",
          options: {
            "awslogs-group": log.logGroupName,
            "awslogs-region": stack.region,
            "awslogs-stream-prefix": "task",
          },
        },
      },
    ],
  });
  // Executions of the version before name the revision before, and can be redriven for 14 days.
  definition.cfnOptions.updateReplacePolicy = CfnDeletionPolicy.RETAIN;
  definition.cfnOptions.deletionPolicy = CfnDeletionPolicy.DELETE;
  definition.node.addDependency(starting.policy, working.policy, ...models.mountTargets);
  return {
    clusterArn: cluster.attrArn,
    taskDefinitionArn: definition.ref,
    runs: runs(stack, family, cluster, [starting.role.roleArn, working.role.roleArn]),
  };
}

/**
 * What `.sync` needs, besides the rule that state-machines.ts names. Source: Step Functions Developer Guide, "Run Amazon ECS
 * or Fargate tasks with Step Functions".
 */
function runs(stack: Stack, family: string, cluster: CfnCluster, roleArns: string[]): Statement[] {
  const arn = (resource: string, resourceName: string) =>
    stack.formatArn({ service: "ecs", resource, resourceName });
  // A task is named by its cluster and a number that it gets when it is made.
  const tasks = arn("task", `${cluster.ref}/*`);
  return [
    // Of any revision: an execution of the version before runs the one before.
    {
      actions: ["ecs:RunTask"],
      resources: [arn("task-definition", `${family}:*`)],
      conditions: { ArnEquals: { "ecs:cluster": cluster.attrArn } },
    },
    { actions: ["ecs:StopTask", "ecs:DescribeTasks"], resources: [tasks] },
    // The tags that the task has from its definition.
    {
      actions: ["ecs:TagResource"],
      resources: [tasks],
      conditions: { StringEquals: { "ecs:CreateAction": "RunTask" } },
    },
    {
      actions: ["iam:PassRole"],
      resources: roleArns,
      conditions: { StringEquals: { "iam:PassedToService": "ecs-tasks.amazonaws.com" } },
    },
  ];
}

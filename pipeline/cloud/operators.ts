import type { Stack } from "aws-cdk-lib";
import { ManagedPolicy, PolicyDocument, PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import type { IBucket } from "aws-cdk-lib/aws-s3";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import { type BucketFolder, below } from "../../schemas/bucket.ts";
import { repositoryName } from "../../schemas/installation/images.ts";
import { packageGroup } from "../../schemas/installation/registry.ts";
import { endpointName } from "../../schemas/installation/serving.ts";
import type { Deployment } from "../../schemas/types.ts";
import { promoteLog } from "./fargate/promote-task.ts";
import type { ModelsFileSystem } from "./file-system.ts";
import { dashboardName } from "./observability.ts";
import type { Statement } from "./roles.ts";
import { jobArns } from "./sagemaker/jobs.ts";
import { predictJobsArn } from "./serving/predicting.ts";

const jobKinds = ["Training", "Processing"] as const;

type Parts = {
  stack: Stack;
  key: IKey;
  bucket: IBucket;
  deployment: Deployment;
  models: ModelsFileSystem;
  queues: readonly IQueue[];
  topic: ITopic;
};

/**
 * What `pbp --cloud`, the runbook and a look at the console need. A policy that nobody has until the account gives it to
 * someone: docs/deployment.md, "People and programs". test/cloud/operators.test.ts holds it against the calls.
 */
export function operatorsPolicy(parts: Parts): ManagedPolicy {
  return new ManagedPolicy(parts.stack, "Operators", {
    // IAM is of no region, so the name says which: the same stack may stand in two.
    managedPolicyName: `${parts.deployment.stackName}-operators-${parts.stack.region}`,
    description: "Runs, reads and repairs the predictive billing pipeline; changes nothing of the stack.",
    document: new PolicyDocument({ statements: statements(parts).map((one) => new PolicyStatement(one)) }),
  });
}

/**
 * What `pbp predict --cloud` needs beside that: notes of patients go there and their answers come back, which not every
 * operator has to see. Null where there are no such jobs.
 */
export function predictPolicy({
  stack,
  bucket,
  deployment,
}: Pick<Parts, "stack" | "bucket" | "deployment">): ManagedPolicy | null {
  if (deployment.predict === undefined) return null;
  const { stackName } = deployment;
  return new ManagedPolicy(stack, "Predicting", {
    managedPolicyName: `${stackName}-predict-${stack.region}`,
    description: "Has files of notes answered by the models in use, besides what operators may.",
    document: new PolicyDocument({
      statements: [
        new PolicyStatement({
          actions: ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", "s3:AbortMultipartUpload"],
          resources: [bucket.arnForObjects(`${below("predictions")}*`)],
        }),
        new PolicyStatement({
          actions: ["sagemaker:DescribeProcessingJob", "sagemaker:StopProcessingJob"],
          resources: [predictJobsArn(stack, deployment)],
        }),
      ],
    }),
  });
}

function statements(parts: Parts): Statement[] {
  const { stack, key, bucket, deployment, models, queues, topic } = parts;
  const { stackName } = deployment;
  const arn = (service: string, resource: string) => stack.formatArn({ service, resource });
  const objects = (...folders: BucketFolder[]) =>
    folders.map((folder) => bucket.arnForObjects(`${below(folder)}*`));
  const machines = [stackName, `${stackName}-models`];
  const logs = [
    ...[`/aws/lambda/${stackName}-*`, `/aws/vendedlogs/states/${stackName}*`, "/aws/sagemaker/*Jobs"],
    ...(deployment.promote ? [promoteLog(deployment)] : []),
  ];
  return [
    {
      actions: [
        "states:StartExecution",
        "states:ListExecutions",
        "states:DescribeStateMachine",
        "states:DescribeStateMachineAlias",
        "states:ListStateMachineVersions",
        "states:ListStateMachineAliases",
      ],
      resources: machines.map((name) => arn("states", `stateMachine:${name}`)),
    },
    {
      actions: [
        "states:DescribeExecution",
        "states:DescribeStateMachineForExecution",
        "states:GetExecutionHistory",
        "states:RedriveExecution",
        "states:StopExecution",
      ],
      resources: machines.map((name) => arn("states", `execution:${name}:*`)),
    },
    {
      actions: ["s3:GetObject", "s3:GetObjectVersion"],
      resources: objects("incoming", "exports", "runs", "base-models", "embeddings", "monitoring"),
    },
    { actions: ["s3:ListBucket", "s3:ListBucketVersions"], resources: [bucket.bucketArn] },
    {
      actions: ["s3:PutObject", "s3:AbortMultipartUpload"],
      resources: objects("incoming", "exports", "base-models"),
    },
    // A damaged shard, after EmbeddingFailed. The bucket keeps the version.
    { actions: ["s3:DeleteObject"], resources: objects("embeddings") },
    { actions: ["kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey"], resources: [key.keyArn] },
    {
      actions: ["logs:DescribeLogStreams", "logs:FilterLogEvents", "logs:GetLogEvents"],
      resources: logs.map((group) => arn("logs", `log-group:${group}:*`)),
    },
    {
      actions: jobKinds.flatMap((kind) => [`sagemaker:Describe${kind}Job`, `sagemaker:Stop${kind}Job`]),
      resources: jobKinds.flatMap((kind) => jobArns(stack, deployment, kind)),
    },
    ...(deployment.serving.mode === "none"
      ? []
      : [
          {
            actions: ["sagemaker:DescribeEndpoint"],
            resources: [arn("sagemaker", `endpoint/${endpointName(stackName, "*")}`)],
          },
        ]),
    {
      actions: [
        "sqs:GetQueueUrl",
        "sqs:GetQueueAttributes",
        "sqs:ReceiveMessage",
        "sqs:DeleteMessage",
        "sqs:PurgeQueue",
      ],
      resources: queues.map(({ queueArn }) => queueArn),
    },
    // A look at each part of the stack. One statement, since IAM takes 6,144 characters: an action is of its own kind of
    // resource only.
    {
      actions: [
        "sns:GetTopicAttributes",
        "sns:ListSubscriptionsByTopic",
        "events:DescribeRule",
        "ecr:DescribeImages",
        "elasticfilesystem:DescribeFileSystems",
        "elasticfilesystem:DescribeMountTargets",
        "elasticfilesystem:DescribeAccessPoints",
        "cloudformation:DescribeStacks",
        "cloudformation:DescribeStackEvents",
        "lambda:GetFunctionConfiguration",
        "cloudwatch:GetDashboard",
        ...(deployment.registry ? ["sagemaker:DescribeModelPackage"] : []),
      ],
      resources: [
        topic.topicArn,
        ...(deployment.registry ? [arn("sagemaker", `model-package/${packageGroup(stackName, "*")}/*`)] : []),
        arn("events", `rule/${stackName}-*`),
        arn("ecr", `repository/${repositoryName(stackName, "*")}`),
        arn("elasticfilesystem", `file-system/${models.fileSystemId}`),
        arn("elasticfilesystem", `access-point/${models.accessPoint.attrAccessPointId}`),
        arn("cloudformation", `stack/${stackName}/*`),
        // It knows which base model is the default.
        arn("lambda", `function:${stackName}-validate-input`),
        // A dashboard is of no region.
        stack.formatArn({ service: "cloudwatch", region: "", resource: `dashboard/${dashboardName(stack)}` }),
      ],
    },
    // Lists of everything, figures of the account, and metrics: none of them can be limited to a stack.
    {
      actions: [
        "states:ListStateMachines",
        "sagemaker:ListTrainingJobs",
        "sagemaker:ListProcessingJobs",
        ...(deployment.registry ? ["sagemaker:ListModelPackages"] : []),
        "logs:DescribeLogGroups",
        "sqs:ListQueues",
        "cloudwatch:DescribeAlarms",
        "cloudwatch:GetMetricData",
        "cloudwatch:ListMetrics",
        "cloudwatch:ListDashboards",
        "cloudtrail:LookupEvents",
        "servicequotas:ListServiceQuotas",
        "servicequotas:ListAWSDefaultServiceQuotas",
        "ec2:DescribeSubnets",
        "ec2:DescribeInstanceTypeOfferings",
        "lambda:GetAccountSettings",
      ],
      resources: ["*"],
    },
  ];
}

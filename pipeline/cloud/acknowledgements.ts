import { type CfnElement, type Stack, Validations } from "aws-cdk-lib";
import type { IBucket } from "aws-cdk-lib/aws-s3";
import { bucketFolders, preprocessAnswerKey, promoteAnswerKey } from "../../schemas/bucket.ts";
import { endpointAlarm } from "../../schemas/installation/serving.ts";
import { outcomeFiles } from "./function-permissions.ts";

/** A rule of a pack that stays unmet, and why. Everything else that cdk-nag finds fails the synthesis. */
type Acknowledgement = { rule: string; packs: readonly Pack[]; reason: string; parts?: readonly string[] };
type Pack = "AwsSolutions" | "HIPAA.Security" | "NIST.800.53.R5";

const both: readonly Pack[] = ["HIPAA.Security", "NIST.800.53.R5"];

/** Every rule that is acknowledged anywhere in the stack, with the part of the resource where the pack names one. */
export function acknowledgements(stack: Stack, bucket: IBucket): Acknowledgement[] {
  const aws = (service: string, resource: string) =>
    `arn:<AWS::Partition>:${service}:<AWS::Region>:<AWS::AccountId>:${resource}`;
  const prefix = stack.stackName.toLowerCase();
  const bucketId = stack.getLogicalId(bucket.node.defaultChild as CfnElement);
  const wildcards = (reason: string, resources: readonly string[]): Acknowledgement => ({
    rule: "IAM5",
    packs: ["AwsSolutions"],
    reason,
    parts: resources.map((resource) => `Resource::${resource}`),
  });
  return [
    wildcards(
      "X-Ray, log deliveries, the lists of log groups and model packages, registry tokens, metrics and the descriptions of a VPC have no resources to name; Lambda makes network interfaces before they have a name; SageMaker refuses a job in a VPC if its role limits the network interfaces in any way, so the subnets and the security group are their boundary.",
      ["*"],
    ),
    wildcards(
      "Objects get their names at run time, below a fixed folder.",
      [
        ...bucketFolders.map((folder) => `${folder}/*`),
        ...outcomeFiles,
        preprocessAnswerKey("*"),
        promoteAnswerKey("*", "*"),
      ].map((objects) => `<${bucketId}.Arn>/${objects}`),
    ),
    wildcards(
      "Executions, jobs, tasks and their log streams get their names at run time, with a fixed prefix; groups of the Model Registry after the registered models.",
      [
        aws("states", `execution:${stack.stackName}:*`),
        aws("sagemaker", `training-job/${prefix}-train-*`),
        aws("sagemaker", `processing-job/${prefix}-preprocess-*`),
        aws("sagemaker", `processing-job/${prefix}-embed-*`),
        aws("sagemaker", `processing-job/${prefix}-evaluate-*`),
        aws("sagemaker", `processing-job/${prefix}-predict-*`),
        aws("sagemaker", `model-package-group/${prefix}-*`),
        aws("sagemaker", `model-package/${prefix}-*/*`),
        aws("logs", "log-group:/aws/sagemaker/TrainingJobs:*"),
        aws("logs", "log-group:/aws/sagemaker/ProcessingJobs:*"),
        aws("ecs", `task-definition/${stack.stackName}-promote:*`),
        aws("ecs", "task/<PromoteCluster>/*"),
      ],
    ),
    wildcards(
      "Endpoints, their alarms, and the archives that they serve are named by the registered models.",
      [
        `<${bucketId}.Arn>/champions/*/serving.tar.gz`,
        aws("sagemaker", `endpoint/${prefix}-*`),
        aws("sagemaker", `endpoint-config/${prefix}-*`),
        aws("sagemaker", `model/${prefix}-*`),
        aws("logs", `log-group:/aws/sagemaker/Endpoints/${prefix}-*:*`),
        aws("cloudwatch", `alarm:${endpointAlarm(stack.stackName, "*", "*")}`),
      ],
    ),
    wildcards(
      "Operators read the logs of the stack's functions, state machines and jobs, and look at its rules; each name has a fixed prefix.",
      [
        aws("states", `execution:${stack.stackName}-models:*`),
        aws("logs", `log-group:/aws/lambda/${stack.stackName}-*:*`),
        aws("logs", `log-group:/aws/vendedlogs/states/${stack.stackName}*:*`),
        aws("logs", "log-group:/aws/sagemaker/*Jobs:*"),
        aws("logs", `log-group:/aws/ecs/${stack.stackName}-promote:*`),
        aws("events", `rule/${stack.stackName}-*`),
        aws("cloudformation", `stack/${stack.stackName}/*`),
        aws("ecr", `repository/${prefix}/*`),
      ],
    ),
    {
      rule: "SQS3",
      packs: ["AwsSolutions"],
      reason:
        "The queue is itself a dead-letter queue, for EventBridge's targets, which the rule does not see.",
    },
    {
      rule: "LambdaConcurrency",
      packs: both,
      reason:
        "Only Promote must run alone, and only receive-export and answer are called from outside. Concurrency reserved for the others would reduce the account's limit (10 to 1,000) for nothing: a state machine calls each once per execution.",
    },
    {
      rule: "LambdaDLQ",
      packs: both,
      reason:
        "Step Functions calls these functions and handles their errors, and receive-export and answer answer their callers. Those called by events have a queue.",
    },
    {
      rule: "LambdaInsideVPC",
      packs: both,
      reason: "Only functions on EFS need a VPC; the others reach only AWS's APIs, with TLS.",
    },
    {
      rule: "S3BucketReplicationEnabled",
      packs: both,
      reason:
        "The dashboard can export again, and models are on EFS with daily backups. Whether patient data is copied to another region is the account's decision.",
    },
    {
      rule: "S3DefaultEncryptionKMS",
      packs: both,
      reason: "S3 delivers access logs only to a bucket that it encrypts with its own key.",
    },
    {
      rule: "EFSInBackupPlan",
      packs: both,
      reason: "EFS's own automatic backups are on: daily, kept for 35 days.",
    },
    {
      rule: "VPCDefaultSecurityGroupClosed",
      packs: both,
      reason:
        "Nothing is in the default group. To close it would take a Lambda function that may change every security group.",
    },
  ];
}

/** Acknowledges them for the whole stack. */
export function acknowledge(stack: Stack, bucket: IBucket): void {
  for (const { rule, packs, reason, parts } of acknowledgements(stack, bucket))
    for (const pack of packs)
      for (const suffix of parts?.map((part) => `[${part}]`) ?? [""])
        Validations.of(stack).acknowledge({ id: `${pack}::${pack}-${rule}${suffix}`, reason });
}

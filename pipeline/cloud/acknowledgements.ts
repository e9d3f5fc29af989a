import { type CfnElement, type Stack, Validations } from "aws-cdk-lib";
import type { IBucket } from "aws-cdk-lib/aws-s3";
import { folders } from "./function-permissions.ts";

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
      "X-Ray, log deliveries, the list of log groups, registry tokens, metrics and the descriptions of a VPC have no resources to name; Lambda makes network interfaces before they have a name; SageMaker refuses a job in a VPC whose role limits the network interfaces in any way, so that the subnets and the security group are their boundary.",
      ["*"],
    ),
    wildcards(
      "Objects get their names at run time, below a folder that is named.",
      folders.map((folder) => `<${bucketId}.Arn>/${folder}/*`),
    ),
    wildcards(
      "Executions, jobs and their log streams get their names at run time, below a prefix that is named.",
      [
        aws("states", `execution:${stack.stackName}:*`),
        aws("sagemaker", `training-job/${prefix}-train-*`),
        aws("sagemaker", `processing-job/${prefix}-embed-*`),
        aws("sagemaker", `processing-job/${prefix}-evaluate-*`),
        aws("logs", "log-group:/aws/sagemaker/TrainingJobs:*"),
        aws("logs", "log-group:/aws/sagemaker/ProcessingJobs:*"),
      ],
    ),
    wildcards(
      "Operators read the logs of the stack's functions and state machines, of jobs, and look at its rules; each begins with a name that is named.",
      [
        aws("states", `execution:${stack.stackName}-models:*`),
        aws("logs", `log-group:/aws/lambda/${stack.stackName}-*:*`),
        aws("logs", `log-group:/aws/vendedlogs/states/${stack.stackName}*:*`),
        aws("logs", "log-group:/aws/sagemaker/*Jobs:*"),
        aws("events", `rule/${stack.stackName}-*`),
        aws("cloudformation", `stack/${stack.stackName}/*`),
      ],
    ),
    {
      rule: "SQS3",
      packs: ["AwsSolutions"],
      reason: "The queue is a dead-letter queue, of EventBridge's targets, where the rule does not look.",
    },
    {
      rule: "LambdaConcurrency",
      packs: both,
      reason:
        "Only Promote must run alone. Concurrency reserved for the others would be taken from the account's ten to thousand for nothing: a state machine calls each once an execution.",
    },
    {
      rule: "LambdaDLQ",
      packs: both,
      reason:
        "Step Functions calls these functions and hears their errors. Those that events call have a queue.",
    },
    {
      rule: "LambdaInsideVPC",
      packs: both,
      reason: "Only functions on EFS need a VPC; the others reach AWS's APIs, by TLS, and nothing else.",
    },
    {
      rule: "S3BucketReplicationEnabled",
      packs: both,
      reason:
        "Exports can be exported again, and models lie on EFS with daily backups. A copy in another region is the account's decision on patient data.",
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
        "Nothing is in the default group. Closing it takes a Lambda function that may change every security group.",
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

import { CfnDeletionPolicy, type Stack } from "aws-cdk-lib";
import type { IKey } from "aws-cdk-lib/aws-kms";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import type { IBucket } from "aws-cdk-lib/aws-s3";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import { CfnStateMachine, CfnStateMachineAlias, CfnStateMachineVersion } from "aws-cdk-lib/aws-stepfunctions";
import { preprocessAnswerKey, promoteAnswerKey } from "../../schemas/bucket.ts";
import { idOf, type Job } from "../../schemas/execution/jobs.ts";
import { jobLogUrl } from "../../schemas/installation/aws-links.ts";
import type { Deployment } from "../../schemas/types.ts";
import type { StateMachine } from "../../states/asl.ts";
import { definition } from "../../states/definition.ts";
import { jobValues } from "../../states/job-table.ts";
import { modelsDefinition } from "../../states/models.ts";
import { valuesFor } from "../../states/placeholders.ts";
import { functionValues } from "../functions.ts";
import type { PromoteTask } from "./fargate/promote-task.ts";
import { fileSystemName, type ModelsFileSystem, modelsFolder } from "./file-system.ts";
import { liveAlias } from "./functions.ts";
import { logGroup, throughLogs } from "./logs.ts";
import type { Network } from "./network.ts";
import { type Statement, serviceRole } from "./roles.ts";
import { createsInstances, instanceList, type JobParts, jobArns } from "./sagemaker/jobs.ts";

type Parts = {
  stack: Stack;
  key: IKey;
  deployment: Deployment;
  functions: Record<string, LambdaFunction>;
  topic: ITopic;
};

/** The pipeline: definition, version and live alias. */
export function pipelineMachine(
  parts: Parts & {
    bucket: IBucket;
    network: Network;
    models: ModelsFileSystem;
    jobs: Record<Job, JobParts>;
    /** Null where no bundle is for a task. */
    promoteTask: PromoteTask | null;
    /** The commit of the code. */
    revision: string;
  },
): CfnStateMachine {
  const { stack, key, deployment, jobs, network, models, promoteTask } = parts;
  const values = {
    StackName: deployment.stackName,
    DataBucket: parts.bucket.bucketName,
    ...jobValues((job) => ({
      roleArn: jobs[job].role.roleArn,
      imageUri: jobs[job].imageUri,
      settingOf: (setting) => settingOf(deployment[idOf(job)], setting),
    })),
    PromoteTaskAboveMegabytes: String(deployment.promote?.aboveMegabytes ?? "none"),
    PromoteTaskCluster: promoteTask?.clusterArn ?? "none",
    PromoteTaskDefinition: promoteTask?.taskDefinitionArn ?? "none",
    ModelsFolder: modelsFolder,
    KeepVersions: String(deployment.keepVersions),
    FileSystem: fileSystemName(models),
    CodeRevision: parts.revision,
    FunctionSubnetIds: network.subnets.map(({ subnetId }) => subnetId).join(","),
    JobSubnetIds: network.jobSubnets.map(({ subnetId }) => subnetId).join(","),
    JobSecurityGroupId: network.securityGroup.securityGroupId,
    DataKeyArn: key.keyArn,
    ProcessingLogUrl: jobLogUrl(deployment.partition, stack.region, "Processing"),
    TrainingLogUrl: jobLogUrl(deployment.partition, stack.region, "Training"),
  };
  const name = deployment.stackName;
  const roles = Object.values(jobs).map(({ role }) => role.roleArn);
  const machine = stateMachine(parts, "StateMachine", name, definition, values, [
    ...jobStatements(stack, key, deployment, roles),
    hearsOfEnds(stack, promoteTask !== null),
    // What a host answered that did a function's work.
    {
      actions: ["s3:GetObject"],
      resources: [preprocessAnswerKey("*"), ...(promoteTask ? [promoteAnswerKey("*", "*")] : [])].map((key) =>
        parts.bucket.arnForObjects(key),
      ),
    },
    ...(promoteTask?.runs ?? []),
  ]);
  const version = new CfnStateMachineVersion(stack, "Version", {
    stateMachineArn: machine.ref,
    // A new revision is a new version.
    stateMachineRevisionId: machine.attrStateMachineRevisionId,
  });
  // Executions of the version before are still running, and can be redriven for 14 days.
  version.cfnOptions.updateReplacePolicy = CfnDeletionPolicy.RETAIN;
  version.cfnOptions.deletionPolicy = CfnDeletionPolicy.DELETE;
  new CfnStateMachineAlias(stack, "Live", {
    name: liveAlias,
    description: "The version that exports start.",
    deploymentPreference: { type: "ALL_AT_ONCE", stateMachineVersionArn: version.ref },
  });
  return machine;
}

/** What operators do to the models folder. */
export function modelsMachine(parts: Parts): CfnStateMachine {
  return stateMachine(parts, "ModelsMachine", `${parts.deployment.stackName}-models`, modelsDefinition);
}

/** An instance list or a count, as the definition takes it. */
function settingOf(settings: object, name: string): string {
  const value: unknown = (settings as Readonly<Record<string, unknown>>)[name];
  return Array.isArray(value) ? instanceList(value) : String(value);
}

function stateMachine(
  { stack, key, deployment, topic, functions }: Parts,
  id: string,
  stateMachineName: string,
  machine: StateMachine,
  values: Record<string, string> = {},
  statements: Statement[] = [],
): CfnStateMachine {
  const { Partition, ...substitutions } = valuesFor(machine, {
    Partition: deployment.partition,
    TopicArn: topic.topicArn,
    // Not every deployment has the one that no machine calls.
    ...functionValues((name) => functions[name]?.functionArn ?? ""),
    ...values,
  });
  // Groups of this name share one resource policy of CloudWatch Logs, whose size is limited.
  const log = logGroup(stack, `${id}Log`, `/aws/vendedlogs/states/${stateMachineName}`, key, deployment);
  const invoked = Object.values(functions).filter(({ functionArn }) =>
    Object.values(substitutions).includes(functionArn),
  );
  const { role, policy } = serviceRole(stack, `${id}Role`, "states", [
    { actions: ["lambda:InvokeFunction"], resources: invoked.map(({ functionArn }) => functionArn) },
    { actions: ["sns:Publish"], resources: [topic.topicArn] },
    { actions: ["kms:Decrypt", "kms:GenerateDataKey"], resources: [key.keyArn] },
    throughLogs(stack, key),
    ...statements,
    // Neither log deliveries nor X-Ray have resources to name.
    {
      actions: [
        "logs:CreateLogDelivery",
        "logs:CreateLogStream",
        "logs:GetLogDelivery",
        "logs:UpdateLogDelivery",
        "logs:DeleteLogDelivery",
        "logs:ListLogDeliveries",
        "logs:PutLogEvents",
        "logs:PutResourcePolicy",
        "logs:DescribeResourcePolicies",
        "logs:DescribeLogGroups",
        "xray:PutTraceSegments",
        "xray:PutTelemetryRecords",
        "xray:GetSamplingRules",
        "xray:GetSamplingTargets",
      ],
      resources: ["*"],
    },
  ]);
  const made = new CfnStateMachine(stack, id, {
    stateMachineName,
    stateMachineType: "STANDARD",
    roleArn: role.roleArn,
    // Not one of CloudFormation's substitutions, so that tools without an account can check the resources' ARNs.
    definitionString: JSON.stringify(machine).replaceAll("${Partition}", Partition!),
    definitionSubstitutions: substitutions,
    loggingConfiguration: {
      level: "ALL",
      // Pointers and counts only, yet no patient's note is worth the risk of a log.
      includeExecutionData: false,
      destinations: [{ cloudWatchLogsLogGroup: { logGroupArn: log.logGroupArn } }],
    },
    tracingConfiguration: { enabled: true },
    encryptionConfiguration: {
      type: "CUSTOMER_MANAGED_KMS_KEY",
      kmsKeyId: key.keyArn,
      // The longest that Step Functions takes: one call of KMS in fifteen minutes.
      kmsDataKeyReusePeriodSeconds: 900,
    },
  });
  // Creation tries the log and the event rules under the role.
  made.node.addDependency(policy);
  return made;
}

/** Step Functions hears of a job's or a task's end through rules of these names. One statement: IAM counts characters. */
function hearsOfEnds(stack: Stack, hasTask: boolean): Statement {
  const ends = ["SageMakerTrainingJobs", "SageMakerProcessingJobs", ...(hasTask ? ["ECSTask"] : [])];
  return {
    actions: ["events:PutTargets", "events:PutRule", "events:DescribeRule"],
    resources: ends.map((name) =>
      stack.formatArn({
        service: "events",
        resource: "rule",
        resourceName: `StepFunctionsGetEventsFor${name}Rule`,
      }),
    ),
  };
}

/** What `.sync` of a job needs besides. Source: Step Functions Developer Guide, "Create and manage Amazon SageMaker AI jobs". */
function jobStatements(stack: Stack, key: IKey, deployment: Deployment, roleArns: string[]): Statement[] {
  const training = jobArns(stack, deployment, "Training");
  const processing = jobArns(stack, deployment, "Processing");
  return [
    {
      actions: ["sagemaker:CreateTrainingJob", "sagemaker:DescribeTrainingJob", "sagemaker:StopTrainingJob"],
      resources: training,
    },
    {
      actions: [
        "sagemaker:CreateProcessingJob",
        "sagemaker:DescribeProcessingJob",
        "sagemaker:StopProcessingJob",
      ],
      resources: processing,
    },
    // Step Functions marks a job with the execution that it belongs to.
    { actions: ["sagemaker:AddTags", "sagemaker:ListTags"], resources: [...training, ...processing] },
    {
      actions: ["iam:PassRole"],
      resources: roleArns,
      conditions: { StringEquals: { "iam:PassedToService": "sagemaker.amazonaws.com" } },
    },
    ...createsInstances(stack, key),
  ];
}

// What operators are promised: every call of pbp --cloud, every command of the runbook that is theirs, and the pages of
// the console that the documentation sends them to.
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import commonSchema from "../../schemas/common.schema.json" with { type: "json" };
import deploymentSchema from "../../schemas/installation/deployment.schema.json" with { type: "json" };
import { deployments, ofType, synthesize, type Template } from "./deployments.ts";
import { type Permission, permissionsIn } from "./statements.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
let template: Template;
let allowed: Permission[];
beforeAll(async () => {
  template = await synthesize(deployments.created);
  const [[, policy] = []] = ofType(template, "AWS::IAM::ManagedPolicy").filter(([id]) =>
    id.startsWith("Operators"),
  );
  allowed = permissionsIn(policy!.Properties.PolicyDocument.Statement);
});

/**
 * The permissions of each API call of pbp --cloud. Source: Service Authorization Reference, the page of each service.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
 */
const permissionsOfCalls: Record<string, string[]> = {
  DescribeStacks: ["cloudformation:DescribeStacks"],
  StartExecution: ["states:StartExecution", "states:DescribeExecution"],
  ListExecutions: ["states:ListExecutions"],
  DescribeStateMachine: ["states:DescribeStateMachine"],
  DescribeStateMachineAlias: ["states:DescribeStateMachineAlias"],
  DescribeExecution: ["states:DescribeExecution"],
  DescribeStateMachineForExecution: ["states:DescribeStateMachineForExecution"],
  GetExecutionHistory: ["states:GetExecutionHistory"],
  RedriveExecution: ["states:RedriveExecution"],
  StopExecution: ["states:StopExecution"],
  ListTrainingJobs: ["sagemaker:ListTrainingJobs"],
  ListProcessingJobs: ["sagemaker:ListProcessingJobs"],
  DescribeTrainingJob: ["sagemaker:DescribeTrainingJob"],
  DescribeProcessingJob: ["sagemaker:DescribeProcessingJob"],
  StopTrainingJob: ["sagemaker:StopTrainingJob"],
  StopProcessingJob: ["sagemaker:StopProcessingJob"],
  DescribeFileSystems: ["elasticfilesystem:DescribeFileSystems"],
  DescribeMountTargets: ["elasticfilesystem:DescribeMountTargets"],
  DescribeAccessPoints: ["elasticfilesystem:DescribeAccessPoints"],
  DescribeLogStreams: ["logs:DescribeLogStreams"],
  // Of a group with a key: kms:Decrypt. CloudWatch Logs User Guide, "Encrypt log data", permissions on the calling principal.
  FilterLogEvents: ["logs:FilterLogEvents", "kms:Decrypt"],
  GetLogEvents: ["logs:GetLogEvents", "kms:Decrypt"],
  ListServiceQuotas: ["servicequotas:ListServiceQuotas"],
  DescribeInstanceTypeOfferings: ["ec2:DescribeInstanceTypeOfferings"],
  ListAWSDefaultServiceQuotas: ["servicequotas:ListAWSDefaultServiceQuotas"],
  DescribeSubnets: ["ec2:DescribeSubnets"],
  GetFunctionConfiguration: ["lambda:GetFunctionConfiguration"],
  DescribeImages: ["ecr:DescribeImages"],
  ListSubscriptionsByTopic: ["sns:ListSubscriptionsByTopic"],
  GetTopicAttributes: ["sns:GetTopicAttributes"],
  GetAccountSettings: ["lambda:GetAccountSettings"],
  DescribeKey: ["kms:DescribeKey"],
  DescribeEndpoint: ["sagemaker:DescribeEndpoint"],
  // Service Authorization Reference, Amazon SageMaker AI; see expected-permissions.ts.
  // https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemakerai.html
  ListModelPackages: ["sagemaker:ListModelPackages"],
  DescribeModelPackage: ["sagemaker:DescribeModelPackage"],
  // "No permissions are required to perform this operation." Security Token Service API Reference, GetCallerIdentity.
  // https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
  GetCallerIdentity: [],
};

/** Commands of the runbook, by what the AWS CLI is told. `null`: of whoever deploys, not of operators. */
const commandsOfRunbook: Record<string, string[] | null> = {
  "efs describe-file-systems": ["elasticfilesystem:DescribeFileSystems"],
  // Changes the infrastructure.
  "efs update-file-system": null,
  "s3 cp": ["s3:GetObject", "s3:PutObject", "kms:Decrypt", "kms:GenerateDataKey"],
  "s3 ls": ["s3:ListBucket"],
  "sagemaker describe-endpoint": ["sagemaker:DescribeEndpoint"],
  // What answers is taken away by it.
  "sagemaker delete-endpoint": null,
  "sagemaker stop-training-job": ["sagemaker:StopTrainingJob"],
  "sagemaker stop-processing-job": ["sagemaker:StopProcessingJob"],
  "sqs get-queue-url": ["sqs:GetQueueUrl"],
  // Of a queue with a key: kms:Decrypt, for the consumer. SQS Developer Guide, "Key management".
  "sqs receive-message": ["sqs:ReceiveMessage", "kms:Decrypt"],
  "sqs purge-queue": ["sqs:PurgeQueue"],
};

/** What the documentation sends operators to besides, and where. */
const pages: Record<string, string[]> = {
  "Step Functions console: machines, versions, aliases": [
    "states:ListStateMachines",
    "states:ListStateMachineVersions",
    "states:ListStateMachineAliases",
  ],
  "CloudWatch console: alarms, dashboard, log groups": [
    "cloudwatch:DescribeAlarms",
    "cloudwatch:GetMetricData",
    "cloudwatch:ListMetrics",
    "cloudwatch:ListDashboards",
    "cloudwatch:GetDashboard",
    "logs:DescribeLogGroups",
  ],
  "SQS console: a dead-letter queue, one message of it": [
    "sqs:ListQueues",
    "sqs:GetQueueAttributes",
    "sqs:DeleteMessage",
  ],
  "CloudFormation console: how a deployment went": ["cloudformation:DescribeStackEvents"],
  "runbook, an execution was aborted: CloudTrail has who": ["cloudtrail:LookupEvents"],
  "runbook, no execution succeeded: whether the rule is enabled": ["events:DescribeRule"],
  "runbook, EmbeddingFailed: remove the damaged shard": ["s3:DeleteObject"],
  // What the object store's driver sends: test/cloud/permissions.test.ts has the same table.
  "pbp base-model add, run, validate and show --cloud: objects": [
    "s3:GetObject",
    "s3:GetObjectVersion",
    "s3:PutObject",
    "s3:AbortMultipartUpload",
    "s3:ListBucket",
    "s3:ListBucketVersions",
    "kms:Decrypt",
    "kms:GenerateDataKey",
  ],
};

describe("operators may", () => {
  const actions = () => new Set(allowed.map(({ action }) => action));

  test("call what pbp --cloud calls", () => {
    const sources = globSync("pipeline/{deployed,cli}/**/*.ts", { cwd: root }).map((file) =>
      readFileSync(join(root, file), "utf8"),
    );
    const calls = new Set(
      [...sources.join("\n").matchAll(/new (?:\w+\.)?(\w+)Command\(|\bpaginate(\w+)\(/g)].map(
        ([, call, paged]) => call ?? paged!,
      ),
    );
    expect(calls.size).toBeGreaterThan(10);
    for (const call of calls) {
      expect([call, permissionsOfCalls[call]]).toEqual([call, expect.any(Array)]);
      for (const action of permissionsOfCalls[call]!)
        expect([action, actions().has(action)]).toEqual([action, true]);
    }
  });

  // Notes of patients are in a policy of their own. What S3 asks for each command: "type what the runbook says", below.
  test("have files of notes answered with a second policy, which reaches the notes, their answers and those jobs alone", () => {
    const [[, policy] = []] = ofType(template, "AWS::IAM::ManagedPolicy").filter(([id]) =>
      id.startsWith("Predicting"),
    );
    const lines = permissionsIn(policy!.Properties.PolicyDocument.Statement).map(
      ({ action, resource }) => `${action} ${resource}`,
    );
    const job =
      "arn:${AWS::Partition}:sagemaker:${AWS::Region}:${AWS::AccountId}:processing-job/predictivebilling-predict-*";
    expect(lines.sort()).toEqual(
      [
        ...["AbortMultipartUpload", "GetObject", "GetObjectVersion", "PutObject"].map(
          (one) => `s3:${one} \${Data.Arn}/predictions/*`,
        ),
        ...["Describe", "Stop"].map((verb) => `sagemaker:${verb}ProcessingJob ${job}`),
      ].sort(),
    );
    expect(allowed.filter(({ resource }) => /-predict-|predictions\//.test(resource))).toEqual([]);
  });

  test("type what the runbook says", () => {
    const runbook = readFileSync(join(root, "docs/runbook.md"), "utf8");
    const commands = new Set(
      [...runbook.matchAll(/\baws ([a-z0-9]+ [a-z][a-z-]+)/g)].map(([, command]) => command!),
    );
    expect([...commands].sort()).toEqual(Object.keys(commandsOfRunbook).sort());
    for (const needed of Object.values(commandsOfRunbook))
      for (const action of needed ?? []) expect([action, actions().has(action)]).toEqual([action, true]);
  });

  test("open the pages that the documentation sends them to, and no more", () => {
    const promised = [
      ...Object.values(permissionsOfCalls),
      ...Object.values(commandsOfRunbook).map((needed) => needed ?? []),
      ...Object.values(pages),
    ].flat();
    expect([...actions()].sort()).toEqual([...new Set(promised)].sort());
  });

  test("change nothing of the stack, and stay in it wherever AWS lets them be held to it", () => {
    for (const { action, resource } of allowed) {
      // Lists, figures of the account and metrics. Source: Service Authorization Reference, "Resource types" empty.
      const isUnlimited =
        /^(?:states:ListStateMachines|sagemaker:List|logs:DescribeLogGroups|sqs:ListQueues|cloudwatch:(?:DescribeAlarms|GetMetricData|ListMetrics|ListDashboards)|cloudtrail:|servicequotas:|ec2:Describe|lambda:GetAccountSettings)/;
      if (resource === "*") expect(action).toMatch(isUnlimited);
      else
        expect(`${action} ${resource}`).toMatch(
          /PredictiveBilling|predictivebilling|\/aws\/sagemaker\/\*Jobs|\$\{(?:Data|DataKey|Undelivered|NotStarted|NotNotified|NotChecked|Notices|FileSystem|Models|\w+Images)\b/,
        );
      expect(action).not.toMatch(
        /^(?:iam|cloudformation:(?!Describe)|lambda:(?!Get)|kms:(?:Put|Schedule|Create)|ec2:(?!Describe))/,
      );
    }
  });
});

// IAM User Guide, "IAM and AWS STS quotas": 6,144 characters for a managed policy, white space not counted.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
// Lambda Developer Guide, "Lambda quotas": 4 KB for all variables of a function together.
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
test("no policy is longer than IAM takes, no function has more variables than Lambda takes", async () => {
  const { maxLength } = deploymentSchema.properties.stackName;
  const [, , days] = deploymentSchema.properties.expectedEveryDays.oneOf;
  const models = Array.from({ length: days!.maxProperties! }, (_, n) =>
    `m${n}-`.padEnd(commonSchema.$defs.modelName.maxLength, "x"),
  );
  const longest = await synthesize({
    ...deployments.created,
    stackName: "X".repeat(maxLength),
    partition: "aws-us-gov",
    expectedEveryDays: Object.fromEntries(models.map((model) => [model, 8])),
  });
  const values: Record<string, string> = {
    "AWS::Partition": "aws-us-gov",
    "AWS::Region": "ap-southeast-1",
    "AWS::AccountId": "123456789012",
  };
  // Region, account and the longest service take 55 characters of an ARN; then the name, or what CloudFormation makes.
  const names = /^(?:QueueName|RepositoryName|FunctionName|LogGroupName)$/;
  const arnLength = (id: string) => {
    const { Type = "", Properties = {} } = longest.Resources[id] ?? {};
    const named = Object.entries(Properties).find(([field]) => names.test(field))?.[1];
    if (typeof named === "string") return 55 + "repository/".length + named.length;
    // A bucket's ARN has neither region nor account, and a name of at most 63 characters; a key's name has 40.
    if (Type === "AWS::S3::Bucket") return 21 + 63;
    return 55 + (Type === "AWS::KMS::Key" ? 40 : 75);
  };
  const filled = (value: unknown): unknown => {
    if (value === null || typeof value !== "object") return value;
    if (Array.isArray(value)) return value.map(filled);
    const [[name, argument] = []] = Object.entries(value);
    if (name === "Ref") return values[argument] ?? "x".repeat(60);
    if (name === "Fn::GetAtt") return "x".repeat(arnLength(argument[0]));
    if (name === "Fn::Join") return (filled(argument[1]) as string[]).join("");
    return Object.fromEntries(Object.entries(value).map(([field, item]) => [field, filled(item)]));
  };
  for (const [id, { Properties }] of ofType(longest, "AWS::IAM::ManagedPolicy")) {
    const { length } = JSON.stringify(filled(Properties.PolicyDocument));
    expect([id, length, length <= 6144]).toEqual([id, length, true]);
  }
  for (const [id, { Properties }] of ofType(longest, "AWS::Lambda::Function")) {
    const { length } = Object.entries(filled(Properties.Environment?.Variables ?? {}) as object)
      .flat()
      .join("");
    expect([id, length, length <= 4096]).toEqual([id, length, true]);
  }
});

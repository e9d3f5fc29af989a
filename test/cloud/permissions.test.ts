// Least privilege, twice. Every role is compared with what AWS's documentation asks for, action, resource and condition
// (expected-permissions.ts). And what the code of a function, the definition and the jobs' channels need is computed and
// compared with the actions, so that neither list can be behind the code. One permission too few fails a run, one too
// many is a way in.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { bundlesFolder } from "../../pipeline/bundle.ts";
import { functions, pascalCase } from "../../pipeline/functions.ts";
import type { MapState, ParallelState, StateMachine } from "../../states/asl.ts";
import { definition } from "../../states/definition.ts";
import { modelsDefinition } from "../../states/models.ts";
import { deployments, ofType, type Resource, synthesize, type Template } from "./deployments.ts";
import { expectedKeyPolicy, expectedPermissions } from "./expected-permissions.ts";
import { grantsIn, idOf, type Permission, permissionsOf } from "./statements.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
type Statement = { Action: string | string[]; Resource: unknown; Condition?: object };

let template: Template;
beforeAll(async () => {
  template = await synthesize(deployments.created);
});

/** One line for each permission, sorted: equal for statements that allow the same, however they are cut. */
function linesOf(permissions: readonly Permission[]): string[] {
  const conditions = (one: object) => (Object.keys(one).length > 0 ? ` if ${JSON.stringify(one)}` : "");
  return sorted(
    new Set(permissions.map((one) => `${one.action} on ${one.resource}${conditions(one.conditions)}`)),
  );
}

describe("what the documentation asks for", () => {
  test.each(Object.entries(expectedPermissions))("%s has all of it and nothing else", (id, expected) => {
    expect(linesOf(permissionsOf(template, `${id}Role`))).toEqual(linesOf(expected));
  });

  test("of the key lets the services use it that must, each under its condition, and no other", () => {
    const [[, key] = []] = ofType(template, "AWS::KMS::Key");
    expect(sorted(grantsIn(key!.Properties.KeyPolicy.Statement))).toEqual(sorted(expectedKeyPolicy));
  });

  test("is written down for every role", () => {
    const roles = ofType(template, "AWS::IAM::Role").map(([id]) => idOf(id).replace(/Role$/, ""));
    expect(sorted(roles)).toEqual(sorted(Object.keys(expectedPermissions)));
  });
});

/** The statements of a role: of its one policy. */
function statementsOf(role: string): Statement[] {
  const policies = Object.entries(template.Resources).filter(
    ([id, { Type }]) =>
      Type === "AWS::IAM::ManagedPolicy" && id.replace(/[0-9A-F]{8}$/, "") === `${role}Policy`,
  );
  expect(policies).toHaveLength(1);
  return policies[0]![1].Properties.PolicyDocument.Statement;
}

/** Without what a role may only through CloudWatch Logs, for its own log: expected-permissions.ts has that. */
const itsOwn = (statements: Statement[]) =>
  statements.filter(
    ({ Condition }) => !/"kms:ViaService":[^\]]*"logs\./.test(JSON.stringify(Condition ?? {})),
  );
const list = <T>(value: T | T[]): T[] => (Array.isArray(value) ? value : [value]);
const actionsOf = (statements: Statement[]) => new Set(statements.flatMap(({ Action }) => list(Action)));

/** The actions that every function needs: its log, its traces, its environment. */
const everyFunction = [
  "logs:CreateLogStream",
  "logs:PutLogEvents",
  "xray:PutTraceSegments",
  "xray:PutTelemetryRecords",
  "kms:Decrypt",
];
const inVpc = [
  "ec2:CreateNetworkInterface",
  "ec2:DescribeNetworkInterfaces",
  "ec2:DescribeSubnets",
  "ec2:DeleteNetworkInterface",
  "ec2:AssignPrivateIpAddresses",
  "ec2:UnassignPrivateIpAddresses",
];

/** What each method of the object store sends to S3; that none is missing here is a test of its own. */
const commands: Record<string, string[]> = {
  head: ["HeadObject"],
  read: ["GetObject"],
  write: [
    "PutObject",
    "CreateMultipartUpload",
    "UploadPart",
    "CompleteMultipartUpload",
    "AbortMultipartUpload",
  ],
  copy: ["CopyObject", "HeadObject"],
  list: ["ListObjectVersions"],
  remove: ["HeadObject", "DeleteObject"],
};
/** The permissions of each API call. Source: Service Authorization Reference. */
const permissions: Record<string, string[]> = {
  // A missing key is a 404 only for who may list the bucket.
  HeadObject: ["s3:GetObject", "s3:ListBucket"],
  GetObject: ["s3:GetObject", "s3:ListBucket"],
  PutObject: ["s3:PutObject"],
  CreateMultipartUpload: ["s3:PutObject"],
  UploadPart: ["s3:PutObject"],
  CompleteMultipartUpload: ["s3:PutObject"],
  AbortMultipartUpload: ["s3:AbortMultipartUpload"],
  CopyObject: ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"],
  ListObjectVersions: ["s3:ListBucketVersions"],
  DeleteObject: ["s3:DeleteObject"],
  StartExecution: ["states:StartExecution", "states:DescribeExecution"],
  DescribeExecution: ["states:DescribeExecution"],
  GetExecutionHistory: ["states:GetExecutionHistory"],
  ListExecutions: ["states:ListExecutions"],
  Publish: ["sns:Publish"],
  DescribeImages: ["ecr:DescribeImages"],
  InvokeEndpoint: ["sagemaker:InvokeEndpoint"],
  // With tags, and with the role that it names.
  CreateModel: ["sagemaker:CreateModel", "sagemaker:AddTags", "iam:PassRole"],
  DescribeModel: ["sagemaker:DescribeModel"],
  DeleteModel: ["sagemaker:DeleteModel"],
  CreateEndpointConfig: ["sagemaker:CreateEndpointConfig", "sagemaker:AddTags"],
  DescribeEndpointConfig: ["sagemaker:DescribeEndpointConfig"],
  DeleteEndpointConfig: ["sagemaker:DeleteEndpointConfig"],
  // Of a config with a key for the volumes.
  CreateEndpoint: ["sagemaker:CreateEndpoint", "sagemaker:AddTags", "kms:CreateGrant", "kms:DescribeKey"],
  UpdateEndpoint: ["sagemaker:UpdateEndpoint", "kms:CreateGrant", "kms:DescribeKey"],
  DescribeEndpoint: ["sagemaker:DescribeEndpoint"],
  DeleteEndpoint: ["sagemaker:DeleteEndpoint"],
  DescribeModelPackageGroup: ["sagemaker:DescribeModelPackageGroup"],
  CreateModelPackageGroup: ["sagemaker:CreateModelPackageGroup"],
  ListModelPackages: ["sagemaker:ListModelPackages"],
  // With tags, a role, a VPC, and a key for the volume.
  CreateProcessingJob: [
    "sagemaker:CreateProcessingJob",
    "sagemaker:AddTags",
    "iam:PassRole",
    "ec2:CreateNetworkInterface",
    "kms:CreateGrant",
    "kms:DescribeKey",
  ],
  ListModels: ["sagemaker:ListModels"],
  ListEndpointConfigs: ["sagemaker:ListEndpointConfigs"],
  CreateModelPackage: ["sagemaker:CreateModelPackage"],
  DescribeModelPackage: ["sagemaker:DescribeModelPackage"],
  // With the image that answers.
  UpdateModelPackage: ["sagemaker:UpdateModelPackage", "ecr:BatchGetImage", "ecr:DescribeImages"],
  DescribeFileSystems: ["elasticfilesystem:DescribeFileSystems"],
  DescribeMountTargets: ["elasticfilesystem:DescribeMountTargets"],
  DescribeAccessPoints: ["elasticfilesystem:DescribeAccessPoints"],
};

const callsIn = (text: string) =>
  [...text.matchAll(/new (?:\w+\.)?(\w+)Command\(|\bpaginate(\w+)\(/g)].map(
    ([, call, pages]) => call ?? pages!,
  );

test("the store's methods send what this test says they send", () => {
  const sent = new Set(callsIn(readFileSync(join(root, "tasks/store/s3.ts"), "utf8")));
  expect(sent).toEqual(new Set(Object.values(commands).flat()));
});

/** Our own sources in a function's bundle, as esbuild found them, without the object store's drivers. */
function sourcesOf(name: string): string {
  const stamp = JSON.parse(
    readFileSync(join(dirname(`${bundlesFolder}/x`), `.${name}.stamp.json`), "utf8"),
  ) as {
    inputs: Record<string, string>;
  };
  return Object.keys(stamp.inputs)
    .filter((path) => path.startsWith("tasks/") && !path.startsWith("tasks/store/"))
    .map((path) => readFileSync(join(root, path), "utf8"))
    .join("\n");
}

/** What the bundle runs: without the functions that esbuild left out as unused. */
function codeOf(name: string): string {
  const folder = join(bundlesFolder, name);
  return readdirSync(folder)
    .filter((file) => file.endsWith(".mjs"))
    .map((file) => readFileSync(join(folder, file), "utf8"))
    .join("\n");
}

function neededBy(name: string): Set<string> {
  const sources = sourcesOf(name);
  const methods = new Set(
    [...sources.matchAll(/\bstore\.(head|read|write|copy|list|remove)\(/g)].map(([, one]) => one!),
  );
  const readsJson = /\breadJson\(/.test(sources);
  if (readsJson) methods.add("head").add("read");
  if (/\bwriteJson\(/.test(sources)) methods.add("write");
  const calls = [...[...methods].flatMap((method) => commands[method]!), ...callsIn(sources)];
  const needed = new Set([...everyFunction, ...calls.flatMap((call) => permissions[call]!)]);
  // A version is asked for by its id where the code says so, in readJson, and after a copy.
  if (readsJson || methods.has("copy") || /\bversionId\b/.test(sources.replace(/^.*"version-id".*$/gm, "")))
    if (needed.has("s3:GetObject")) needed.add("s3:GetObjectVersion");
  const variables: readonly string[] = functions[name]!.variables;
  if (variables.includes("MODELS_DIR")) {
    for (const action of [...inVpc, "elasticfilesystem:ClientMount"]) needed.add(action);
    if (/\b(?:link|rename|symlink)\(/.test(codeOf(name))) needed.add("elasticfilesystem:ClientWrite");
  }
  // Where events come from EventBridge, an undeliverable one goes to a queue.
  if (["start-execution", "notify", "check-last-success", "remind-approvals"].includes(name))
    needed.add("sqs:SendMessage");
  if (needed.has("s3:PutObject") || needed.has("sqs:SendMessage")) needed.add("kms:GenerateDataKey");
  return needed;
}

describe("functions", () => {
  test.each(Object.keys(functions))("%s may do what its code calls, and nothing else", (name) => {
    expect(sorted(actionsOf(itsOwn(statementsOf(`${pascalCase(name)}Role`))))).toEqual(
      sorted(neededBy(name)),
    );
  });
});

test("PromoteTask may do what the function's code calls, without what is Lambda's own", () => {
  const lambdas = [...everyFunction, ...inVpc].filter((action) => action !== "kms:Decrypt");
  const needed = [...neededBy("promote")].filter((action) => !lambdas.includes(action));
  expect(sorted(actionsOf(statementsOf("PromoteTaskRole")))).toEqual(sorted(needed));
});

const sorted = (set: Iterable<string>) => [...set].sort();

/** What `.sync` of a SageMaker job needs. Source: Step Functions Developer Guide, IAM policies for SageMaker AI. */
const jobActions = (kind: string) => [
  ...["Create", "Describe", "Stop"].map((verb) => `sagemaker:${verb}${kind}Job`),
  "sagemaker:AddTags",
  "sagemaker:ListTags",
  "iam:PassRole",
  "events:PutTargets",
  "events:PutRule",
  "events:DescribeRule",
  "kms:CreateGrant",
  "kms:DescribeKey",
];
const integrations: Record<string, string[]> = {
  "lambda:invoke": ["lambda:InvokeFunction"],
  // To the encrypted topic.
  "sns:publish": ["sns:Publish"],
  "aws-sdk:s3:getObject": ["s3:GetObject"],
  "sagemaker:createTrainingJob.sync": jobActions("Training"),
  // With tags. Step Functions Developer Guide, "Run Amazon ECS or Fargate tasks with Step Functions", IAM policies.
  "ecs:runTask.sync": [
    ...["RunTask", "StopTask", "DescribeTasks", "TagResource"].map((one) => `ecs:${one}`),
    ...["iam:PassRole", "events:PutTargets", "events:PutRule", "events:DescribeRule"],
  ],
  // In a VPC.
  "sagemaker:createProcessingJob.sync": [...jobActions("Processing"), "ec2:CreateNetworkInterface"],
};
/** Logging, tracing, and the key of the history: each machine's. */
const everyMachine = [
  ...["Create", "Get", "Update", "Delete"].map((verb) => `logs:${verb}LogDelivery`),
  "logs:ListLogDeliveries",
  "logs:CreateLogStream",
  "logs:PutLogEvents",
  "logs:PutResourcePolicy",
  "logs:DescribeResourcePolicies",
  "logs:DescribeLogGroups",
  "xray:PutTraceSegments",
  "xray:PutTelemetryRecords",
  "xray:GetSamplingRules",
  "xray:GetSamplingTargets",
  "kms:Decrypt",
  "kms:GenerateDataKey",
];

describe("state machines", () => {
  test.each<[string, StateMachine]>([
    ["StateMachineRole", definition],
    ["ModelsMachineRole", modelsDefinition],
  ])("%s may do what its states call, and nothing else", (role, machine) => {
    const resources = [...JSON.stringify(machine).matchAll(/"arn:\$\{Partition\}:states:::([\w:.-]+)"/g)];
    const needed = new Set([...everyMachine, ...resources.flatMap(([, name]) => integrations[name!]!)]);
    expect(sorted(actionsOf(itsOwn(statementsOf(role))))).toEqual(sorted(needed));
  });
});

/** Where an expression of the definition points: the first folder of the bucket. */
function folderOf(uri: string): string {
  const pointers: [RegExp, string][] = [
    [/\$(?:run|trial)\.baseModel\.prefix/, "base-models"],
    [/\$dataset\.embedding\.storePrefix/, "embeddings"],
    [/\$champion\.model\.key/, "champions"],
    [/^'s3:\/\/\$\{DataBucket\}\/checkpoints\/'/, "checkpoints"],
    [/\$(?:run|dataset)\.prefix|\$artifacts\.model\.key/, "runs"],
  ];
  const found = pointers.find(([pattern]) => pattern.test(uri));
  if (!found) throw new Error(`The definition points to ${uri}, which this test cannot place.`);
  return found[1];
}

describe("jobs", () => {
  const [embedding, trials] = (definition.States.Jobs as ParallelState).Branches;
  const training = (trials!.States.Trials as MapState).ItemProcessor;
  const cases = [
    ["PreprocessJob", definition.States.PreprocessJob!],
    ["Embed", embedding!.States.Embed!],
    ["Train", training.States.Train!],
    ["Evaluate", definition.States.Evaluate!],
  ] as const;

  test.each(cases)("%s reads its channels and writes its outputs, and nothing else", (job, state) => {
    const text = JSON.stringify((state as { Arguments: unknown }).Arguments).replaceAll('\\"', '"');
    const reads = new Set<string>();
    const writes = new Set<string>();
    // Every URI stands behind the field that says what it is for.
    for (const [, field, uri] of text.matchAll(
      /"?(S3Input|S3Output|S3DataSource|S3OutputPath|CheckpointConfig)"?\s*:\s*(?:\{\s*"S3Uri"\s*:\s*)?"?(?:\{% )?('s3:.*?)(?: %\}"|,)/g,
    )) {
      if (field === "S3Input" || field === "S3DataSource" || field === "CheckpointConfig")
        reads.add(folderOf(uri!));
      if (field === "S3Output" || field === "S3OutputPath" || field === "CheckpointConfig")
        writes.add(folderOf(uri!));
    }
    const statements = statementsOf(`${job}Role`);
    const allowed = (action: string) =>
      list(statements.find(({ Action }) => list(Action).includes(action))!.Resource as object | object[]).map(
        (one) => (one as { "Fn::Join": [string, unknown[]] })["Fn::Join"][1].at(-1),
      );
    expect(sorted(allowed("s3:GetObject") as string[])).toEqual(
      sorted(reads).map((folder) => `/${folder}/*`),
    );
    expect(sorted(allowed("s3:PutObject") as string[])).toEqual(
      sorted(writes).map((folder) => `/${folder}/*`),
    );
  });
});

describe("every role", () => {
  const policies = () =>
    Object.entries(template.Resources).filter(([, { Type }]) => Type === "AWS::IAM::ManagedPolicy") as [
      string,
      Resource,
    ][];

  test("has no policy of AWS's making, no action with a wildcard, and no right to everything of a service", () => {
    for (const [, { Properties }] of Object.entries(template.Resources).filter(
      ([, one]) => one.Type === "AWS::IAM::Role",
    ))
      expect(Properties).not.toHaveProperty("ManagedPolicyArns");
    for (const [id, policy] of policies())
      for (const { Action } of policy.Properties.PolicyDocument.Statement as Statement[])
        for (const action of list(Action)) expect(`${id}: ${action}`).not.toContain("*");
  });

  test("says * for a resource only where AWS has none to name", () => {
    const unnamed =
      /^(?:xray:|logs:\w*(?:LogDeliver|ResourcePolic)|logs:DescribeLogGroups|logs:CreateLogStream|logs:PutLogEvents|ecr:GetAuthorizationToken|cloudwatch:PutMetricData|ec2:|sagemaker:List)/;
    // What operators may list is test/cloud/operators.test.ts's to judge.
    for (const [id, policy] of policies().filter(([id]) => idOf(id) !== "Operators"))
      for (const { Action, Resource } of policy.Properties.PolicyDocument.Statement as Statement[])
        if (list(Resource).includes("*"))
          for (const action of list(Action))
            expect(`${id} ${action}`).toMatch(new RegExp(`^${id} ${unnamed.source.slice(1)}`));
  });

  test("is taken by one service, and by this account's only", () => {
    for (const [id, { Properties }] of Object.entries(template.Resources).filter(
      ([, one]) => one.Type === "AWS::IAM::Role",
    )) {
      const [statement, ...more] = Properties.AssumeRolePolicyDocument.Statement;
      expect([id, more]).toEqual([id, []]);
      if (statement.Principal.Service !== "lambda.amazonaws.com")
        expect(statement.Condition).toEqual({
          StringEquals: { "aws:SourceAccount": { Ref: "AWS::AccountId" } },
        });
    }
  });
});

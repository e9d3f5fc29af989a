// The stack that `cdk deploy` makes, as far as ministack 1.5.33 can. docs/independent-engines.md lists what is changed.
import { liveAlias } from "../../pipeline/cloud/functions.ts";
import type { StateMachine } from "../../states/asl.ts";
import { type Resource, synthesize, type Template } from "../cloud/deployments.ts";
import { type Activities, forEmulator } from "./definition.ts";
import { account } from "./emulator.ts";

/** Resources that the emulator's CloudFormation does not know, by type. */
export const unknownTypes: readonly string[] = [
  "AWS::EC2::FlowLog",
  "AWS::EC2::SecurityGroupEgress",
  "AWS::EC2::SecurityGroupIngress",
  // Made through Step Functions' own API instead.
  "AWS::StepFunctions::StateMachineAlias",
  "AWS::StepFunctions::StateMachineVersion",
];

/** Alarms are known, but not on metric math. */
export const metricMath = "AWS::CloudWatch::Alarm";

/** The role of the dashboard's server, which may send selections. */
export const dashboardRole = `arn:aws:iam::${account}:role/Dashboard`;

/** Where a queue keeps what the topic publishes, for a test to read. */
export const noticesQueue = "observed-notices";

/** Functions that are told of these call SageMaker. */
const callsSageMaker = ["SERVING", "REGISTRY", "PREDICT"];

export type Surroundings = {
  activities: Activities;
  /** Where a function's bundle lies as a zip file. */
  codeOf: (bundle: string) => { S3Bucket: string; S3Key: string };
  /** What the functions see as the mounted file system. */
  modelsFolder: string;
  baseModel: string;
  /** SageMaker's counterpart, which is no part of the emulator. */
  sagemaker: string;
};

/** The stack's template for the emulator, and what had to be left out: types by logical id. */
export async function emulatorTemplate(
  stackName: string,
  surroundings: Surroundings,
): Promise<{ template: Template; leftOut: Record<string, string> }> {
  const written = {
    stackName,
    baseModel: surroundings.baseModel,
    serving: { mode: "serverless", memoryMegabytes: 3072, maxConcurrency: 4 },
    registry: true,
    // Low enough that a test can have an export of either host.
    preprocess: { aboveMegabytes: 1 },
    predict: { instanceType: "ml.c7i.2xlarge" },
    dashboardRoleArn: dashboardRole,
  };
  const { Parameters, Resources, Outputs } = await synthesize(written);
  const leftOut: Record<string, string> = {};
  for (const [id, resource] of Object.entries(Resources)) {
    if (isUnknown(resource)) {
      leftOut[id] = resource.Type;
      delete Resources[id];
    } else change(resource, stackName, surroundings);
  }
  // The template's parameter and rule ask whether the account is prepared for the CDK's assets; there are none here.
  const { ImageTag } = Parameters;
  return {
    template: {
      Parameters: { ImageTag: ImageTag! },
      Resources: { ...Resources, ...observers(Resources) },
      Outputs,
    },
    leftOut,
  };
}

function isUnknown({ Type, Properties }: Resource): boolean {
  return unknownTypes.includes(Type) || (Type === metricMath && Properties.Metrics !== undefined);
}

function change({ Type, Properties }: Resource, stackName: string, surroundings: Surroundings): void {
  if (Type === "AWS::StepFunctions::StateMachine") {
    const definition = JSON.parse(Properties.DefinitionString) as StateMachine;
    Properties.DefinitionString = JSON.stringify(forEmulator(definition, surroundings.activities));
  }
  if (Type === "AWS::Lambda::Function") {
    Properties.Code = surroundings.codeOf(Properties.FunctionName.slice(stackName.length + 1));
    // Node 24 nevertheless: see runtime/runtime.mjs.
    Properties.Runtime = "provided.al2023";
    const variables = Properties.Environment?.Variables ?? {};
    if (callsSageMaker.some((name) => name in variables))
      variables.AWS_ENDPOINT_URL_SAGEMAKER = surroundings.sagemaker;
    if ("MODELS_DIR" in variables) variables.MODELS_DIR = surroundings.modelsFolder;
  }
  if (Type === "AWS::IAM::ManagedPolicy")
    for (const statement of Properties.PolicyDocument.Statement) changeStatement(statement);
}

function changeStatement(statement: {
  Action: string | string[];
  Resource: unknown;
  Condition?: object;
}): void {
  // The emulator does not see which file system a request is about when that is in its query.
  if ([statement.Action].flat().every((action) => action.startsWith("elasticfilesystem:Describe")))
    statement.Resource = "*";
  // It takes the alias itself for the resource, where Step Functions takes the machine and the alias for a condition.
  if (statement.Action === "states:StartExecution") {
    statement.Resource = { "Fn::Join": ["", [statement.Resource, `:${liveAlias}`]] };
    delete statement.Condition;
  }
}

function observers(resources: Record<string, Resource>): Record<string, Resource> {
  const [topic] = Object.entries(resources).find(([, { Type }]) => Type === "AWS::SNS::Topic") ?? [];
  return {
    ObservedNotices: { Type: "AWS::SQS::Queue", Properties: { QueueName: noticesQueue } },
    ObservedNoticesPolicy: {
      Type: "AWS::SQS::QueuePolicy",
      Properties: {
        Queues: [{ Ref: "ObservedNotices" }],
        PolicyDocument: {
          Version: "2012-10-17",
          Statement: [
            {
              Effect: "Allow",
              Principal: { Service: "sns.amazonaws.com" },
              Action: "sqs:SendMessage",
              Resource: { "Fn::GetAtt": ["ObservedNotices", "Arn"] },
            },
          ],
        },
      },
    },
    ObservedNoticesSubscription: {
      Type: "AWS::SNS::Subscription",
      Properties: {
        TopicArn: { Ref: topic },
        Protocol: "sqs",
        Endpoint: { "Fn::GetAtt": ["ObservedNotices", "Arn"] },
      },
    },
  };
}

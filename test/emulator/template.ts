import { type FunctionVariable, functions } from "../../pipeline/functions.ts";
import { executionFailed, exportArrived, type Rule } from "../../pipeline/rules.ts";
import { definition, type Substitutions } from "../../states/definition.ts";
import { type Activities, forEmulator } from "./definition.ts";

/** Where a function's bundle lies as a zip file. */
export type Assets = { bucket: string; keyOf: (functionName: string) => string };

type Resource = { Type: string; Properties: Record<string, unknown>; DependsOn?: string };

export const machineName = "predictive-billing-pipeline";

const get = (resource: string, attribute: string) => ({ "Fn::GetAtt": [resource, attribute] });
const ref = (resource: string) => ({ Ref: resource });
/** validate-input → ValidateInputFunction. */
const logicalId = (functionName: string) =>
  `${functionName.replaceAll(/(^|-)([a-z])/g, (_, __, letter: string) => letter.toUpperCase())}Function`;

/**
 * A stack with the parts that an execution meets, and nothing of what guards or watches them: bucket, functions, rules,
 * topic, queue, file system, state machine. Its outputs are those of the deployed stack.
 */
export function template(options: {
  assets: Assets;
  activities: Activities;
  modelsFolder: string;
  baseModel: string;
}) {
  const variables: Record<FunctionVariable, unknown> = {
    OBJECT_STORE: "s3",
    DATA_BUCKET: ref("DataBucket"),
    BASE_MODEL: options.baseModel,
    MODELS_DIR: options.modelsFolder,
    KEEP_VERSIONS: "5",
    FILE_SYSTEM: { "Fn::Sub": "${FileSystem}/${AccessPoint}" },
    STATE_MACHINE_ARN: liveAlias,
  };
  const resources: Record<string, Resource> = {
    DataBucket: {
      Type: "AWS::S3::Bucket",
      Properties: {
        VersioningConfiguration: { Status: "Enabled" },
        NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } },
      },
    },
    Topic: { Type: "AWS::SNS::Topic", Properties: {} },
    // Keeps what the topic publishes, for a test to read.
    Notices: { Type: "AWS::SQS::Queue", Properties: {} },
    NoticesSubscription: {
      Type: "AWS::SNS::Subscription",
      Properties: { TopicArn: ref("Topic"), Protocol: "sqs", Endpoint: get("Notices", "Arn") },
    },
    DeadLetterQueue: { Type: "AWS::SQS::Queue", Properties: {} },
    Network: { Type: "AWS::EC2::VPC", Properties: { CidrBlock: "10.0.0.0/16" } },
    Subnet: {
      Type: "AWS::EC2::Subnet",
      Properties: { VpcId: ref("Network"), CidrBlock: "10.0.0.0/24" },
    },
    SecurityGroup: {
      Type: "AWS::EC2::SecurityGroup",
      Properties: { GroupDescription: "The mount target's.", VpcId: ref("Network") },
    },
    MountTarget: {
      Type: "AWS::EFS::MountTarget",
      Properties: {
        FileSystemId: ref("FileSystem"),
        SubnetId: ref("Subnet"),
        SecurityGroups: [get("SecurityGroup", "GroupId")],
      },
    },
    FileSystem: { Type: "AWS::EFS::FileSystem", Properties: { Encrypted: true } },
    AccessPoint: {
      Type: "AWS::EFS::AccessPoint",
      Properties: {
        FileSystemId: ref("FileSystem"),
        PosixUser: { Uid: "1000", Gid: "1000" },
        RootDirectory: { Path: "/models" },
      },
    },
    StateMachine: {
      Type: "AWS::StepFunctions::StateMachine",
      Properties: {
        StateMachineName: machineName,
        DefinitionString: JSON.stringify(forEmulator(definition, options.activities)),
        DefinitionSubstitutions: substitutions,
        RoleArn: role,
      },
    },
    ...rule("ExportArrived", exportArrived, ref("DataBucket"), "start-execution"),
    ...rule("ExecutionFailed", executionFailed, ref("StateMachine"), "notify"),
  };
  for (const [name, settings] of Object.entries(functions))
    resources[logicalId(name)] = {
      Type: "AWS::Lambda::Function",
      Properties: {
        FunctionName: name,
        // Node 24 nevertheless: see runtime/runtime.mjs.
        Runtime: "provided.al2023",
        Handler: "index.handler",
        Role: role,
        Code: { S3Bucket: options.assets.bucket, S3Key: options.assets.keyOf(name) },
        Timeout: settings.timeoutSeconds,
        MemorySize: settings.memoryMegabytes,
        Environment: {
          Variables: Object.fromEntries(settings.variables.map((key) => [key, variables[key]])),
        },
      },
    };
  return { Resources: resources, Outputs: outputs };
}

const role = { "Fn::Sub": "arn:aws:iam::${AWS::AccountId}:role/pipeline" };
const machineArn = `arn:aws:states:\${AWS::Region}:\${AWS::AccountId}:stateMachine:${machineName}`;
const liveAlias = { "Fn::Sub": `${machineArn}:live` };
const output = (Value: unknown) => ({ Value });
const outputs = {
  DataBucketName: output(ref("DataBucket")),
  StateMachineArn: output(ref("StateMachine")),
  LiveAliasArn: output(liveAlias),
  TopicArn: output(ref("Topic")),
  FileSystemId: output(ref("FileSystem")),
  AccessPointId: output(ref("AccessPoint")),
  DeadLetterQueueUrl: output(ref("DeadLetterQueue")),
};

const functionArn = (name: string) => get(logicalId(name), "Arn");
const image = (name: string) => ({
  "Fn::Sub": `\${AWS::AccountId}.dkr.ecr.\${AWS::Region}.amazonaws.com/pipeline/${name}:1`,
});

/** What CloudFormation puts into the definition. */
const substitutions: Record<keyof Substitutions, unknown> = {
  Partition: "aws",
  DataBucket: ref("DataBucket"),
  TopicArn: ref("Topic"),
  ValidateInputFunctionArn: functionArn("validate-input"),
  PreprocessFunctionArn: functionArn("preprocess"),
  CheckArtifactsFunctionArn: functionArn("check-artifacts"),
  ReadChampionFunctionArn: functionArn("read-champion"),
  QualityGateFunctionArn: functionArn("quality-gate"),
  PromoteFunctionArn: functionArn("promote"),
  NotifyFunctionArn: functionArn("notify"),
  ExplainJobFailureFunctionArn: functionArn("explain-job-failure"),
  EmbedRoleArn: role,
  TrainRoleArn: role,
  EvaluateRoleArn: role,
  EmbedImageUri: image("embed"),
  TrainImageUri: image("train"),
  EvaluateImageUri: image("evaluate"),
  EmbedInstances: "ml.g6.xlarge,ml.g5.xlarge",
  EmbedIdleInstances: "ml.m5.xlarge volume-key",
  EmbedInstanceCount: "1",
  TrainInstances: "ml.g6.xlarge spot,ml.g6.xlarge",
  TrainInstanceCount: "1",
  EvaluateInstances: "ml.m5.xlarge volume-key",
  JobSubnetIds: "subnet-0123456789abcdef0,subnet-0123456789abcdef1",
  JobSecurityGroupId: "sg-0123456789abcdef0",
  DataKeyArn: {
    "Fn::Sub": "arn:aws:kms:${AWS::Region}:${AWS::AccountId}:key/00000000-0000-0000-0000-000000000000",
  },
  ProcessingLogUrl: "https://console.aws.amazon.com/cloudwatch/processing/",
  TrainingLogUrl: "https://console.aws.amazon.com/cloudwatch/training/",
};

/** A rule of pipeline/rules.ts with a function as its target, which it may invoke. */
function rule(id: string, make: (of: string) => Rule, of: unknown, functionName: string) {
  const placeholder = "\u0000";
  const { name, description, pattern } = make(placeholder);
  const EventPattern = JSON.parse(JSON.stringify(pattern), (_, value) =>
    value === placeholder ? of : value,
  );
  const target = functionArn(functionName);
  const resources: Record<string, Resource> = {
    [`${id}Rule`]: {
      Type: "AWS::Events::Rule",
      Properties: {
        Name: name,
        Description: description,
        EventPattern,
        Targets: [
          { Id: functionName, Arn: target, DeadLetterConfig: { Arn: get("DeadLetterQueue", "Arn") } },
        ],
      },
    },
    [`${id}Permission`]: {
      Type: "AWS::Lambda::Permission",
      Properties: {
        Action: "lambda:InvokeFunction",
        FunctionName: target,
        Principal: "events.amazonaws.com",
        SourceArn: get(`${id}Rule`, "Arn"),
      },
    },
  };
  return resources;
}

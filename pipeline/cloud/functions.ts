import { Duration, Size, type Stack } from "aws-cdk-lib";
import type { IKey } from "aws-cdk-lib/aws-kms";
import {
  Architecture,
  type CfnFunction,
  Code,
  Function as LambdaFunction,
  Runtime,
  Tracing,
} from "aws-cdk-lib/aws-lambda";
import type { IBucket } from "aws-cdk-lib/aws-s3";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import { idOf, modelJobs } from "../../schemas/execution/jobs.ts";
import { repositoryName } from "../../schemas/installation/images.ts";
import { endpointName } from "../../schemas/installation/serving.ts";
import type { Deployment } from "../../schemas/types.ts";
import { bundlesFolder } from "../bundle.ts";
import {
  callerOf,
  type FunctionSettings,
  type FunctionVariable,
  functionsOf,
  pascalCase,
} from "../functions.ts";
import { optionsOf } from "../stack-name.ts";
import { expectedDays } from "./configuration.ts";
import {
  accessPointArn,
  fileSystemName,
  type ModelsFileSystem,
  modelsFolder,
  mountPath,
  mountStatements,
} from "./file-system.ts";
import { bucketStatements, mounts, touches } from "./function-permissions.ts";
import { logGroup, throughLogs } from "./logs.ts";
import { modelCardFile, modelCardLayer } from "./model-card.ts";
import type { Network } from "./network.ts";
import { type Statement, serviceRole } from "./roles.ts";
import { startsPredictions } from "./serving/predicting.ts";
import { publishing } from "./serving/publishing.ts";
import { registersModels } from "./serving/registry.ts";

/** What the alias of the version in use is called; executions are started through it. */
export const liveAlias = "live";

type Parts = {
  stack: Stack;
  key: IKey;
  bucket: IBucket;
  network: Network;
  models: ModelsFileSystem;
  deployment: Deployment;
  /** The state machine, whose live alias start-execution starts. */
  stateMachineArn: string;
  topic: ITopic;
  /** The commit of the code. */
  revision: string;
  /** What Publish is told of endpoints, or `none`. */
  serving: string;
  /** What the endpoints' containers run under; null without endpoints. */
  servingRoleArn: string | null;
  /** What predict is told of its jobs, or `none`. */
  predict: string;
  /** What they run under; null without them. */
  predictRoleArn: string | null;
  /** What Register is told of the Model Registry, or `none`. */
  registry: string;
  /** Dead-letter queues of the functions that events invoke, by name. */
  deadLetters: Readonly<Record<string, Queue>>;
};

/** Every function that the deployment has, each with the bundle that the local engine forks, and its own role. */
export function functions(parts: Parts): Record<string, LambdaFunction> {
  return Object.fromEntries(
    functionsOf(parts.deployment).map(([name, settings]) => [name, lambdaFunction(parts, name, settings)]),
  );
}

function lambdaFunction(parts: Parts, name: string, settings: FunctionSettings): LambdaFunction {
  const { stack, key, bucket, network, models, deployment } = parts;
  const isUnused =
    (name === "register" && !deployment.registry) || (name === "predict" && !deployment.predict);
  const may = isUnused ? {} : touches[name]!;
  const functionName = `${deployment.stackName}-${name}`;
  const id = pascalCase(name);
  const group = logGroup(stack, `${id}Log`, `/aws/lambda/${functionName}`, key, deployment);
  const deadLetterQueue = parts.deadLetters[name];
  const statements: Statement[] = [
    { actions: ["logs:CreateLogStream", "logs:PutLogEvents"], resources: [group.logGroupArn] },
    throughLogs(stack, key),
    // X-Ray has no resources to name.
    { actions: ["xray:PutTraceSegments", "xray:PutTelemetryRecords"], resources: ["*"] },
    ...bucketStatements(bucket, may),
    ...(may.models ? [...mountStatements(stack, models, mounts(may)), inVpc] : []),
    ...(may.startsExecutions ? [startsLiveExecutions(parts)] : []),
    ...(may.listsExecutions
      ? [{ actions: ["states:ListExecutions"], resources: [parts.stateMachineArn] }]
      : []),
    ...(may.registersModels ? registersModels(stack, deployment) : []),
    ...(may.publishes ? [{ actions: ["sns:Publish"], resources: [parts.topic.topicArn] }] : []),
    ...(may.describesExecutions
      ? [{ actions: ["states:DescribeExecution"], resources: [executionsArn(parts)] }]
      : []),
    ...(may.readsHistories
      ? [{ actions: ["states:GetExecutionHistory"], resources: [executionsArn(parts)] }]
      : []),
    ...(may.describesImages ? [describesImages(parts)] : []),
    ...(may.invokesEndpoints
      ? [{ actions: ["sagemaker:InvokeEndpoint"], resources: [endpointsArn(parts)] }]
      : []),
    ...(may.startsPredictions ? startsPredictions(stack, key, deployment, parts.predictRoleArn) : []),
    ...(may.publishesModels ? publishing(stack, key, deployment, parts.servingRoleArn) : []),
    ...(deadLetterQueue ? [{ actions: ["sqs:SendMessage"], resources: [deadLetterQueue.queueArn] }] : []),
    // Its environment and what it reads; a new data key for what it writes or sends.
    {
      actions: ["kms:Decrypt", ...(may.writes || deadLetterQueue ? ["kms:GenerateDataKey"] : [])],
      resources: [key.keyArn],
    },
  ];
  const { role, policy } = serviceRole(stack, `${id}Role`, "lambda", statements);
  const made = new LambdaFunction(stack, id, {
    functionName,
    description: `State or trigger ${id}: ${name}.ts below tasks`,
    runtime: Runtime.NODEJS_24_X,
    // The same bundle costs a fifth less there.
    architecture: Architecture.ARM_64,
    handler: "index.handler",
    code: Code.fromAsset(`${bundlesFolder}/${name}`, { exclude: ["*.map"] }),
    timeout: Duration.seconds(settings.timeoutSeconds),
    memorySize: settings.memoryMegabytes,
    ...(settings.ephemeralStorageMegabytes && {
      ephemeralStorageSize: Size.mebibytes(settings.ephemeralStorageMegabytes),
    }),
    environment: variables(parts, name, settings.variables),
    ...(settings.variables.includes("MODEL_CARD") &&
      deployment.modelCard && { layers: [modelCardLayer(stack, deployment.modelCard)] }),
    environmentEncryption: key,
    role,
    logGroup: group,
    tracing: Tracing.ACTIVE,
    ...(deadLetterQueue && { deadLetterQueue }),
    ...(settings.atOnce !== undefined && { reservedConcurrentExecutions: settings.atOnce }),
    ...(may.models && {
      vpc: network.vpc,
      vpcSubnets: { subnets: network.subnets },
      securityGroups: [network.securityGroup],
    }),
  });
  made.node.addDependency(policy);
  if (may.models) {
    // The property itself: the construct's own helper chooses its own permissions.
    (made.node.defaultChild as CfnFunction).fileSystemConfigs = [
      { arn: accessPointArn(stack, models), localMountPath: mountPath },
    ];
    // Lambda refuses to mount what no mount target of its zones serves yet.
    made.node.addDependency(...models.mountTargets);
  }
  return made;
}

/** Step Functions asks IAM about the machine, even when an alias of it is started; the alias is a condition. */
function startsLiveExecutions({ stateMachineArn }: Parts): Statement {
  return {
    actions: ["states:StartExecution"],
    resources: [stateMachineArn],
    conditions: { "ForAnyValue:StringEquals": { "states:StateMachineQualifier": [liveAlias] } },
  };
}

/** Of the jobs' repositories, by their names: they are made after the functions. */
function describesImages({ stack, deployment }: Parts): Statement {
  return {
    actions: ["ecr:DescribeImages"],
    resources: modelJobs.map((job) =>
      stack.formatArn({
        service: "ecr",
        resource: "repository",
        resourceName: repositoryName(deployment.stackName, idOf(job)),
      }),
    ),
  };
}

function executionsArn({ stack, deployment }: Parts): string {
  return stack.formatArn({ service: "states", resource: `execution:${deployment.stackName}:*` });
}

/** Of all registered models. */
function endpointsArn({ stack, deployment }: Parts): string {
  return stack.formatArn({
    service: "sagemaker",
    resource: "endpoint",
    resourceName: endpointName(deployment.stackName, "*"),
  });
}

/** Lambda makes the network interfaces under this role, before any of them has a name. */
const inVpc: Statement = {
  actions: [
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
  ],
  resources: ["*"],
};

function variables(parts: Parts, name: string, told: readonly FunctionVariable[]): Record<string, string> {
  const { bucket, models, deployment } = parts;
  const values: Record<FunctionVariable, string> = {
    OBJECT_STORE: "s3",
    DATA_BUCKET: bucket.bucketName,
    BASE_MODEL: deployment.baseModel,
    MODELS_DIR: modelsFolder,
    KEEP_VERSIONS: String(deployment.keepVersions),
    STATE_MACHINE_ARN: `${parts.stateMachineArn}:${liveAlias}`,
    EXPECTED_MODELS: Object.keys(expectedDays(deployment)).join(",") || "none",
    TOPIC: parts.topic.topicArn,
    COMMAND_OPTIONS: optionsOf(deployment.stackName).trim(),
    MODEL_CARD: deployment.modelCard ? modelCardFile : "none",
    TRACKING: deployment.tracking ? JSON.stringify(deployment.tracking) : "none",
    APPROVAL: deployment.approval,
    CODE_REVISION: parts.revision,
    FILE_SYSTEM: fileSystemName(models),
    CALLER_ROLE: callerOf[name]?.(deployment) ?? "none",
    STACK_NAME: deployment.stackName,
    SERVING: parts.serving,
    REGISTRY: parts.registry,
    PREDICT: parts.predict,
    UPLOADS_TO: parts.key.keyArn,
    // start-execution names the export alone.
    EXECUTION_SETTINGS: "{}",
  };
  return Object.fromEntries(told.map((variable) => [variable, values[variable]]));
}

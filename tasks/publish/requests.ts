// What SageMaker is asked for, as a function of the deployment and of the generation. Nothing of a note is in it.
import type {
  CreateEndpointConfigCommandInput,
  CreateModelCommandInput,
  DeploymentConfig,
  ProductionVariant,
  ProductionVariantInstanceType,
} from "@aws-sdk/client-sagemaker";
import {
  endpointAlarm,
  endpointAlarms,
  endpointName,
  variantName,
} from "../../schemas/installation/serving.ts";
import type { ServingTarget } from "../../schemas/types.ts";
import { configName } from "./names.ts";

/** A generation of a registered model that is to be published. */
export type Promoted = { model: string; generation: number; version: string };

export type Requests = {
  endpoint: string;
  /** Of the Model and the EndpointConfig, both of which never change. */
  name: string;
  model: CreateModelCommandInput;
  config: CreateEndpointConfigCommandInput;
  /** How an endpoint that is there is moved to it; undefined for serverless, which knows no such thing. */
  deployment: DeploymentConfig | undefined;
  tags: Tag[];
};
type Tag = { Key: string; Value: string };

// How long the alarms are looked at before the rest of the traffic moves, and before the instances of before end. A period
// of an alarm is a minute; ten of them see what a few requests a minute show.
const bakeSeconds = 600;
const terminationWaitSeconds = 300;
// An update that has not ended by then is rolled back.
const longestUpdateSeconds = 3600;

/** @param modelDataUrl Where the version's archive lies. */
export function requestsOf(target: ServingTarget, promoted: Promoted, modelDataUrl: string): Requests {
  const endpoint = endpointName(target.stackName, promoted.model);
  const tags = Object.entries(target.tags).map(([Key, Value]) => ({ Key, Value }));
  const model = modelOf(target, promoted, modelDataUrl);
  const variant = { VariantName: variantName, InitialVariantWeight: 1, ...capacityOf(target) };
  const config = target.keyArn && target.mode === "instance" ? { KmsKeyId: target.keyArn } : {};
  const name = configName(endpoint, promoted, { model, variant, config });
  return {
    endpoint,
    name,
    model: { ModelName: name, ...model, Tags: tags },
    config: {
      EndpointConfigName: name,
      ProductionVariants: [{ ...variant, ModelName: name }],
      ...config,
      Tags: tags,
    },
    deployment: target.mode === "instance" ? guardrailsOf(target, promoted.model) : undefined,
    tags,
  };
}

function modelOf(
  target: ServingTarget,
  { model, generation }: Promoted,
  ModelDataUrl: string,
): Omit<CreateModelCommandInput, "ModelName"> {
  const { mode, image, roleArn, subnetIds, securityGroupId } = target;
  const inVpc = mode === "instance" && subnetIds !== undefined && securityGroupId !== undefined;
  return {
    PrimaryContainer: {
      Image: image,
      ModelDataUrl,
      Environment: {
        // An unpacked bundle knows neither.
        PBP_GENERATION: String(generation),
        PBP_SERVED_MODELS: model,
        // A serverless container answers one request at a time.
        ...(mode === "serverless" && { PBP_SERVE_WORKERS: "1" }),
      },
    },
    ExecutionRoleArn: roleArn,
    // The service needs no network; SageMaker fetches the model through the VPC.
    ...(mode === "instance" && { EnableNetworkIsolation: true }),
    ...(inVpc && { VpcConfig: { Subnets: subnetIds, SecurityGroupIds: [securityGroupId] } }),
  };
}

function capacityOf(target: ServingTarget): Partial<ProductionVariant> {
  if (target.mode === "serverless")
    return {
      ServerlessConfig: {
        MemorySizeInMB: target.memoryMegabytes,
        MaxConcurrency: target.maxConcurrency,
        ...(target.provisionedConcurrency !== undefined && {
          ProvisionedConcurrency: target.provisionedConcurrency,
        }),
      },
    };
  return {
    InstanceType: target.instanceType as ProductionVariantInstanceType,
    InitialInstanceCount: target.instanceCount,
  };
}

/** Blue/green, with the alarms of this model's endpoint: when one goes off, SageMaker goes back by itself. */
function guardrailsOf(
  { canaryPercent, stackName, watchedModels = [] }: ServingTarget,
  model: string,
): DeploymentConfig {
  return {
    BlueGreenUpdatePolicy: {
      TrafficRoutingConfiguration: {
        ...(canaryPercent === undefined
          ? { Type: "ALL_AT_ONCE" }
          : { Type: "CANARY", CanarySize: { Type: "CAPACITY_PERCENT", Value: canaryPercent } }),
        WaitIntervalInSeconds: bakeSeconds,
      },
      TerminationWaitInSeconds: terminationWaitSeconds,
      MaximumExecutionTimeoutInSeconds: longestUpdateSeconds,
    },
    ...(watchedModels.includes(model) && {
      AutoRollbackConfiguration: {
        Alarms: endpointAlarms.map((what) => ({ AlarmName: endpointAlarm(stackName, what, model) })),
      },
    }),
  };
}

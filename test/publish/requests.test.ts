// What SageMaker is asked for, against AWS's own description of its interface and, where that is silent, its pages.
import { describe, expect, test } from "vitest";
import { endpointName, publishedAs } from "../../schemas/installation/serving.ts";
import targetSchema from "../../schemas/installation/serving-target.schema.json" with { type: "json" };
import type { ServingTarget } from "../../schemas/types.ts";
import { isOfEndpoint } from "../../tasks/publish/names.ts";
import { requestsOf } from "../../tasks/publish/requests.ts";
import { type Endpoint, nextStep } from "../../tasks/publish/step.ts";
import { unwanted } from "../../tasks/publish/tidy-up.ts";
import { requestProblems } from "../emulator/sagemaker/service-model.ts";

const [serverless, instance] = targetSchema.examples as unknown as [ServingTarget, ServingTarget];
const promoted = { model: "keyphrases", generation: 43, version: "000042-9f86d081884c" };
const url = "s3://data/champions/000042-9f86d081884c/serving.tar.gz";

test.each([serverless, instance])(
  "$mode: every request is one that SageMaker's model describes",
  (target) => {
    const { endpoint, name, model, config, deployment, tags } = requestsOf(target, promoted, url);
    const taken = { EndpointName: endpoint, EndpointConfigName: name };
    expect(requestProblems("CreateModel", model)).toEqual([]);
    expect(requestProblems("CreateEndpointConfig", config)).toEqual([]);
    expect(requestProblems("CreateEndpoint", { ...taken, Tags: tags })).toEqual([]);
    const guarded = deployment && { DeploymentConfig: deployment };
    expect(requestProblems("UpdateEndpoint", { ...taken, ...guarded })).toEqual([]);
    // https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ContainerDefinition.html, ModelDataUrl: one gzip
    // compressed tar archive, with the suffix .tar.gz.
    expect(model.PrimaryContainer).toMatchObject({ Image: target.image, ModelDataUrl: url });
    expect(model.PrimaryContainer!.Environment).toMatchObject({
      PBP_GENERATION: "43",
      PBP_SERVED_MODELS: "keyphrases",
    });
    // Absent: off. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DataCaptureConfig.html
    expect(config).not.toHaveProperty("DataCaptureConfig");
  },
);

// Amazon SageMaker AI Developer Guide, "Deploy models with Amazon SageMaker Serverless Inference", Feature exclusions: GPUs,
// VPC configuration, network isolation, data capture, multiple production variants.
// https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html
// "Deployment guardrails", only for asynchronous and real-time endpoints.
// https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails.html
test("serverless has nothing that such an endpoint cannot have", () => {
  const { model, config, deployment } = requestsOf({ ...instance, ...serverless }, promoted, url);
  for (const field of ["VpcConfig", "EnableNetworkIsolation"]) expect(model).not.toHaveProperty(field);
  // A serverless variant has no volume of ours: SERVING.
  expect(config).not.toHaveProperty("KmsKeyId");
  expect(config.ProductionVariants).toEqual([
    {
      VariantName: "AllTraffic",
      ModelName: config.EndpointConfigName,
      InitialVariantWeight: 1,
      ServerlessConfig: { MemorySizeInMB: 3072, MaxConcurrency: 8, ProvisionedConcurrency: 1 },
    },
  ]);
  expect(deployment).toBeUndefined();
});

test("instance is isolated inside the VPC, with its volume under the key, a canary, alarms and rollback", () => {
  const { model, config, deployment } = requestsOf(instance, promoted, url);
  // Amazon SageMaker AI Developer Guide, "Run Training and Inference Containers in Internet-Free Mode": isolation and a VPC
  // go together, the model is then fetched through the VPC.
  // https://docs.aws.amazon.com/sagemaker/latest/dg/mkt-algo-model-internet-free.html
  expect(model).toMatchObject({
    EnableNetworkIsolation: true,
    VpcConfig: { Subnets: instance.subnetIds, SecurityGroupIds: [instance.securityGroupId] },
  });
  expect(config).toMatchObject({
    KmsKeyId: instance.keyArn,
    ProductionVariants: [{ InstanceType: "ml.c7i.xlarge", InitialInstanceCount: 2 }],
  });
  expect(deployment).toEqual({
    BlueGreenUpdatePolicy: {
      TrafficRoutingConfiguration: {
        Type: "CANARY",
        CanarySize: { Type: "CAPACITY_PERCENT", Value: 10 },
        WaitIntervalInSeconds: 600,
      },
      TerminationWaitInSeconds: 300,
      MaximumExecutionTimeoutInSeconds: 3600,
    },
    AutoRollbackConfiguration: {
      Alarms: [
        { AlarmName: "PredictiveBilling-EndpointErrors-keyphrases" },
        { AlarmName: "PredictiveBilling-EndpointLatency-keyphrases" },
      ],
    },
  });
});

// https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_BlueGreenUpdatePolicy.html: the longest execution is at
// least TerminationWaitInSeconds and WaitIntervalInSeconds together.
test("a rollout has time for its waits; without a canary all traffic moves at once; each model has its own alarms", () => {
  const { canaryPercent: _, ...allAtOnce } = instance;
  const { deployment } = requestsOf(allAtOnce, { ...promoted, model: "specialty" }, url);
  const policy = deployment!.BlueGreenUpdatePolicy!;
  expect(policy.TrafficRoutingConfiguration).toEqual({ Type: "ALL_AT_ONCE", WaitIntervalInSeconds: 600 });
  expect(policy.MaximumExecutionTimeoutInSeconds!).toBeGreaterThanOrEqual(
    policy.TerminationWaitInSeconds! + policy.TrafficRoutingConfiguration!.WaitIntervalInSeconds!,
  );
  expect(deployment).not.toHaveProperty("AutoRollbackConfiguration");
});

describe("names", () => {
  const nameOf = (target: ServingTarget, of: object = {}) =>
    requestsOf(target, { ...promoted, ...of }, url).name;

  // botocore's patterns of ModelName, EndpointConfigName and EndpointName.
  test.each([
    ["PredictiveBilling", "keyphrases"],
    ["P", "x"],
    ["PredictiveBillingTest".slice(0, 20), "x".repeat(40)],
    ["PredictiveBilling123", "a-long-name-of-a-model-with-hyphens-----"],
  ])("of %s and %s fit, and are known again", (stackName, model) => {
    for (const generation of [1, 43, 999_999]) {
      const { endpoint, name } = requestsOf(
        { ...serverless, stackName },
        { ...promoted, model, generation },
        url,
      );
      expect(endpoint.length).toBeLessThanOrEqual(63);
      expect(name).toMatch(/^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/);
      expect(publishedAs(name)).toEqual({ version: promoted.version, generation });
      expect(isOfEndpoint(name, endpoint)).toBe(true);
      for (const other of ["", "2", "-2"])
        expect(isOfEndpoint(name, endpointName(stackName, `${model.slice(0, 30)}z${other}`))).toBe(false);
    }
  });

  test("are the same for the same, and others for a rollback or changed settings", () => {
    expect(nameOf(serverless)).toBe(nameOf({ ...serverless }));
    const all = [
      nameOf(serverless),
      nameOf(instance),
      nameOf(serverless, { generation: 44 }),
      nameOf(serverless, { version: "000044-9f86d081884c" }),
      nameOf({ ...serverless, memoryMegabytes: 4096 }),
      nameOf({ ...serverless, image: `${serverless.image}2` }),
      nameOf({ ...instance, instanceCount: 3 }),
    ];
    expect(new Set(all).size).toBe(all.length);
  });

  test("the two newest stay, what is in use, and what is another endpoint's", () => {
    const of = (generation: number, model = "keyphrases") => nameOf(serverless, { generation, model });
    const endpoint = endpointName(serverless.stackName, "keyphrases");
    const names = [
      of(5),
      of(9),
      of(2),
      of(7),
      of(6),
      of(8, "keyphrases-2"),
      "predictivebilling-keyphrases-by-hand",
    ];
    expect(unwanted(names, endpoint, new Set([of(5)]))).toEqual([of(6), of(2)]);
    expect(unwanted(names.slice(0, 2), endpoint, new Set())).toEqual([]);
  });
});

describe("what is done with an endpoint", () => {
  const name = (generation: number) => `x-keyphrases-000042-9f86d081884c-${generation}-0a1b2c`;
  const wanted = name(43);
  const inService = (EndpointConfigName?: string): Endpoint => ({
    EndpointStatus: "InService",
    EndpointConfigName,
  });
  const taking = (status: "Creating" | "Updating", pending: string, before = name(41)): Endpoint => ({
    EndpointStatus: status,
    EndpointConfigName: before,
    PendingDeploymentSummary: { EndpointConfigName: pending },
  });

  // https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeEndpoint.html: the statuses, and that a failed
  // endpoint can only be deleted.
  test.each<[string, Endpoint | null, ReturnType<typeof nextStep>]>([
    ["is not there", null, "create"],
    ["has an older generation", inService(name(42)), "update"],
    ["has something that was made by hand", inService("by-hand"), "update"],
    [
      "has the same generation with other settings",
      inService(name(43).replace("0a1b2c", "ffffff")),
      "update",
    ],
    ["has it", inService(wanted), "done"],
    ["has a newer one", inService(name(44)), "superseded"],
    ["takes an older one up", taking("Updating", name(42)), "wait"],
    ["takes it up", taking("Updating", wanted), "done"],
    ["takes a newer one up", taking("Updating", name(44)), "superseded"],
    ["is made with it", { EndpointStatus: "Creating", EndpointConfigName: wanted }, "done"],
    ["is made with an older one", taking("Creating", name(1)), "wait"],
    ["is looked after by AWS", { EndpointStatus: "SystemUpdating", EndpointConfigName: name(42) }, "wait"],
    ["goes back", { EndpointStatus: "RollingBack", EndpointConfigName: name(42) }, "wait"],
    ["is deleted", { EndpointStatus: "Deleting", EndpointConfigName: name(44) }, "wait"],
    ["has failed, even with it", { EndpointStatus: "Failed", EndpointConfigName: wanted }, "delete"],
    ["is out of service", { EndpointStatus: "OutOfService", EndpointConfigName: name(42) }, "look"],
    ["is between two", { EndpointStatus: "UpdateRollbackFailed", EndpointConfigName: name(42) }, "look"],
  ])("that %s", (_, found, step) => {
    expect(nextStep(found, wanted, 43)).toBe(step);
  });
});

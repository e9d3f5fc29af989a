// The counterpart of SageMaker's endpoints refuses what SageMaker refuses: else what publishes passes for nothing.
// Sources stand beside the refusals in endpoint-refusals.ts, and here where a state is asserted.
import {
  CreateEndpointCommand,
  type CreateEndpointCommandInput,
  CreateEndpointConfigCommand,
  type CreateEndpointConfigCommandInput,
  CreateModelCommand,
  type CreateModelCommandInput,
  DeleteEndpointCommand,
  DeleteEndpointConfigCommand,
  DescribeEndpointCommand,
  DescribeModelCommand,
  ListEndpointConfigsCommand,
  ListEndpointsCommand,
  SageMakerClient,
  UpdateEndpointCommand,
  type UpdateEndpointCommandInput,
} from "@aws-sdk/client-sagemaker";
import { afterEach, beforeEach, expect, test } from "vitest";
import { account, region } from "../emulator.ts";
import { type SageMaker, startSageMaker } from "./sagemaker.ts";

const refuseJobs = () => Promise.reject(new Error("There are no jobs here."));
let sagemaker: SageMaker;
let client: SageMakerClient;
beforeEach(async () => {
  const hasObject = async (bucket: string, key: string) => bucket === "data" && key.startsWith("champions/");
  sagemaker = await startSageMaker({ Training: refuseJobs, Processing: refuseJobs }, hasObject);
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  client = new SageMakerClient({ endpoint: sagemaker.endpoint, region, credentials, maxAttempts: 1 });
});
afterEach(async () => {
  client.destroy();
  await sagemaker.close();
});

const model = (ModelName: string, more: Partial<CreateModelCommandInput> = {}) =>
  client.send(
    new CreateModelCommand({
      ModelName,
      ExecutionRoleArn: `arn:aws:iam::${account}:role/serve`,
      PrimaryContainer: {
        Image: `${account}.dkr.ecr.${region}.amazonaws.com/pbp/serve:1`,
        ModelDataUrl: "s3://data/champions/000001-a/serving.tar.gz",
      },
      ...more,
    }),
  );
const serverless = { MemorySizeInMB: 2048, MaxConcurrency: 5 };
const variant = (more: object = {}) => ({ VariantName: "all", ModelName: "one", ...more });
const instances = { InstanceType: "ml.m5.large" as const, InitialInstanceCount: 4 };
const config = (
  EndpointConfigName: string,
  variants: object[],
  more: Partial<CreateEndpointConfigCommandInput> = {},
) =>
  client.send(
    new CreateEndpointConfigCommand({
      EndpointConfigName,
      ProductionVariants: variants as CreateEndpointConfigCommandInput["ProductionVariants"],
      ...more,
    }),
  );
const create = (EndpointConfigName: string, more: Partial<CreateEndpointCommandInput> = {}) =>
  client.send(new CreateEndpointCommand({ EndpointName: "answers", EndpointConfigName, ...more }));
const update = (EndpointConfigName: string, more: Partial<UpdateEndpointCommandInput> = {}) =>
  client.send(new UpdateEndpointCommand({ EndpointName: "answers", EndpointConfigName, ...more }));
const describe = () => client.send(new DescribeEndpointCommand({ EndpointName: "answers" }));
const remove = () => client.send(new DeleteEndpointCommand({ EndpointName: "answers" }));

/** What is refused is ValidationException, whatever is missing or taken. */
const refused = (message: RegExp) => ({
  name: "ValidationException",
  message: expect.stringMatching(message),
});

test("an endpoint is created, updated and deleted, each of which takes its time", async () => {
  await model("one");
  await config("first", [variant({ ServerlessConfig: serverless })]);
  await config("second", [variant({ ServerlessConfig: { ...serverless, ProvisionedConcurrency: 5 } })]);
  expect(await create("first")).toMatchObject({
    EndpointArn: `arn:aws:sagemaker:${region}:${account}:endpoint/answers`,
  });
  expect(await describe()).toMatchObject({
    EndpointStatus: "Creating",
    PendingDeploymentSummary: { EndpointConfigName: "first" },
  });
  sagemaker.endpoints.settle("answers");
  const created = await describe();
  expect(created).toMatchObject({ EndpointStatus: "InService", EndpointConfigName: "first" });
  expect(created.PendingDeploymentSummary).toBeUndefined();
  await update("second");
  // "Only returned when the endpoint is creating or updating": API_DescribeEndpoint, PendingDeploymentSummary.
  expect(await describe()).toMatchObject({
    EndpointStatus: "Updating",
    EndpointConfigName: "first",
    PendingDeploymentSummary: { EndpointConfigName: "second" },
  });
  for (const attempt of [update("first"), remove()])
    await expect(attempt).rejects.toMatchObject(refused(/^Cannot update in-progress endpoint "arn:/));
  sagemaker.endpoints.settle("answers");
  expect(await describe()).toMatchObject({ EndpointStatus: "InService", EndpointConfigName: "second" });
  await remove();
  sagemaker.endpoints.settle("answers");
  await expect(describe()).rejects.toMatchObject(refused(/^Could not find endpoint "arn:/));
  expect(sagemaker.endpoints.requests.map(({ operation }) => operation)).toEqual([
    ...["CreateModel", "CreateEndpointConfig", "CreateEndpointConfig"],
    ...["CreateEndpoint", "UpdateEndpoint", "DeleteEndpoint"],
  ]);
});

test("an update that fails leaves the endpoint in service; a new one that fails can only be deleted", async () => {
  await model("one");
  await config("first", [variant(instances)]);
  await config("second", [variant(instances)]);
  await create("first");
  sagemaker.endpoints.settle("answers", "The container did not pass the ping health check.");
  expect(await describe()).toMatchObject({
    EndpointStatus: "Failed",
    FailureReason: expect.stringMatching("ping"),
  });
  await expect(update("second")).rejects.toMatchObject(refused(/failed endpoint/));
  await remove();
  await expect(create("first")).rejects.toMatchObject(refused(/already existing endpoint "arn/));
  sagemaker.endpoints.settle("answers");
  await create("first");
  sagemaker.endpoints.settle("answers");
  await update("second");
  sagemaker.endpoints.settle("answers", "One or more configured alarm(s) have gone into ALARM.");
  expect(await describe()).toMatchObject({
    EndpointStatus: "InService",
    EndpointConfigName: "first",
    FailureReason: expect.stringMatching("ALARM"),
  });
});

test("a configuration that is deleted while it is taken up or in use is missed", async () => {
  await model("one");
  for (const name of ["first", "second", "third"]) await config(name, [variant(instances)]);
  const drop = (EndpointConfigName: string) =>
    client.send(new DeleteEndpointConfigCommand({ EndpointConfigName }));
  await create("first");
  sagemaker.endpoints.settle("answers");
  await update("second");
  await drop("second");
  sagemaker.endpoints.settle("answers");
  expect(await describe()).toMatchObject({ EndpointConfigName: "first", FailureReason: expect.any(String) });
  await drop("first");
  await expect(update("third")).rejects.toMatchObject(refused(/^Could not find endpoint configuration "arn/));
});

test("lists tell the newest first, ten at a time", async () => {
  await model("one");
  const names = Array.from({ length: 12 }, (_, index) => `config-${index}`);
  for (const name of names) await config(name, [variant(instances)]);
  await config("another", [variant(instances)]);
  const list = new ListEndpointConfigsCommand({ NameContains: "config" });
  const first = await client.send(list);
  expect(first.EndpointConfigs!.map(({ EndpointConfigName }) => EndpointConfigName)).toEqual(
    names.toReversed().slice(0, 10),
  );
  const rest = await client.send(
    new ListEndpointConfigsCommand({ NameContains: "config", NextToken: first.NextToken }),
  );
  expect(rest.EndpointConfigs!.map(({ EndpointConfigName }) => EndpointConfigName)).toEqual([
    "config-1",
    "config-0",
  ]);
  expect(rest.NextToken).toBeUndefined();
  await create("config-0");
  expect((await client.send(new ListEndpointsCommand({ StatusEquals: "InService" }))).Endpoints).toEqual([]);
  const { Endpoints } = await client.send(new ListEndpointsCommand({ StatusEquals: "Creating" }));
  expect(Endpoints).toMatchObject([{ EndpointName: "answers", CreationTime: expect.any(Date) }]);
});

test("a name is taken once, and what a request names must be there", async () => {
  const gone = { Image: "image", ModelDataUrl: "s3://data/elsewhere/serving.tar.gz" };
  await expect(model("one", { PrimaryContainer: gone })).rejects.toMatchObject(
    refused(/Could not find model data at/),
  );
  await expect(config("first", [variant(instances)])).rejects.toMatchObject(refused(/Could not find model/));
  await expect(client.send(new DescribeModelCommand({ ModelName: "one" }))).rejects.toMatchObject(
    refused(/Could not find model "arn/),
  );
  await model("one");
  await expect(model("one")).rejects.toMatchObject(refused(/^Cannot create already existing model "arn/));
  await expect(create("first")).rejects.toMatchObject(refused(/Could not find endpoint configuration/));
  await config("first", [variant(instances)]);
  await expect(config("first", [variant(instances)])).rejects.toMatchObject(
    refused(/already existing endpoint configuration/),
  );
  await expect(update("first")).rejects.toMatchObject(refused(/Could not find endpoint "arn/));
});

const vpc = { VpcConfig: { SecurityGroupIds: ["sg-1"], Subnets: ["subnet-1"] } };
const capture = {
  InitialSamplingPercentage: 100,
  DestinationS3Uri: "s3://data/capture",
  CaptureOptions: [{ CaptureMode: "Input" as const }],
};
const server = (more: object = {}) => variant({ ServerlessConfig: { ...serverless, ...more } });
test.each<[string, object[], object, RegExp]>([
  ["memory between the steps", [server({ MemorySizeInMB: 1536 })], {}, /increments of 1024/],
  // By AWS's model of the service.
  ["memory above the most", [server({ MemorySizeInMB: 7168 })], {}, /MemorySizeInMB .* to 6144/],
  ["too many at once", [server({ MaxConcurrency: 201 })], {}, /MaxConcurrency .* to 200/],
  ["more provisioned than at once", [server({ ProvisionedConcurrency: 6 })], {}, /than or equal to Max/],
  ["two serverless variants", [server(), { ...server(), VariantName: "two" }], {}, /only one production/],
  ["a serverless variant with an instance", [{ ...server(), ...instances }], {}, /InstanceType cannot/],
  ["a variant without either", [variant()], {}, /needs InstanceType/],
  ["a serverless variant in a VPC", [server()], vpc, /VpcConfig is not supported/],
  ["a serverless variant of a model in a VPC", [{ ...server(), ModelName: "inside" }], {}, /with VpcConfig/],
  ["an isolated serverless variant", [{ ...server(), ModelName: "isolated" }], {}, /Network isolation/],
  ["a serverless variant with a key", [server()], { KmsKeyId: "key" }, /KmsKeyId is not/],
  ["a serverless variant with capture", [server()], { DataCaptureConfig: capture }, /DataCaptureConfig/],
])("%s is refused", async (_, variants, more, problem) => {
  await model("one");
  await model("inside", vpc);
  await model("isolated", { EnableNetworkIsolation: true });
  await expect(config("bad", variants, more)).rejects.toMatchObject(refused(problem));
});

const canary = (value: number, unit: "INSTANCE_COUNT" | "CAPACITY_PERCENT", more: object = {}) => ({
  DeploymentConfig: {
    BlueGreenUpdatePolicy: {
      TrafficRoutingConfiguration: {
        Type: "CANARY" as const,
        WaitIntervalInSeconds: 600,
        CanarySize: { Type: unit, Value: value },
      },
      ...more,
    },
    AutoRollbackConfiguration: { Alarms: [{ AlarmName: "errors" }] },
  },
});
test.each<[string, string, object, RegExp]>([
  ["a canary of more than half of the instances", "same", canary(3, "INSTANCE_COUNT"), /50%/],
  ["a canary of one instance, of which there are no parts", "single", canary(10, "CAPACITY_PERCENT"), /50%/],
  [
    "a deployment that may take no longer than it waits",
    "same",
    canary(25, "CAPACITY_PERCENT", { MaximumExecutionTimeoutInSeconds: 600 }),
    /total waiting time/,
  ],
  ["a variant of another name", "renamed", canary(25, "CAPACITY_PERCENT"), /same names/],
  ["instances that become serverless", "serverless", {}, /cannot be converted/],
])("an update with %s is refused", async (_, name, more, problem) => {
  await model("one");
  await config("first", [variant(instances)]);
  await config("same", [variant(instances)]);
  await config("single", [variant({ ...instances, InitialInstanceCount: 1 })]);
  await config("renamed", [variant({ ...instances, VariantName: "blue" })]);
  await config("serverless", [server()]);
  await create("first");
  sagemaker.endpoints.settle("answers");
  await expect(update(name, more)).rejects.toMatchObject(refused(problem));
  await update("same", canary(25, "CAPACITY_PERCENT"));
});

test("a serverless endpoint has no guardrails", async () => {
  await model("one");
  for (const name of ["first", "second"]) await config(name, [server()]);
  await create("first");
  sagemaker.endpoints.settle("answers");
  await expect(update("second", canary(25, "CAPACITY_PERCENT"))).rejects.toMatchObject(
    refused(/DeploymentConfig is not supported/),
  );
});

import { ProcessingInstanceType, TrainingInstanceType } from "@aws-sdk/client-sagemaker";
import { expect, test } from "vitest";
import { readConfiguration } from "../../pipeline/cloud/configuration.ts";
import { hasLocalStorage, instanceList } from "../../pipeline/cloud/sagemaker/jobs.ts";
import deploymentSchema from "../../schemas/installation/deployment.schema.json" with { type: "json" };
import { ofType, synthesize } from "./deployments.ts";

const [full] = deploymentSchema.examples;
const serverless = { mode: "serverless", memoryMegabytes: 2048, maxConcurrency: 8 };
const onInstances = { mode: "instance", instanceType: "ml.c7i.xlarge", instanceCount: 2, canaryPercent: 10 };

test("nothing written is every default; JSON from the command line counts as written", () => {
  const defaults = readConfiguration(undefined);
  expect(defaults).toMatchObject({
    stackName: "PredictiveBilling",
    keepVersions: 5,
    serving: { mode: "none" },
    train: { instanceCount: 1 },
  });
  expect(readConfiguration("{}")).toEqual(defaults);
  expect(readConfiguration('{"keepVersions": 9}').keepVersions).toBe(9);
});

test.each([
  ["no JSON", "{", "must be an object, or JSON of one"],
  ["a typing error", { stackname: "x" }, "has a property that the schema does not know"],
  ["a name that no resource may have", { stackName: "pre_diction" }, "/stackName must match"],
  [
    "a name that no job has room for",
    { stackName: "PredictiveBillingTest" },
    "/stackName must NOT have more than 20",
  ],
  ["a partition that nobody tries", { partition: "aws-cn" }, "/partition"],
  [
    "spot for a processing job",
    { embed: { instances: ["ml.g6.xlarge spot"] } },
    "/embed/instances/0 must match",
  ],
  ["an instance type of EC2", { train: { instances: ["g6.xlarge"] } }, "/train/instances/0 must match"],
  ["no instance at all", { evaluate: { instances: [] } }, "/evaluate/instances must NOT have fewer than 1"],
  ["a file system without its network", { fileSystem: full!.fileSystem }, "fileSystem needs network"],
  [
    "a zone too few",
    { ...full, network: { ...full!.network, availabilityZones: ["eu-west-1a"] } },
    "one zone for each of network.subnetIds",
  ],
  // SageMaker AI Developer Guide, "Give SageMaker AI Hosted Endpoints Access to Resources in Your Amazon VPC": "at least
  // two subnets in different availability zones". https://docs.aws.amazon.com/sagemaker/latest/dg/host-vpc.html
  [
    "instances in one zone",
    {
      ...full,
      network: { ...full!.network, availabilityZones: ["eu-west-1a", "eu-west-1a"] },
    },
    "needs network.subnetIds in two zones",
  ],
  ["an endpoint of no mode", { serving: { memoryMegabytes: 2048 } }, "/serving must have required property"],
  // Amazon SageMaker API Reference, ProductionVariantServerlessConfig: steps of 1,024 from 1,024 to 6,144; both
  // concurrencies from 1 to 200, the provisioned one at most the other.
  // https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProductionVariantServerlessConfig.html
  [
    "memory between two steps",
    { serving: { ...serverless, memoryMegabytes: 1500 } },
    "/serving/memoryMegabytes must be multiple of 1024",
  ],
  [
    "more memory than there is",
    { serving: { ...serverless, memoryMegabytes: 7168 } },
    "/serving/memoryMegabytes must be <= 6144",
  ],
  [
    "more requests at once than there may be",
    { serving: { ...serverless, maxConcurrency: 201 } },
    "/serving/maxConcurrency must be <= 200",
  ],
  [
    "more copies kept warm than may answer",
    { serving: { ...serverless, provisionedConcurrency: 9 } },
    "serving.provisionedConcurrency must be at most serving.maxConcurrency",
  ],
  [
    "serverless on an instance",
    { serving: { ...serverless, instanceType: "ml.c7i.xlarge" } },
    'serving.instanceType means nothing with serving.mode "serverless", which has memoryMegabytes, maxConcurrency',
  ],
  // Amazon SageMaker AI Developer Guide, "Deployment guardrails for updating models in production": only for asynchronous
  // and real-time endpoints. https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails.html
  [
    "a canary without instances",
    { serving: { ...serverless, canaryPercent: 10 } },
    "serving.canaryPercent means nothing",
  ],
  [
    "serverless without its size",
    { serving: { mode: "serverless", memoryMegabytes: 2048 } },
    "serving.maxConcurrency is missing",
  ],
  [
    "an endpoint without a type",
    { serving: { mode: "instance", instanceCount: 2 } },
    "serving.instanceType is missing",
  ],
  // The same guide, "Use canary traffic shifting": at most half of the new fleet.
  // https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-blue-green-canary.html
  [
    "a canary of most of the fleet",
    { serving: { ...onInstances, canaryPercent: 51 } },
    "/serving/canaryPercent must be <= 50",
  ],
  [
    "a canary of one instance",
    { serving: { ...onInstances, instanceCount: 1 } },
    "serving.canaryPercent needs a serving.instanceCount of at least 2",
  ],
  [
    "a caller of nothing",
    { serving: { mode: "none", callerRoleArn: "arn:aws:iam::111122223333:role/app" } },
    "serving.callerRoleArn means nothing",
  ],
])("%s is refused, with the place and what was expected", (_, written, message) => {
  expect(() => readConfiguration(written)).toThrow(message);
});

test("a job's name has room for the longest name of a stack", () => {
  const stack = "x".repeat(deploymentSchema.properties.stackName.maxLength);
  // As states/jobs/sagemaker.ts makes it: digest, generation, redrives, instance, retries. SageMaker takes 63 characters.
  expect(`${stack}-evaluate-${"f".repeat(16)}-999999-999-8-99`.length).toBeLessThanOrEqual(63);
});

test("the caller's object is not changed", () => {
  const written = {};
  readConfiguration(written);
  expect(written).toEqual({});
});

// EC2, "Amazon EC2 instance types", specifications of instance stores, by family. A family that SageMaker adds belongs in
// one of the two. https://docs.aws.amazon.com/ec2/latest/instancetypes/ac.html (and gp, co, mo)
const withStore =
  "g4dn g5 g6 g6e g7 g7e p3dn p4d p4de p5 p5e p5en p6-b200 p6-b300 p6e-gb200 r5d trn1 trn1n trn2".split(" ");
const withoutStore = "c4 c5 c5n c6i c7i c8i m4 m5 m6i m7i m8i p2 p3 r5 r6i r7i r8i t3".split(" ");

test("a volume key is asked for only where SageMaker takes one, of every type that it has for jobs", () => {
  const types = [...Object.values(ProcessingInstanceType), ...Object.values(TrainingInstanceType)];
  const families = [...new Set(types.map((type) => type.split(".")[1]!))].sort();
  expect(families).toEqual([...withStore, ...withoutStore].sort());
  for (const type of types)
    expect([type, hasLocalStorage(type)]).toEqual([type, withStore.includes(type.split(".")[1]!)]);
  expect(instanceList(["ml.g6.xlarge spot", "ml.m5.xlarge", "ml.m5.xlarge spot"])).toBe(
    "ml.g6.xlarge spot,ml.m5.xlarge volume-key,ml.m5.xlarge spot volume-key",
  );
});

test("what people say of the models lies beside the code that draws a run's pages, and nowhere else", async () => {
  const contact = "coding-models@example.com";
  const template = await synthesize({ modelCard: { contact } });
  expect(ofType(template, "AWS::Lambda::LayerVersion")).toHaveLength(1);
  const carrying = ofType(template, "AWS::Lambda::Function").filter(
    ([, { Properties }]) => Properties.Layers,
  );
  expect(carrying.map(([id]) => id.replace(/[0-9A-F]{8}$/, ""))).toEqual(["Notify", "Approve"]);
  // https://docs.aws.amazon.com/lambda/latest/dg/chapter-layers.html: a layer's content is extracted to /opt.
  for (const [, { Properties }] of carrying)
    expect(Properties.Environment.Variables.MODEL_CARD).toBe("/opt/model-card.json");
  expect(JSON.stringify(template)).not.toContain(contact);
  expect(ofType(await synthesize({}), "AWS::Lambda::LayerVersion")).toEqual([]);
});

test("a model card with a field that no card has is refused where it is written", () => {
  expect(() => readConfiguration({ modelCard: { contacts: "x" } })).toThrow(
    /\/modelCard has a property that the schema does not know; it knows developer, contact/,
  );
});

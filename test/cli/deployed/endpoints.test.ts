// What doctor says of endpoints, before the counterpart of SageMaker that knows their states.
import {
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  CreateModelCommand,
  SageMakerClient,
  UpdateEndpointCommand,
} from "@aws-sdk/client-sagemaker";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { examineEndpoint } from "../../../pipeline/deployed/doctor/endpoints.ts";
import { account } from "../../emulator/emulator.ts";
import { type SageMaker, startSageMaker } from "../../emulator/sagemaker/sagemaker.ts";

const refuseJobs = () => Promise.reject(new Error("There are no jobs here."));
const endpoint = "predictivebilling-specialty";
const older = { generation: 42, version: "000042-9f86d081884c" };
const newer = { generation: 43, version: "000043-0a1b2c3d4e5f" };
const nameOf = ({ generation, version }: typeof older) => `${endpoint}-${version}-${generation}-0a1b2c`;
let sagemaker: SageMaker;
let client: SageMakerClient;

beforeEach(async () => {
  sagemaker = await startSageMaker({ Training: refuseJobs, Processing: refuseJobs });
  vi.stubEnv("AWS_ENDPOINT_URL_SAGEMAKER", sagemaker.endpoint);
  vi.stubEnv("AWS_REGION", "eu-west-1");
  vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
  client = new SageMakerClient({});
  for (const one of [older, newer]) {
    const PrimaryContainer = { Image: "image", ModelDataUrl: `s3://data/${one.version}/serving.tar.gz` };
    const ExecutionRoleArn = `arn:aws:iam::${account}:role/serve`;
    await client.send(new CreateModelCommand({ ModelName: nameOf(one), PrimaryContainer, ExecutionRoleArn }));
    const ServerlessConfig = { MemorySizeInMB: 2048, MaxConcurrency: 5 };
    const variant = { VariantName: "AllTraffic", ModelName: nameOf(one), ServerlessConfig };
    await client.send(
      new CreateEndpointConfigCommand({ EndpointConfigName: nameOf(one), ProductionVariants: [variant] }),
    );
  }
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await sagemaker.close();
});

const taken = (one: typeof older) => ({ EndpointName: endpoint, EndpointConfigName: nameOf(one) });
const create = (one: typeof older) => client.send(new CreateEndpointCommand(taken(one)));
const update = (one: typeof older) => client.send(new UpdateEndpointCommand(taken(one)));
const look = (one: typeof older) => examineEndpoint("PredictiveBilling", "specialty", one);

test("an endpoint in service with the generation in use is well", async () => {
  await create(newer);
  expect(await look(newer)).toMatchObject({ state: "unknown", found: `${endpoint} is Creating.` });
  sagemaker.endpoints.settle(endpoint);
  expect(await look(newer)).toEqual({
    name: "Endpoint of specialty",
    state: "ok",
    found: `${endpoint} is InService with generation 43 (000043-0a1b2c3d4e5f).`,
    remedy: null,
  });
});

test("one that does not exist, or could not be made, is told with what to do", async () => {
  expect(await look(newer)).toMatchObject({
    state: "bad",
    found: `There is no endpoint ${endpoint}. In use is generation 43 (000043-0a1b2c3d4e5f).`,
    remedy: expect.stringContaining("docs/runbook.md"),
  });
  await create(newer);
  sagemaker.endpoints.settle(endpoint, "The container did not pass the ping health check.");
  expect(await look(newer)).toMatchObject({
    state: "bad",
    found: `${endpoint} is Failed. SageMaker says: The container did not pass the ping health check.`,
  });
});

test("one that went back to the version before is told, though it is in service", async () => {
  await create(older);
  sagemaker.endpoints.settle(endpoint);
  await update(newer);
  expect(await look(newer)).toMatchObject({ state: "unknown" });
  sagemaker.endpoints.settle(endpoint, "An alarm went off.");
  expect(await look(newer)).toMatchObject({
    state: "bad",
    found: `${endpoint} is InService with generation 42 (000042-9f86d081884c), but in use is generation 43 (000043-0a1b2c3d4e5f). SageMaker says: An alarm went off.`,
  });
});

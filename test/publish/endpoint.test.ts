// Publish as it is deployed, against the counterpart of SageMaker's endpoints: created, updated, rolled back, refused, called
// again, by two at once, and killed at each of its calls.
import { DescribeEndpointCommand, SageMakerClient } from "@aws-sdk/client-sagemaker";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { publishedAs } from "../../schemas/installation/serving.ts";
import targetSchema from "../../schemas/installation/serving-target.schema.json" with { type: "json" };
import { currentChampion } from "../../tasks/models/champion.ts";
import { promote } from "../../tasks/promote/promotion.ts";
import { handler } from "../../tasks/publish.ts";
import { region } from "../emulator/emulator.ts";
import { killedAt } from "../emulator/killed-at.ts";
import { type SageMaker, startSageMaker } from "../emulator/sagemaker/sagemaker.ts";
import { trained } from "../promote/execution.ts";
import { bucket, deploy, failure } from "../tasks/deployment.ts";

const [serverless, instance] = targetSchema.examples as [object, object];
const endpoint = "predictivebilling-keyphrases";
let deployment: Awaited<ReturnType<typeof deploy>>;
let sagemaker: SageMaker;
const refuseJobs = () => Promise.reject(new Error("There are no jobs here."));

beforeEach(async () => {
  deployment = await deploy();
  const hasObject = async (name: string, key: string) =>
    name === bucket && (await deployment.store.head(key)) !== null;
  sagemaker = await startSageMaker({ Training: refuseJobs, Processing: refuseJobs }, hasObject);
  vi.stubEnv("AWS_ENDPOINT_URL_SAGEMAKER", sagemaker.endpoint);
  vi.stubEnv("AWS_REGION", region);
  vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
  vi.stubEnv("COMMAND_OPTIONS", "--cloud");
  serve(serverless);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await sagemaker.close();
  await deployment.remove();
});

const serve = (target: object) => vi.stubEnv("SERVING", JSON.stringify(target));
type Promoted = { model: string; generation: number; version: string };
async function promoteNext(name: string): Promise<Promoted> {
  const champion = await currentChampion(deployment.models);
  const places = { store: deployment.store, modelsFolder: deployment.models, keep: 9 };
  return { model: "keyphrases", ...(await promote(await trained(deployment.store, name, champion), places)) };
}
const settle = (why?: string) => sagemaker.endpoints.settle(endpoint, why);
const done = () => sagemaker.endpoints.requests.map(({ operation }) => operation);
async function described() {
  const found = await new SageMakerClient({}).send(new DescribeEndpointCommand({ EndpointName: endpoint }));
  const takesUp = found.PendingDeploymentSummary?.EndpointConfigName;
  return {
    status: found.EndpointStatus,
    has: publishedAs(found.EndpointConfigName ?? "")?.generation,
    ...(takesUp && { takesUp: publishedAs(takesUp)?.generation }),
  };
}
/** Generations by the requests that made or deleted what is named after them. */
const generationsIn = (operation: string) =>
  sagemaker.endpoints.requests
    .filter((one) => one.operation === operation)
    .map(({ body }) => publishedAs(String(body.EndpointConfigName ?? body.ModelName))!.generation);

test("the first generation makes the endpoint, the next ones update it in place, a rollback too; two stay", async () => {
  const first = await promoteNext("run-1");
  expect(await handler(first)).toEqual({
    status: "published",
    endpoint,
    message: `The endpoint ${endpoint} takes up generation 1, ${first.version}: minutes.`,
  });
  settle();
  for (const name of ["run-2", "run-3"]) {
    expect((await handler(await promoteNext(name))).status).toBe("published");
    expect((await described()).status).toBe("Updating");
    settle();
  }
  expect((await handler({ ...first, generation: 4 })).status).toBe("published");
  settle();
  expect(await described()).toEqual({ status: "InService", has: 4 });
  expect(generationsIn("CreateEndpoint")).toEqual([1]);
  expect(generationsIn("UpdateEndpoint")).toEqual([2, 3, 4]);
  expect(generationsIn("DeleteEndpointConfig")).toEqual([1, 2]);
  expect(generationsIn("DeleteModel")).toEqual([1, 2]);
  // Each names the version that it answers with: a rollback the earlier one.
  const models = sagemaker.endpoints.requests.filter(({ operation }) => operation === "CreateModel");
  expect(models.at(-1)!.body.PrimaryContainer).toMatchObject({
    ModelDataUrl: `s3://${bucket}/champions/${first.version}/serving.tar.gz`,
    Environment: { PBP_GENERATION: "4", PBP_SERVED_MODELS: "keyphrases", PBP_SERVE_WORKERS: "1" },
  });
});

test("called again it changes nothing, while the endpoint takes it up and afterwards", async () => {
  const first = await promoteNext("run-1");
  const told = await handler(first);
  const before = done();
  expect(await handler(first)).toEqual(told);
  settle();
  expect(await handler(first)).toEqual(told);
  expect(done()).toEqual(before);
});

test("while the endpoint takes up another generation it is busy, and what helps is said; an older one gives up", async () => {
  const [first, second] = [await promoteNext("run-1"), await promoteNext("run-2")];
  await handler(first);
  expect(await failure(handler(second))).toEqual({
    name: "EndpointBusy",
    message: expect.stringMatching(
      /^predictivebilling-keyphrases is Creating .* To publish it again: pbp publish --cloud$/,
    ),
  });
  settle();
  await handler(second);
  expect(await handler(first)).toMatchObject({ status: "superseded", endpoint });
  settle();
  expect(await handler(first)).toMatchObject({ status: "superseded", endpoint });
  expect(await described()).toEqual({ status: "InService", has: 2 });
});

test("an endpoint that could not be made is deleted and made again; an update that went back is tried again", async () => {
  const [first, second] = [await promoteNext("run-1"), await promoteNext("run-2")];
  await handler(first);
  settle("The container did not answer /ping.");
  expect((await described()).status).toBe("Failed");
  expect((await failure(handler(first))).name).toBe("EndpointBusy");
  // Is being deleted.
  expect((await failure(handler(first))).name).toBe("EndpointBusy");
  settle();
  await handler(first);
  settle();
  await handler(second);
  settle("An alarm went off.");
  expect(await described()).toEqual({ status: "InService", has: 1 });
  await handler(second);
  settle();
  expect(await described()).toEqual({ status: "InService", has: 2 });
});

test("two at once: the same generation is made once, and of two the newer one stays, whoever is first", async () => {
  const [first, second] = [await promoteNext("run-1"), await promoteNext("run-2")];
  const same = await Promise.all([handler(first), handler(first)]);
  expect(same.map(({ status }) => status)).toEqual(["published", "published"]);
  expect(generationsIn("CreateEndpoint")).toEqual([1]);
  settle();
  const third = await promoteNext("run-3");
  for (const pair of [
    [second, third],
    [third, second],
  ]) {
    await Promise.allSettled(pair.map((one) => handler(one)));
    // The state calls again what was busy.
    for (let turn = 0; turn < 3; turn++) {
      if ((await described()).status === "Updating") settle();
      await Promise.allSettled(pair.map((one) => handler(one)));
    }
    if ((await described()).status === "Updating") settle();
    expect(await described()).toEqual({ status: "InService", has: 3 });
  }
});

test.each(["before", "after"] as const)(
  "killed %s the answer to each of its calls, the next call ends the work",
  async (when) => {
    let promoted = await promoteNext("run-1");
    let kills = 0;
    for (let request = 1; ; request++) {
      if (!(await killedAt(request, when, () => handler(promoted)))) break;
      kills++;
      expect((await handler(promoted)).status).toBe("published");
      settle();
      expect(await described()).toEqual({ status: "InService", has: promoted.generation });
      promoted = { ...promoted, generation: promoted.generation + 1 };
    }
    // Looks, makes model, config and endpoint, tidies up.
    expect(kills).toBeGreaterThan(6);
    expect(generationsIn("CreateEndpoint")).toEqual([1]);
  },
);

test("on instances the update has its guardrails, and SageMaker takes every request", async () => {
  serve({ ...instance, watchedModels: ["keyphrases"] });
  await handler(await promoteNext("run-1"));
  settle();
  await handler(await promoteNext("run-2"));
  expect(sagemaker.endpoints.requests.at(-1)).toMatchObject({
    operation: "UpdateEndpoint",
    body: {
      DeploymentConfig: {
        BlueGreenUpdatePolicy: { TrafficRoutingConfiguration: { Type: "CANARY" } },
        AutoRollbackConfiguration: {
          Alarms: [
            { AlarmName: "PredictiveBilling-EndpointErrors-keyphrases" },
            { AlarmName: "PredictiveBilling-EndpointLatency-keyphrases" },
          ],
        },
      },
    },
  });
});

test("what SageMaker refuses is told in its words, with what helps", async () => {
  serve(instance);
  await handler(await promoteNext("run-1"));
  settle();
  serve(serverless);
  expect(await failure(handler(await promoteNext("run-2")))).toEqual({
    name: "PublicationFailed",
    message: expect.stringMatching(
      /^SageMaker says ValidationException: .*To publish it again: pbp publish --cloud$/,
    ),
  });
  expect((await described()).has).toBe(1);
});

test("an endpoint whose config somebody deleted is said to need deletion: no waiting ends that", async () => {
  await handler(await promoteNext("run-1"));
  settle();
  const { DeleteEndpointConfigCommand, ListEndpointConfigsCommand } = await import(
    "@aws-sdk/client-sagemaker"
  );
  const client = new SageMakerClient({});
  const { EndpointConfigs } = await client.send(new ListEndpointConfigsCommand({}));
  const { EndpointConfigName } = EndpointConfigs![0]!;
  await client.send(new DeleteEndpointConfigCommand({ EndpointConfigName }));
  const told = await failure(handler(await promoteNext("run-2")));
  expect(told.name).toBe("PublicationFailed");
  expect(told.message).toContain(
    "aws sagemaker delete-endpoint --endpoint-name predictivebilling-keyphrases",
  );
});

test("changed settings are taken up by the next call, of the same generation too", async () => {
  const first = await promoteNext("run-1");
  await handler(first);
  settle();
  serve({ ...serverless, memoryMegabytes: 4096 });
  await handler(first);
  expect(await described()).toMatchObject({ status: "Updating", takesUp: 1 });
  settle();
  expect(generationsIn("CreateEndpointConfig")).toEqual([1, 1]);
});

test("without endpoints nothing is done at once, and settings that are none are refused by their place", async () => {
  vi.stubEnv("SERVING", "none");
  const promoted = { model: "keyphrases", generation: 1, version: "000001-0123456789ab" };
  expect(await handler(promoted)).toEqual({
    status: "none",
    endpoint: null,
    message: "There are no endpoints.",
  });
  serve({ ...serverless, memoryMegabytes: 100 });
  expect((await failure(handler(promoted))).message).toMatch(/SERVING: \/memoryMegabytes must be >= 1024/);
  expect(done()).toEqual([]);
});

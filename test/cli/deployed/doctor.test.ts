// What doctor makes of AWS's answers. That it asks rightly, test/cli/deployed/cloud.test.ts shows on the emulator.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test, vi } from "vitest";
import { ok } from "../../../pipeline/check.ts";
import { readConfiguration } from "../../../pipeline/cloud/configuration.ts";
import { instanceList } from "../../../pipeline/cloud/sagemaker/jobs.ts";
import { asked } from "../../../pipeline/deployed/doctor/asked.ts";
import { type Ladder, readDefinition } from "../../../pipeline/deployed/doctor/ladders.ts";
import {
  examineConcurrency,
  examineFileSystem,
  examineImage,
  examineKey,
  examineSubscriptions,
} from "../../../pipeline/deployed/doctor/parts.ts";
import { examineQuotas, sagemakerQuotas } from "../../../pipeline/deployed/doctor/quotas.ts";
import { examineZones } from "../../../pipeline/deployed/doctor/zones.ts";
import { definition } from "../../../states/definition.ts";
import { placeholdersOf } from "../../../states/placeholders.ts";

/** The definition as a deployment fills it in. */
function deployedDefinition() {
  const { preprocess, embed, train, evaluate } = readConfiguration({});
  const values: Record<string, string> = {
    PreprocessJobInstances: instanceList(preprocess.instances),
    EmbedInstances: instanceList(embed.instances),
    EmbedIdleInstances: instanceList(embed.idleInstances),
    TrainInstances: instanceList(train.instances),
    EvaluateInstances: instanceList(evaluate.instances),
    JobSubnetIds: "subnet-0a,subnet-0b",
    DataKeyArn: "arn:aws:kms:eu-west-1:000000000000:key/k-1",
  };
  const text = JSON.stringify(definition);
  return {
    text: placeholdersOf(definition).reduce(
      (filled, name) => filled.replaceAll(`\${${name}}`, values[name] ?? "x"),
      text,
    ),
    preprocess,
    embed,
    train,
    evaluate,
  };
}

test("ladders, subnets and key come from the definition that runs", () => {
  const { text, preprocess, embed, train, evaluate } = deployedDefinition();
  const { ladders, subnets, keyArn } = readDefinition(text);
  const rungs = (instances: readonly string[]) =>
    instances.map((one) => ({ type: one.split(" ")[0]!, isSpot: one.endsWith(" spot") }));
  expect(ladders).toEqual([
    { job: "PreprocessJob", kind: "processing", rungs: rungs(preprocess.instances) },
    { job: "Embed", kind: "processing", rungs: rungs(embed.instances) },
    { job: "Embed without new texts", kind: "processing", rungs: rungs(embed.idleInstances) },
    { job: "Train", kind: "training", rungs: rungs(train.instances) },
    { job: "Evaluate", kind: "processing", rungs: rungs(evaluate.instances) },
  ]);
  expect(subnets).toEqual(["subnet-0a", "subnet-0b"]);
  expect(keyArn).toBe("arn:aws:kms:eu-west-1:000000000000:key/k-1");
});

const train: Ladder = {
  job: "Train",
  kind: "training",
  rungs: [
    { type: "ml.g6.xlarge", isSpot: true },
    { type: "ml.g6.xlarge", isSpot: false },
  ],
};
// As docs/deployment.md names them, and Service Quotas does.
const spot = "ml.g6.xlarge for spot training job usage";
const demand = "ml.g6.xlarge for training job usage";

describe("quotas", () => {
  const look = (values: Record<string, number>) =>
    examineQuotas(
      [train],
      new Map(Object.entries(values).map(([name, Value]) => [name, { Value, QuotaCode: "L-1" }])),
    )[0];

  test.each([
    [{ [spot]: 1, [demand]: 2 }, "ok"],
    [{ [spot]: 0, [demand]: 1 }, "unknown"],
    [{ [spot]: 0, [demand]: 0 }, "bad"],
    [{}, "bad"],
  ])("%j is %s", (values, state) => expect(look(values)).toMatchObject({ state }));

  test("what is lacking is named with the line that asks for it", () => {
    expect(look({ [spot]: 0, [demand]: 1 })).toEqual({
      name: "Quotas of Train",
      state: "unknown",
      found: `${spot}: 0; ${demand}: 1.`,
      remedy: expect.stringContaining(
        "request-service-quota-increase --service-code sagemaker --quota-code L-1",
      ),
    });
  });
});

test.each([
  [["a", "b"], "ok"],
  [["c"], "bad"],
  [[], "bad"],
])("a type in the zones %j of EC2, with subnets in a and b, is %s", (offered, state) => {
  const answer = { zones: ["a", "b"], offered: new Map([["g6.xlarge", offered]]) };
  expect(examineZones([train], answer)[0]).toMatchObject({ name: "Zones of Train", state });
});

describe("the file system", () => {
  const fine = {
    fileSystemId: "fs-1",
    state: "available",
    encrypted: true,
    mountTargets: [{ zone: "a", state: "available" }],
    accessPoint: { accessPointId: "fsap-1", state: "available", root: "/" },
  };
  test.each([
    [{}, "ok"],
    [{ state: "deleting" }, "bad"],
    [{ mountTargets: [] }, "bad"],
    [{ accessPoint: null }, "bad"],
    [{ encrypted: false }, "unknown"],
  ])("%j is %s", (change, state) =>
    expect(examineFileSystem({ ...fine, ...change })).toMatchObject({ state }),
  );
});

describe("answers of AWS", () => {
  let close = () => {};
  afterEach(() => {
    close();
    vi.unstubAllEnvs();
  });

  /** One answer to whatever the SDK asks, over HTTP as the service gives it. */
  async function aws(answer: object | string, status = 200, headers: Record<string, string> = {}) {
    const server = createServer((_, response) => {
      response.writeHead(status, headers);
      response.end(typeof answer === "string" ? answer : JSON.stringify(answer));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    close = () => {
      server.closeAllConnections();
      server.close();
    };
    vi.stubEnv("AWS_ENDPOINT_URL", `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    vi.stubEnv("AWS_REGION", "eu-west-1");
    vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
  }

  test.each([
    ["Enabled", "ok"],
    ["Disabled", "bad"],
    ["PendingDeletion", "bad"],
  ])("a key that is %s is %s", async (KeyState, state) => {
    await aws({ KeyMetadata: { KeyId: "k-1", KeyState } });
    expect(await examineKey("k-1")).toMatchObject({ state });
  });

  test.each([
    [0, "bad"],
    [2, "unknown"],
    [900, "ok"],
  ])("%i functions left are %s", async (UnreservedConcurrentExecutions, state) => {
    await aws({ AccountLimit: { ConcurrentExecutions: 1000, UnreservedConcurrentExecutions } });
    expect(await examineConcurrency()).toMatchObject({ state });
  });

  test("an image that is not there", async () => {
    await aws({ __type: "ImageNotFoundException", message: "x" }, 400);
    const uri = "1.dkr.ecr.eu-west-1.amazonaws.com/mine/embed";
    expect(await examineImage("Embed", uri, "v1")).toMatchObject({
      state: "bad",
      found: "mine/embed has no image v1.",
    });
  });

  test.each([
    ["arn:aws:sns:eu-west-1:1:t:1", "ok"],
    ["PendingConfirmation", "unknown"],
  ])("a subscription %s is %s", async (arn, state) => {
    const member = `<member><SubscriptionArn>${arn}</SubscriptionArn></member>`;
    await aws(
      `<ListSubscriptionsByTopicResponse><ListSubscriptionsByTopicResult><Subscriptions>${member}</Subscriptions></ListSubscriptionsByTopicResult></ListSubscriptionsByTopicResponse>`,
    );
    expect(await examineSubscriptions("arn:aws:sns:eu-west-1:1:t")).toMatchObject({ state });
  });

  test("the quotas of the account", async () => {
    await aws({ Quotas: [{ QuotaName: demand, QuotaCode: "L-2", Value: 3 }] });
    expect((await sagemakerQuotas()).get(demand)).toMatchObject({ Value: 3 });
  });

  test("a permission that is missing is named, and the other checks go on", async () => {
    const said = "User: x is not authorized to perform: servicequotas:ListAWSDefaultServiceQuotas on y";
    await aws({ __type: "AccessDeniedException", message: said }, 400);
    const [check] = await asked("Quotas", "servicequotas:ListServiceQuotas", async () =>
      examineQuotas([train], await sagemakerQuotas()),
    );
    expect(check).toEqual({
      name: "Quotas",
      state: "unknown",
      found: "The permission servicequotas:ListAWSDefaultServiceQuotas is missing.",
      remedy: "Ask for it, or take another AWS_PROFILE.",
    });
  });

  test("a mistake of ours is no answer of AWS", async () => {
    const mistake = asked("Key", "kms:DescribeKey", async () => {
      throw new TypeError("ours");
    });
    await expect(mistake).rejects.toThrow("ours");
    expect(await asked("Key", "kms:DescribeKey", async () => ok("Key", "fine."))).toHaveLength(1);
  });
});

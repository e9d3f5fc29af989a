import { SFNClient, StartExecutionCommand } from "@aws-sdk/client-sfn";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { openSfnEndpoint, type SfnEndpoint } from "../../pipeline/local/events/sfn-endpoint.ts";

let endpoint: SfnEndpoint;
let client: SFNClient;
let started: unknown[] = [];
let problem: Error | undefined;

beforeAll(async () => {
  endpoint = await openSfnEndpoint({
    start: async (name, input) => {
      if (problem) throw problem;
      started.push({ name, input });
      return { executionArn: `arn:${name}`, startDate: "2026-11-21T09:00:00.500Z" };
    },
  });
  client = clientWith(endpoint.environment.AWS_ACCESS_KEY_ID!);
});
afterAll(() => endpoint.close());
beforeEach(() => {
  started = [];
  problem = undefined;
});

function clientWith(accessKeyId: string) {
  return new SFNClient({
    endpoint: endpoint.environment.AWS_ENDPOINT_URL_SFN!,
    region: endpoint.environment.AWS_REGION!,
    credentials: { accessKeyId, secretAccessKey: "local" },
    maxAttempts: 1,
  });
}

const command = (input = '{"a":1}') =>
  new StartExecutionCommand({ stateMachineArn: "arn:machine", name: "run-1", input });

test("the real SDK starts an execution", async () => {
  const answer = await client.send(command());
  expect(answer.executionArn).toBe("arn:run-1");
  expect(answer.startDate?.toISOString()).toBe("2026-11-21T09:00:00.500Z");
  expect(started).toEqual([{ name: "run-1", input: { a: 1 } }]);
});

test.each(["ExecutionAlreadyExists", "InvalidName", "InvalidExecutionInput"])(
  "%s reaches the SDK",
  async (name) => {
    problem = Object.assign(new Error("why"), { name });
    await expect(client.send(command())).rejects.toMatchObject({ name, message: "why" });
  },
);

test("an input that is not JSON is refused", async () => {
  await expect(client.send(command("{"))).rejects.toMatchObject({ name: "InvalidExecutionInput" });
});

test("an error of ours does not tell its text", async () => {
  problem = new Error("canary");
  await expect(client.send(command())).rejects.toSatisfy((error: Error) => !String(error).includes("canary"));
});

test("whoever has another key is turned away", async () => {
  await expect(clientWith("SOMEBODY").send(command())).rejects.toMatchObject({
    name: "UnrecognizedClientException",
  });
  expect(started).toEqual([]);
});

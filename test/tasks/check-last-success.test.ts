import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { readJson, writeJson } from "../../tasks/store/store.ts";
import { deploy, failure } from "./deployment.ts";

const machine = "arn:aws:states:us-east-1:123456789012:stateMachine:PredictiveBilling";
const key = "monitoring/last-success.json";
type Listed = { name: string; stoppedAt: string; input?: object };
let pages: Listed[][];
let received: { stateMachineArn: string; statusFilter: string; nextToken?: string }[];
/** Executions whose input was asked for. */
let described: string[];
let deployed: Awaited<ReturnType<typeof deploy>>;
let server: ReturnType<typeof createServer>;

// Step Functions' wire format, as far as ListExecutions and DescribeExecution go.
beforeEach(async () => {
  pages = [[]];
  received = [];
  described = [];
  server = createServer(async (request, response) => {
    const call = JSON.parse(await text(request));
    response.setHeader("content-type", "application/x-amz-json-1.0");
    if (call.executionArn) {
      const name = call.executionArn.split(":").at(-1);
      described.push(name);
      const { input = {} } = pages.flat().find((listed) => listed.name === name)!;
      response.end(JSON.stringify({ input: JSON.stringify(input) }));
      return;
    }
    received.push(call);
    const index = Number(call.nextToken ?? 0);
    const executions = pages[index]!.map(({ name, stoppedAt }) => ({
      executionArn: `${machine.replace("stateMachine", "execution")}:${name}`,
      stateMachineArn: machine,
      name,
      status: "SUCCEEDED",
      startDate: 1,
      stopDate: Date.parse(stoppedAt) / 1000,
    }));
    const nextToken = index + 1 < pages.length ? String(index + 1) : undefined;
    response.end(JSON.stringify({ executions, nextToken }));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  deployed = await deploy();
  vi.stubEnv("AWS_ENDPOINT_URL_SFN", `http://127.0.0.1:${port}`);
  vi.stubEnv("AWS_REGION", "us-east-1");
  vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
  vi.stubEnv("STATE_MACHINE_ARN", `${machine}:live`);
  vi.stubEnv("EXPECTED_MODELS", "none");
  vi.useFakeTimers({ toFake: ["Date"] });
  // The handler's client takes its endpoint when it first calls.
  vi.resetModules();
});
afterEach(async () => {
  vi.useRealTimers();
  server.close();
  server.closeAllConnections();
  await deployed.remove();
});

/** What a look on a day says: its result, and the lines that CloudWatch reads. */
async function look(now: string) {
  vi.setSystemTime(new Date(now));
  const lines: string[] = [];
  const written = vi.spyOn(process.stdout, "write").mockImplementation((line) => {
    lines.push(String(line));
    return true;
  });
  try {
    const { handler } = await import("../../tasks/check-last-success.ts");
    const models = await handler({ "detail-type": "Scheduled Event" });
    return { models, result: models.keyphrases!, lines };
  } finally {
    written.mockRestore();
  }
}

test("counts from the first look as long as nothing has succeeded: a new stack is not in alarm", async () => {
  const { result } = await look("2026-11-01T00:00:00Z");
  expect(result).toEqual({ at: "2026-11-01T00:00:00.000Z", execution: null, days: 0 });
  expect((await look("2026-11-10T12:00:00Z")).result.days).toBe(9.5);
  expect(received[0]).toMatchObject({ stateMachineArn: machine, statusFilter: "SUCCEEDED" });
});

test("takes the success that ended last, though Step Functions lists them by their start, and pages may be empty", async () => {
  pages = [
    [],
    [
      { name: "short", stoppedAt: "2026-11-03T01:00:00Z" },
      { name: "long", stoppedAt: "2026-11-04T00:00:00Z" },
    ],
    [{ name: "old", stoppedAt: "2026-10-01T00:00:00Z" }],
  ];
  const { result } = await look("2026-11-10T00:00:00Z");
  expect(result).toEqual({ at: "2026-11-04T00:00:00.000Z", execution: "long", days: 6 });
  expect(received.map(({ nextToken }) => nextToken)).toEqual([undefined, "1"]);
});

test("knows of a success after Step Functions has forgotten it, and of none that is older than what it knows", async () => {
  pages = [[{ name: "spring", stoppedAt: "2026-03-01T00:00:00Z" }]];
  await look("2026-03-01T01:00:00Z");
  pages = [[]];
  expect((await look("2026-09-17T00:00:00Z")).result).toMatchObject({ execution: "spring", days: 200 });
  pages = [[{ name: "autumn", stoppedAt: "2026-09-20T00:00:00Z" }]];
  expect((await look("2026-09-21T00:00:00Z")).result).toMatchObject({ execution: "autumn", days: 1 });
  expect(await readJson(deployed.store, key)).toEqual({
    models: { keyphrases: { at: "2026-09-20T00:00:00.000Z", execution: "autumn" } },
  });
});

test("a learning curve makes no model, and hides no model's absence", async () => {
  const curve = { shares: [0.5, 1], seeds: 1 };
  pages = [
    [
      { name: "curve", stoppedAt: "2026-11-04T00:00:00Z", input: { curve } },
      { name: "run", stoppedAt: "2026-11-01T00:00:00Z" },
    ],
  ];
  expect((await look("2026-11-05T00:00:00Z")).result).toMatchObject({ execution: "run", days: 4 });
});

test("tells each registered model apart, and asks for the input of what is new only", async () => {
  const input = { model: "specialty" };
  pages = [
    [
      { name: "k-1", stoppedAt: "2026-11-01T00:00:00Z" },
      { name: "s-1", stoppedAt: "2026-11-03T00:00:00Z", input },
      { name: "s-2", stoppedAt: "2026-11-02T00:00:00Z", input },
      { name: "odd", stoppedAt: "2026-10-01T00:00:00Z", input: { model: "../odd" } },
    ],
  ];
  const { models, lines } = await look("2026-11-05T00:00:00Z");
  expect(models).toMatchObject({
    keyphrases: { execution: "k-1", days: 4 },
    specialty: { execution: "s-1", days: 2 },
  });
  expect(
    lines.map((line) => JSON.parse(line)).map(({ Model, DaysSinceSuccess }) => [Model, DaysSinceSuccess]),
  ).toEqual([
    ["keyphrases", 4],
    ["specialty", 2],
  ]);
  expect(described.sort()).toEqual(["k-1", "odd", "s-1", "s-2"]);
  described = [];
  // What ended within the hour before the latest may have been missing in the list.
  pages[0]!.push({ name: "k-2", stoppedAt: "2026-11-02T23:30:00Z" });
  expect((await look("2026-11-05T01:00:00Z")).models.keyphrases).toMatchObject({ execution: "k-2" });
  expect(described).toEqual(["s-1", "k-2"]);
  // A model that is not trained any more is not forgotten, nor is one by which nothing has succeeded yet.
  pages = [[{ name: "s-3", stoppedAt: "2026-12-31T00:00:00Z", input }]];
  expect((await look("2027-01-01T00:00:00Z")).models).toMatchObject({
    keyphrases: { execution: "k-2" },
    specialty: { execution: "s-3", days: 1 },
  });
});

test("a model that an alarm waits for counts from the first look, though it has never succeeded", async () => {
  vi.stubEnv("EXPECTED_MODELS", "keyphrases,specialty");
  pages = [[{ name: "k-1", stoppedAt: "2026-11-01T00:00:00Z" }]];
  const first = await look("2026-11-02T00:00:00Z");
  expect(first.models).toMatchObject({
    keyphrases: { execution: "k-1", days: 1 },
    specialty: { execution: null, days: 0 },
  });
  const { models, lines } = await look("2026-11-12T00:00:00Z");
  expect(models.specialty).toMatchObject({ execution: null, days: 10 });
  expect(
    lines.map((line) => JSON.parse(line)).map(({ Model, DaysSinceSuccess }) => [Model, DaysSinceSuccess]),
  ).toEqual([
    ["keyphrases", 11],
    ["specialty", 10],
  ]);
  // Its first success counts from then on, although it is older than the look.
  pages = [[{ name: "s-1", stoppedAt: "2026-11-12T00:30:00Z", input: { model: "specialty" } }]];
  expect((await look("2026-11-13T00:30:00Z")).models.specialty).toMatchObject({ execution: "s-1", days: 1 });
});

test("what a version that knew one model has remembered is of the default one", async () => {
  await writeJson(deployed.store, key, { at: "2026-03-01T00:00:00.000Z", execution: "spring" });
  const { models } = await look("2026-09-17T00:00:00Z");
  expect(models).toEqual({ keyphrases: { at: "2026-03-01T00:00:00.000Z", execution: "spring", days: 200 } });
});

// CloudWatch User Guide, "Specification: Embedded metric format": one JSON object and nothing beside it; the members that
// a directive names lie at the root. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
// And "Using the embedded metric format with Lambda": whatever is written to standard output.
test("says it as a metric that the alarm looks at, in one line", async () => {
  pages = [[{ name: "a", stoppedAt: "2026-11-01T00:00:00Z" }]];
  const { lines } = await look("2026-11-02T12:00:00Z");
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^\{.*\}\n$/);
  const document = JSON.parse(lines[0]!);
  const [directive] = document._aws.CloudWatchMetrics;
  expect(directive).toEqual({
    Namespace: "PredictiveBilling",
    Dimensions: [["StateMachineArn", "Model"]],
    Metrics: [{ Name: "DaysSinceSuccess", Unit: "None" }],
  });
  expect(document._aws.Timestamp).toBe(Date.parse("2026-11-02T12:00:00Z"));
  expect(document).toMatchObject({ StateMachineArn: machine, Model: "keyphrases", DaysSinceSuccess: 1.5 });
});

test("a memory that is damaged is no first look: it fails, and waits in the queue", async () => {
  await writeJson(deployed.store, key, { at: "yesterday" });
  expect(await failure(look("2026-11-02T12:00:00Z"))).toMatchObject({
    name: "TaskFailed",
    message: expect.stringContaining(key),
  });
});

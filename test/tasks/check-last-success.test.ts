import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { readJson, writeJson } from "../../tasks/store/store.ts";
import { deploy, failure } from "./deployment.ts";

const machine = "arn:aws:states:us-east-1:123456789012:stateMachine:PredictiveBilling";
const key = "monitoring/last-success.json";
type Listed = { name: string; stoppedAt: string };
let pages: Listed[][];
let received: { stateMachineArn: string; statusFilter: string; nextToken?: string }[];
let deployed: Awaited<ReturnType<typeof deploy>>;
let server: ReturnType<typeof createServer>;

// Step Functions' wire format, as far as ListExecutions goes.
beforeEach(async () => {
  pages = [[]];
  received = [];
  server = createServer(async (request, response) => {
    const call = JSON.parse(await text(request));
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
    response.writeHead(200, { "content-type": "application/x-amz-json-1.0" });
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
    return { result: await handler({ "detail-type": "Scheduled Event" }), lines };
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
    at: "2026-09-20T00:00:00.000Z",
    execution: "autumn",
  });
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
    Dimensions: [["StateMachineArn"]],
    Metrics: [{ Name: "DaysSinceSuccess", Unit: "None" }],
  });
  expect(document._aws.Timestamp).toBe(Date.parse("2026-11-02T12:00:00Z"));
  expect(document).toMatchObject({ StateMachineArn: machine, DaysSinceSuccess: 1.5 });
});

test("a memory that is damaged is no first look: it fails, and waits in the queue", async () => {
  await writeJson(deployed.store, key, { at: "yesterday" });
  expect(await failure(look("2026-11-02T12:00:00Z"))).toMatchObject({
    name: "TaskFailed",
    message: expect.stringContaining(key),
  });
});

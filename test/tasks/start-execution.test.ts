import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { executionName, whyIgnored } from "../../tasks/start-execution/name.ts";
import { failure } from "./deployment.ts";

const stateMachineArn = "arn:aws:states:us-east-1:123456789012:stateMachine:pbp";
type Answer = { status: number; type?: string };
let received: { name: string; input: string; stateMachineArn: string }[];
let answer: (name: string) => Answer;
let server: ReturnType<typeof createServer>;

// Step Functions' wire format, as far as StartExecution goes.
beforeEach(async () => {
  received = [];
  answer = (name) =>
    received.filter((call) => call.name === name).length > 1
      ? { status: 400, type: "com.amazonaws.states#ExecutionAlreadyExists" }
      : { status: 200 };
  server = createServer(async (request, response) => {
    const call = JSON.parse(await text(request));
    received.push(call);
    const { status, type } = answer(call.name);
    response.writeHead(status, { "content-type": "application/x-amz-json-1.0" });
    const executionArn = `${call.stateMachineArn.replace(":stateMachine:", ":execution:")}:${call.name}`;
    response.end(JSON.stringify(type ? { __type: type } : { executionArn, startDate: 1 }));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  vi.stubEnv("AWS_ENDPOINT_URL_SFN", `http://127.0.0.1:${port}`);
  vi.stubEnv("AWS_REGION", "us-east-1");
  vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
  vi.stubEnv("STATE_MACHINE_ARN", stateMachineArn);
  // The handler's client takes its endpoint when it first calls.
  vi.resetModules();
});
afterEach(() => {
  vi.unstubAllEnvs();
  server.close();
  server.closeAllConnections();
});

const start = async (event: unknown) => (await import("../../tasks/start-execution.ts")).handler(event);
const created = (object: Record<string, unknown>) => ({
  version: "0",
  id: "3f3b1f3e-0000-4000-8000-000000000000",
  "detail-type": "Object Created",
  source: "aws.s3",
  account: "123456789012",
  time: "2026-11-20T12:00:00Z",
  region: "us-east-1",
  resources: ["arn:aws:s3:::pbp-data"],
  detail: {
    version: "0",
    bucket: { name: "pbp-data" },
    object: { size: 5, etag: "9b2cf535f27731c974343645a3985328", sequencer: "00", ...object },
    reason: "PutObject",
  },
});

test("starts one execution, however often the event comes", async () => {
  const event = created({ key: "incoming/Export 2026.json.gz", "version-id": "v1" });
  const name = executionName({ bucket: "pbp-data", key: "incoming/Export 2026.json.gz", version: "v1" });
  expect(name).toMatch(/^export-2026-[0-9a-f]{16}$/);
  expect(await start(event)).toEqual({
    executionArn: `arn:aws:states:us-east-1:123456789012:execution:pbp:${name}`,
  });
  for (let again = 0; again < 4; again++) expect(await start(event)).toEqual({ duplicate: true });
  expect(received[0]).toEqual({
    stateMachineArn,
    name,
    input: '{"source":{"bucket":"pbp-data","key":"incoming/Export 2026.json.gz","versionId":"v1"}}',
  });
});

test("gives each version an execution of its own, so that order does not matter", async () => {
  await start(created({ key: "incoming/a.json", "version-id": "v2" }));
  await start(created({ key: "incoming/a.json", "version-id": "v1" }));
  await start(created({ key: "incoming/a.json" }));
  await start(created({ key: "incoming/a.json", etag: "another" }));
  expect(new Set(received.map((call) => call.name)).size).toBe(4);
  expect(JSON.parse(received[2]!.input)).toEqual({ source: { bucket: "pbp-data", key: "incoming/a.json" } });
});

test("takes the key as it is: EventBridge does not encode it", async () => {
  await start(created({ key: "incoming/a%2Bb+c é.json", "version-id": "v1" }));
  expect(JSON.parse(received[0]!.input).source.key).toBe("incoming/a%2Bb+c é.json");
});

test.each([
  ["incoming/", "marker of a folder"],
  ["incoming/july/", "marker of a folder"],
  ["incoming/july.json/", "marker of a folder"],
  ["incoming/notes.csv", "ends in .json"],
  ["incoming/readme.txt", "ends in .json"],
  ["incoming/a.gz", "ends in .json"],
  ["incoming/json", "ends in .json"],
  ["incoming/a.json.tmp", "ends in .json"],
  ["incoming/.json", "begins with a dot"],
  ["incoming/.a.json.x7f", "begins with a dot"],
  ["incoming/.trash/a.json", "begins with a dot"],
  ["exports/a.json", "does not lie in incoming/"],
  ["a.json", "does not lie in incoming/"],
])("%s starts nothing, and the log says why", async (key, reason) => {
  const warned = vi.spyOn(console, "warn").mockImplementation(() => {});
  expect(await start(created({ key }))).toEqual({ ignored: expect.stringContaining(reason) });
  expect(warned.mock.calls).toEqual([[expect.stringContaining(JSON.stringify(key))]]);
  expect(warned.mock.calls[0]![0]).toContain(reason);
  expect(received).toEqual([]);
  warned.mockRestore();
});

test.each([
  "incoming/a.json",
  "incoming/deep/a.JSONL",
  "incoming/a.NDJSON.GZ",
  "incoming/Export.Json",
  "incoming/Export.Json.gz",
])("%s is an export, in whatever letter case", (key) => {
  expect(whyIgnored(key)).toBeNull();
  expect(executionName({ bucket: "pbp-data", key, version: "v1" })).toMatch(/^(?:a|export)-[0-9a-f]{16}$/);
});

test.each([
  ["incoming/specialty/a.json", "specialty"],
  ["incoming/specialty/2026/11/a.json", "specialty"],
  ["incoming/keyphrases/a.json", "keyphrases"],
  // Not ignored in silence: ValidateInput refuses such a name, and the operators are told.
  ["incoming/July 2026/a.json", "July 2026"],
  ["incoming/registered/a.json", "registered"],
  ["incoming//a.json", ""],
])("%s is for the registered model that its folder names", async (key, model) => {
  await start(created({ key, "version-id": "v1" }));
  expect(received[0]!.input).toBe(
    JSON.stringify({ model, source: { bucket: "pbp-data", key, versionId: "v1" } }),
  );
});

test("throws when Step Functions refuses otherwise, so that Lambda tries again", async () => {
  answer = () => ({ status: 400, type: "com.amazonaws.states#StateMachineDoesNotExist" });
  const refused = await failure(start(created({ key: "incoming/a.json" })));
  expect(refused.name).toBe("TaskFailed");
  expect(refused.message).toContain("StateMachineDoesNotExist");
});

test("retries throttling", async () => {
  answer = () =>
    received.length < 3 ? { status: 400, type: "com.amazonaws.states#ThrottlingException" } : { status: 200 };
  expect(await start(created({ key: "incoming/a.json" }))).toHaveProperty("executionArn");
  expect(received).toHaveLength(3);
});

test("refuses an event of another kind", async () => {
  expect((await failure(start({ "detail-type": "Object Deleted", detail: {} }))).message).toContain(
    "Object Created",
  );
  expect((await failure(start(created({ key: "" })))).name).toBe("TaskFailed");
});

test("makes names that Step Functions takes from whatever S3 takes as a key", () => {
  const keys = [
    "incoming/.json",
    "incoming/é/ÄÖ.json",
    `incoming/${"long name ".repeat(50)}.json`,
    "incoming/-a-.json",
  ];
  for (const key of keys) {
    const name = executionName({ bucket: "pbp-data", key, version: "v1" });
    expect(name).toMatch(/^[0-9a-z][0-9a-z-]{0,79}$/);
    expect(name).not.toContain("--");
  }
  const parts = { bucket: "ab", key: "c", version: "d" };
  expect(executionName({ ...parts, bucket: "a", key: "bc" })).not.toBe(executionName(parts));
});

test("what is ignored is logged as text that no terminal obeys", async () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  const key = "incoming/notes\u202e\u009b2J.txt";
  await start(created({ key }));
  const line = String(warn.mock.lastCall?.[0]);
  warn.mockRestore();
  expect(JSON.parse(line).key).toBe(key);
  expect(line).not.toMatch(/\p{Cc}|\p{Bidi_Control}/u);
});

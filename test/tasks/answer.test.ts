// The function through its handler, with the events that a function URL makes, before the real service: the image's
// program on a bundle as SageMaker unpacks it, behind SageMaker's own protocol.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { refusalOf } from "../../tasks/answer/refusal.ts";
import { type Invocations, startInvocations } from "../emulator/invocations.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const python = join(root, ".venv/bin/python");
const role = "arn:aws:iam::123456789012:role/apps/web-app";
const userArn = "arn:aws:sts::123456789012:assumed-role/web-app/session-1";
const canary = "Canary-4711";

let runtime: Invocations;
let service = "";
const cleanUp: (() => unknown)[] = [];
beforeAll(async () => {
  runtime = await startInvocations();
  cleanUp.push(() => runtime.close());
  vi.stubEnv("AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME", runtime.endpoint);
  vi.stubEnv("AWS_REGION", "us-east-1");
  vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
  vi.stubEnv("STACK_NAME", "PredictiveBilling");
  vi.stubEnv("CALLER_ROLE", role);
  service = await startService();
  runtime.behind.set("predictivebilling-trial", { service });
}, 120_000);
afterAll(async () => {
  for (const step of cleanUp.reverse()) await step();
  vi.unstubAllEnvs();
});
afterEach(() => {
  runtime.asked.length = 0;
});

/** The service as SageMaker starts it, but for its port. Gives its address once it answers /ping. */
async function startService(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "pbp-answer-"));
  cleanUp.push(() => rmSync(folder, { recursive: true }));
  const model = join(folder, "model");
  mkdirSync(model);
  const path = ["containers", "reader/python", "test/reader"].map((part) => join(root, part)).join(":");
  const trial = join(root, "test/containers/serve/trial.py");
  execFileSync(python, [trial, "bundle", model], { env: { PYTHONPATH: path } });
  const child = spawn(python, ["-m", "serve", "serve"], {
    env: {
      PYTHONPATH: path,
      PBP_MODELS: model,
      PBP_SERVED_MODELS: "trial",
      PBP_GENERATION: "17",
      PBP_SERVE_HOST: "127.0.0.1",
      PBP_SERVE_PORT: "0",
      PBP_SERVE_WORKERS: "1",
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exit = once(child, "exit");
  cleanUp.push(async () => {
    child.kill("SIGTERM");
    await exit;
  });
  let port = 0;
  for await (const line of createInterface(child.stdout)) {
    const said = JSON.parse(line) as { event: string; port?: number };
    if (said.event === "listening") port = said.port!;
    if (said.event === "ready") break;
  }
  return `http://127.0.0.1:${port}`;
}

type Asked = {
  method?: string;
  path?: string;
  body?: string | Buffer;
  contentType?: string;
  authorizer?: object | null;
};

async function ask({
  method = "POST",
  path = "/models/trial/invocations",
  body = JSON.stringify({ notes: [{ id: "r-1", text: "CT of the chest" }] }),
  contentType = "application/json",
  authorizer = { iam: { userArn } },
}: Asked = {}) {
  const { handler } = await import("../../tasks/answer.ts");
  return handler({
    version: "2.0",
    rawPath: path,
    headers: { "content-type": contentType },
    requestContext: { http: { method, path }, authorizer },
    ...(typeof body === "string"
      ? { body, isBase64Encoded: false }
      : { body: body.toString("base64"), isBase64Encoded: true }),
  });
}
const problem = async (asked: Asked) => {
  const { statusCode, headers, body } = await ask(asked);
  expect(headers["content-type"]).toBe("application/problem+json");
  expect(body).not.toContain(canary);
  return { status: statusCode, ...(JSON.parse(body) as object) };
};

describe("a request", () => {
  test("is answered by the endpoint of the model that the path names, as the service answers it", async () => {
    const { statusCode, headers, body } = await ask();
    expect({ statusCode, headers }).toEqual({
      statusCode: 200,
      headers: { "cache-control": "no-store", "content-type": "application/json" },
    });
    const { answers, ...named } = JSON.parse(body);
    expect(named).toMatchObject({ model: "trial", generation: 17, arm: "champion" });
    expect(answers).toMatchObject([{ id: "r-1", classes: [{ label: "imaging" }] }]);
    expect(runtime.asked).toEqual(["predictivebilling-trial"]);
  });

  test("of a note a line is answered line by line; Lambda hands its body over in base64", async () => {
    const body = Buffer.from('{"id":"a","text":"CT"}\n{"id":"b","text":"blood count"}\n');
    const { headers, body: answer } = await ask({
      body,
      contentType: "application/jsonlines; charset=utf-8",
    });
    expect(headers["content-type"]).toBe("application/jsonlines");
    const lines = answer.trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { model: "trial", generation: 17, id: "a", classes: [{ label: "imaging" }] },
      { model: "trial", generation: 17, id: "b", classes: [{ label: "laboratory" }] },
    ]);
  });

  test("that the service refuses has the service's status and words, and nothing of the note", async () => {
    const note = { text: 3, canary };
    expect(await problem({ body: JSON.stringify({ notes: [note] }) })).toMatchObject({
      status: 422,
      type: "urn:pbp:problem:invalid",
      pointer: expect.stringMatching(/^\/notes\/0/),
    });
    expect(await problem({ body: `{"notes": ${canary}` })).toMatchObject({
      status: 400,
      type: "urn:pbp:problem:not-json",
    });
    expect(
      await problem({ body: JSON.stringify({ model: "other", notes: [{ text: canary }] }) }),
    ).toMatchObject({ status: 404, type: "urn:pbp:problem:unknown-model" });
  });

  test("that no endpoint would take is refused before one is asked", async () => {
    const large = JSON.stringify({ notes: [{ text: canary.repeat(100_000) }] });
    expect(await problem({ body: large })).toMatchObject({ status: 413, title: "TooLarge" });
    expect(await problem({ contentType: "text/csv" })).toMatchObject({ status: 415, title: "WrongType" });
    expect(await problem({ body: "" })).toMatchObject({ status: 400, title: "NoBody" });
    expect(await problem({ method: "GET" })).toMatchObject({ status: 405, title: "NotAllowed" });
    expect(await problem({ path: `/models/${canary}/invocations` })).toMatchObject({ status: 400 });
    for (const path of ["/", "/models", "/models/trial", "/models/trial/invocations/more", `/${canary}`])
      expect(await problem({ path })).toMatchObject({ status: 404, title: "NoSuchPath" });
    expect(runtime.asked).toEqual([]);
  });
});

describe("whoever calls", () => {
  test("is the role that the deployment names, or somebody whose token an HTTP API has checked", async () => {
    const jwt = { claims: { sub: "user-1" }, scopes: null };
    for (const authorizer of [{ iam: { userArn } }, { jwt }])
      expect(await ask({ authorizer })).toMatchObject({ statusCode: 200 });
  });

  test.each<[string, object | null]>([
    ["another role", { iam: { userArn: userArn.replace("web-app", "other") } }],
    ["another account's role", { iam: { userArn: userArn.replace("123456789012", "210987654321") } }],
    ["a user", { iam: { userArn: "arn:aws:iam::123456789012:user/web-app" } }],
    ["nobody", null],
  ])("is refused as %s", async (_, authorizer) => {
    expect(await problem({ authorizer })).toMatchObject({ status: 403, title: "WrongCaller" });
    expect(runtime.asked).toEqual([]);
  });
});

describe("what SageMaker says itself", () => {
  const path = "/models/odd/invocations";
  const says = (error: string, status: number, fields: object) =>
    runtime.behind.set("predictivebilling-odd", { error, status, fields });
  const quoting = { Message: `Invalid body: ${canary}` };

  test.each<[string, number, object, object]>([
    ["ThrottlingException", 400, quoting, { status: 429, title: "Busy" }],
    ["ModelNotReadyException", 429, quoting, { status: 503, title: "NotReady" }],
    ["ServiceUnavailable", 503, quoting, { status: 503, title: "NotReady" }],
    ["ValidationError", 400, quoting, { status: 404, title: "NoEndpoint" }],
    // A worker that ran out of memory, or a service that is none of ours.
    [
      "ModelError",
      424,
      { ...quoting, OriginalStatusCode: 500, OriginalMessage: canary },
      { status: 500, title: "Failed" },
    ],
    // "Your invocation timed out while waiting for a response from container": status 0.
    [
      "ModelError",
      424,
      { ...quoting, OriginalStatusCode: 0, OriginalMessage: canary },
      { status: 504, title: "TooLate" },
    ],
  ])("%s (%i) is told in our words", async (error, status, fields, told) => {
    says(error, status, fields);
    expect(await problem({ path })).toMatchObject(told);
    const { headers } = await ask({ path });
    expect(headers["retry-after"]).toBe(
      [429, 503].includes((told as { status: number }).status) ? "1" : undefined,
    );
    // Asked once for each request: a second try would begin when the caller has given up.
    expect(runtime.asked).toHaveLength(2);
  });

  test("an endpoint that is not there, as before the first promotion", async () => {
    expect(await problem({ path: "/models/absent/invocations" })).toMatchObject({
      status: 404,
      title: "NoEndpoint",
    });
  });

  test("that something of its own broke fails the function under its name, without a word of it", async () => {
    says("InternalFailure", 500, quoting);
    await expect(ask({ path })).rejects.toMatchObject({
      name: "TaskFailed",
      message: expect.not.stringContaining(canary),
    });
  });

  test("nothing in time", () => {
    const aborted = Object.assign(new Error(canary), { name: "AbortError" });
    const { answer } = refusalOf(aborted) as { answer: { statusCode: number; body: string } };
    expect(answer.statusCode).toBe(504);
    expect(answer.body).not.toContain(canary);
  });
});

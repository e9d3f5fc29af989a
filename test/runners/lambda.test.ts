import { fork, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundleLambdaHost } from "../../pipeline/bundle.ts";
import { TaskError } from "../../pipeline/local/engine/task-runner.ts";
import { lambda, lambdaRunner } from "../../pipeline/local/functions/lambda-runner.ts";
import { homeAt } from "../../pipeline/local/machine/home.ts";
import { contextOf, processGone, until } from "./helpers.ts";

const folder = mkdtempSync(join(tmpdir(), "pbp-lambda-"));
const home = homeAt(folder);
let host = "";

beforeAll(async () => {
  host = await bundleLambdaHost(join(folder, "host"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Invokes a function whose code is `body`. */
function run(name: string, body: string, event: unknown = {}, settings: object = {}, signal?: AbortSignal) {
  mkdirSync(join(folder, "bundles", name), { recursive: true });
  writeFileSync(join(folder, "bundles", name, "index.mjs"), body);
  const invoke = lambda({
    host,
    home,
    bundles: join(folder, "bundles"),
    variables: { DATA_BUCKET: "pbp-local", MODELS_DIR: "/models" },
    functions: {
      [name]: {
        timeoutSeconds: 20,
        memoryMegabytes: 256,
        variables: ["DATA_BUCKET"],
        reason: "test",
        ...settings,
      },
    },
  });
  const runner = lambdaRunner(invoke);
  return runner({ FunctionName: name, Payload: event }, contextOf({ signal }));
}

async function failure(promise: Promise<unknown>): Promise<TaskError> {
  const error = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(TaskError);
  return error as TaskError;
}

test("gives the payload in the shape of lambda:invoke", async () => {
  const answer = await run("echo", "export const handler = async (event) => ({ got: event });", { a: "é" });
  expect(answer).toEqual({ ExecutedVersion: "$LATEST", StatusCode: 200, Payload: { got: { a: "é" } } });
});

test("a function that returns nothing answers null", async () => {
  expect(await run("nothing", "export const handler = async () => {};")).toMatchObject({ Payload: null });
});

test("a function sees its own variables and none of the caller's", async () => {
  process.env.PBP_TEST_SECRET = "secret";
  try {
    const code = "export const handler = async () => process.env;";
    const { Payload } = (await run("environment", code)) as { Payload: Record<string, string> };
    expect(Payload.DATA_BUCKET).toBe("pbp-local");
    expect(Payload.AWS_LAMBDA_FUNCTION_NAME).toBe("environment");
    expect(Payload).not.toHaveProperty("MODELS_DIR");
    expect(
      Object.keys(Payload).filter((name) => !/^(AWS_|LANG|PATH|TMPDIR|TZ|DATA_BUCKET|NODE_)/.test(name)),
    ).toEqual([]);
  } finally {
    delete process.env.PBP_TEST_SECRET;
  }
});

test("an error keeps its name, and its cause says what Lambda would say", async () => {
  const code = `export const handler = async () => { throw Object.assign(new Error("no rows"), { name: "InvalidExport" }); };`;
  const error = await failure(run("thrower", code));
  expect(error.error).toBe("InvalidExport");
  const cause = JSON.parse(error.cause);
  expect(cause).toMatchObject({ errorType: "InvalidExport", errorMessage: "no rows" });
  expect(cause.trace.join("\n")).toContain("index.mjs");
});

test("a bundle without a handler says so", async () => {
  expect((await failure(run("empty", "export const other = 1;"))).error).toBe("Runtime.HandlerNotFound");
});

test("a function that is over its time is killed, also inside a loop", async () => {
  const code = "export const handler = async () => { for (;;); };";
  const error = await failure(run("loop", code, {}, { timeoutSeconds: 0.3 }));
  expect(error.error).toBe("Sandbox.Timedout");
  expect(error.cause).toContain("Task timed out after 0.30 seconds");
});

test.each([
  ["heap", "const kept = []; for (;;) kept.push(new Array(1e4).fill(kept.length));"],
  ["buffers", "const kept = []; for (;;) kept.push(Buffer.alloc(1e6, 1));"],
])("a function that is over its memory (%s) is ended", async (where, body) => {
  const code = `export const handler = async () => { ${body} };`;
  expect((await failure(run(`memory-${where}`, code, {}, { memoryMegabytes: 128 }))).error).toBe(
    "Runtime.OutOfMemory",
  );
});

test("a function that exits by itself is Runtime.ExitError", async () => {
  const error = await failure(run("exits", "export const handler = async () => process.exit(3);"));
  expect(error.error).toBe("Runtime.ExitError");
  expect(error.cause).toContain("exit status 3");
});

test("a promise that nobody awaits ends the function, not the engine", async () => {
  const code = `export const handler = () => new Promise(() => { setTimeout(() => { throw new TypeError("canary"); }); });`;
  expect((await failure(run("late", code))).error).toBe("Runtime.ExitError");
  const log = readFileSync(join(folder, "logs", "late.log"), "utf8");
  expect(log).toContain("Uncaught TypeError\n    at ");
  expect(log).not.toContain("canary");
});

test("payloads over Lambda's and Step Functions' limits are refused by their names", async () => {
  const echo = "export const handler = async (event) => event;";
  const big = (bytes: number) => ({ text: "x".repeat(bytes) });
  expect((await failure(run("echo", echo, big(7e6)))).error).toBe("Lambda.RequestTooLargeException");
  expect((await failure(run("echo", echo, big(300_000)))).error).toBe("States.DataLimitExceeded");
  const large = `export const handler = async () => "x".repeat(7e6);`;
  expect((await failure(run("large", large))).error).toBe("Function.ResponseSizeTooLarge");
});

test("an unknown function is Lambda.ResourceNotFoundException", async () => {
  const invoke = lambda({ host, home, variables: {}, functions: {} });
  expect((await failure(invoke("absent", {}))).error).toBe("Lambda.ResourceNotFoundException");
});

test("an abort kills the process before the runner settles", async () => {
  const file = join(folder, "pid");
  const code = `import { writeFileSync } from "node:fs";
    export const handler = async (file) => { writeFileSync(file, String(process.pid)); for (;;); };`;
  const abort = new AbortController();
  const running = run("abort", code, file, { timeoutSeconds: 600 }, abort.signal);
  await until(() => existsSync(file) && readFileSync(file, "utf8") !== "");
  abort.abort(new Error("stopped"));
  await expect(running).rejects.toThrow("stopped");
  expect(processGone(Number(readFileSync(file, "utf8")))).toBe(true);
});

test("what a function prints goes to its log, with a report of time and memory", async () => {
  await run("printer", `export const handler = async () => { console.log("out"); console.error("err"); };`);
  const log = readFileSync(join(folder, "logs", "printer.log"), "utf8");
  expect(log).toMatch(/^START RequestId: [\w-]+\nout\nerr\nREPORT .* Max Memory Used: \d+ MB\n$/);
});

test("a function does not outlive an engine that is killed, even inside a loop", async () => {
  const file = join(folder, "orphan");
  mkdirSync(join(folder, "bundles", "orphan"), { recursive: true });
  writeFileSync(
    join(folder, "bundles", "orphan", "index.mjs"),
    `import { writeFileSync } from "node:fs";
     export const handler = async () => { writeFileSync(${JSON.stringify(file)}, String(process.pid)); for (;;); };`,
  );
  const engine = join(folder, "engine.ts");
  const runner = new URL("../../pipeline/local/functions/lambda-runner.ts", import.meta.url).href;
  writeFileSync(
    engine,
    `import { lambda } from ${JSON.stringify(runner)};
     const settings = { timeoutSeconds: 60, memoryMegabytes: 256, variables: [], reason: "test" };
     await lambda(${JSON.stringify({ host, home, bundles: join(folder, "bundles"), variables: {} }).slice(0, -1)}, functions: { orphan: settings } })("orphan", {});`,
  );
  const child = spawn(process.execPath, [engine], { stdio: "ignore" });
  await until(() => existsSync(file) && readFileSync(file, "utf8") !== "");
  child.kill("SIGKILL");
  await until(() => processGone(Number(readFileSync(file, "utf8"))));
});

test("a function whose engine died before it had started does not live on", async () => {
  const gone = spawnSync(process.execPath, ["--eval", ""]).pid;
  const orphan = fork(host, [join(folder, "bundles", "orphan", "index.mjs"), "268435456", String(gone)]);
  await until(() => orphan.signalCode === "SIGKILL");
});

// What the emulator of AWS cannot carry: a redrive, and the history of what goes on in branches. The command line reads
// one engine's executions twice, as the home they are in and through Step Functions' API, and must say the same.
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CloudFormationClient, CreateStackCommand } from "@aws-sdk/client-cloudformation";
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import type { HistoryEvent } from "../../../pipeline/execution.ts";
import { describeExecution } from "../../../pipeline/local/engine/describe.ts";
import { startExecution } from "../../../pipeline/local/engine/executions.ts";
import { TaskError, type TaskRunner } from "../../../pipeline/local/engine/task-runner.ts";
import { homeAt } from "../../../pipeline/local/machine/home.ts";
import { MACHINE_ARN } from "../../../pipeline/local/machine/identity.ts";
import type { Summary } from "../../../pipeline/results/summary.ts";
import { succeeded } from "../../e2e/helpers.ts";
import { startMoto } from "../../store/moto.ts";
import { browse, openConsole } from "../../web/helpers.ts";
import { lastLine, outcomeOf, pbp, startPbp } from "../helpers.ts";
import { serveEngine } from "./engine-endpoint.ts";

// Several starts of Node and one of Python, where other work takes the cores.
const patience = 120_000;

const lambda = "arn:aws:states:::lambda:invoke";
const task = (next: object) => ({ Type: "Task", Resource: lambda, Arguments: {}, ...next });
const branch = (name: string) => ({ StartAt: name, States: { [name]: task({ End: true }) } });
const definition = {
  QueryLanguage: "JSONata",
  StartAt: "Preprocess",
  States: {
    Preprocess: task({ Next: "Jobs" }),
    Jobs: { Type: "Parallel", Branches: [branch("Embed"), branch("Train")], Next: "Promote" },
    Promote: task({ Next: "Done", Output: { generation: 3, version: "000003-0123456789ab" } }),
    Done: { Type: "Succeed" },
  },
};

const input = { source: { bucket: "data", key: "exports/0123456789abcdef.json" }, epochs: 3 };

const folder = mkdtempSync(join(tmpdir(), "pbp-redrive-"));
const home = homeAt(folder);
// What pbp takes a folder for a home by.
mkdirSync(home.store);
const runners = new Map<string, TaskRunner>();
const tasks = {
  [lambda]: (async (args, context) =>
    (await runners.get(context.stateName)?.(args, context)) ?? {}) satisfies TaskRunner,
};
let moto: Awaited<ReturnType<typeof startMoto>>;
let steps: Awaited<ReturnType<typeof serveEngine>>;
let environment: Record<string, string> = {};

beforeAll(async () => {
  [moto, steps] = await Promise.all([startMoto(), serveEngine({ home, tasks }, definition)]);
  environment = {
    ...moto.environment,
    AWS_ENDPOINT_URL: moto.environment.AWS_ENDPOINT_URL_S3,
    AWS_ENDPOINT_URL_SFN: steps.endpoint,
  };
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const client = new CloudFormationClient({
    endpoint: environment.AWS_ENDPOINT_URL!,
    region: "us-east-1",
    credentials,
  });
  const outputs = {
    DataBucketName: { Ref: "Bucket" },
    // Not there: what cannot be seen must not keep anybody from seeing the rest.
    FileSystemId: "fs-0123456789abcdef0",
    AccessPointId: "fsap-0123456789abcdef0",
    StateMachineArn: MACHINE_ARN,
    LiveAliasArn: `${MACHINE_ARN}:live`,
    ModelsStateMachineArn: `${MACHINE_ARN}-models`,
  };
  const template = {
    Resources: {
      Bucket: { Type: "AWS::S3::Bucket", Properties: { VersioningConfiguration: { Status: "Enabled" } } },
    },
    Outputs: Object.fromEntries(Object.entries(outputs).map(([name, Value]) => [name, { Value }])),
  };
  await client.send(
    new CreateStackCommand({ StackName: "PredictiveBilling", TemplateBody: JSON.stringify(template) }),
  );
}, patience);
afterEach(() => runners.clear());
afterAll(async () => {
  await steps?.close();
  await moto?.stop();
  rmSync(folder, { recursive: true });
});

const start = (...args: string[]) => startPbp([...args, "--cloud"], { env: environment });
const cloud = (...args: string[]) => outcomeOf(start(...args));
const summaryOf = (stdout: string) => lastLine(stdout) as unknown as Summary;
const fails: TaskRunner = async () => {
  throw new TaskError(
    "PromotionFailed",
    JSON.stringify({ errorType: "PromotionFailed", errorMessage: "No room." }),
  );
};

test("a failed execution is shown alike by both, redriven, and followed from where it goes on", {
  timeout: patience,
}, async () => {
  runners.set("Promote", fails);
  await startExecution({ home, tasks, definition, name: "redriven", input });
  const there = summaryOf((await cloud("show", "redriven", "--json")).stdout);
  const here = summaryOf((await pbp("show", "redriven", "--json", "--home", folder)).stdout);
  expect(there).toEqual(here);
  expect(there).toMatchObject({ status: "FAILED", error: { name: "PromotionFailed", message: "No room." } });
  expect(Object.keys(there.seconds)).toEqual(["Preprocess", "Jobs", "Embed", "Train"]);

  runners.clear();
  const { code, stdout, stderr } = await cloud("resume", "redriven", "--json");
  expect(code, stderr).toBe(0);
  const resumed = summaryOf(stdout);
  expect(resumed).toMatchObject({ status: "SUCCEEDED", generation: 3, error: null });
  expect(resumed.bundle).toBe("fs-0123456789abcdef0:models/versions/000003-0123456789ab");
  expect(resumed.fileSystem).toBeNull();
  expect(stderr).toMatch(/^Without the file system's status: (FileSystem|AccessPoint)NotFound\.$/m);
  expect(stderr).toMatch(/^ {2}Promote /m);
  expect(stderr).not.toMatch(/^ {2}Preprocess/m);
  expect(succeeded(await cloud("show", "redriven")).stdout).toMatch(/^Resumed +once$/m);
  expect(succeeded(await cloud("runs")).stdout).toMatch(/^redriven +Done /m);

  const again = await cloud("resume", "redriven");
  expect(again.code).toBe(1);
  expect(again.stderr).toContain("ExecutionNotRedrivable: redriven has succeeded");
});

// Here and not on the emulator, whose events do not say which one led to them.
test("the console lists the events of one state alike of both", { timeout: patience }, async () => {
  const child = start("console", "--port", "0", "--json");
  // Also when an expectation is not met.
  onTestFinished(() => void child.kill("SIGINT"));
  const outcome = outcomeOf(child);
  const printed = await Promise.race([once(child.stdout!, "data"), outcome]);
  expect(Array.isArray(printed), JSON.stringify(printed)).toBe(true);
  const there = await browse((JSON.parse(String((printed as unknown[])[0])) as { link: string }).link);
  const here = await openConsole({ home: folder });
  const task = ["TaskStateEntered", "TaskScheduled", "TaskStarted", "TaskSucceeded", "TaskStateExited"];
  const jobs = ["Entered", "Started", "Succeeded", "Exited"].map((what) => `ParallelState${what}`);
  const typesBy: Record<string, string[]> = {
    Jobs: jobs,
    Train: task,
    // Failed, redriven, and succeeded.
    Promote: [...task.slice(0, 3), "TaskFailed", "ExecutionFailed", "ExecutionRedriven", ...task],
  };
  for (const [state, types] of Object.entries(typesBy)) {
    const path = `/runs/redriven/events.json?state=${state}`;
    const [deployed, local] = await Promise.all([there.look(path), here.look(path)]);
    const { events } = JSON.parse(deployed.text) as { events: HistoryEvent[] };
    expect(events.map(({ type }) => type)).toEqual(types);
    expect(events).toEqual((JSON.parse(local.text) as { events: HistoryEvent[] }).events);
    const { text } = await there.look(`/runs/redriven/events?state=${state}`);
    expect(text.match(/<strong>[^<]*<\/strong>/g)).toEqual(types.map(() => `<strong>${state}</strong>`));
  }
  child.kill("SIGINT");
  await here.close();
  expect(await outcome).toMatchObject({ code: 0 });
});

test("Ctrl-C stops what runs in the branches; resume goes on", { timeout: patience }, async () => {
  let trains = 0;
  runners.set("Train", (_, { signal }) => {
    trains++;
    return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  });
  const child = start("rerun", "redriven", "--epochs", "5", "--json");
  const outcome = outcomeOf(child);
  const training = vi.waitFor(() => expect(trains).toBe(1), { timeout: patience, interval: 20 });
  const early = outcome.then(({ stderr }) => Promise.reject(new Error(`pbp ended by itself: ${stderr}`)));
  early.catch(() => {});
  await Promise.race([training, early]);
  child.kill("SIGINT");
  const { code, stdout } = await outcome;
  expect(code).toBe(130);
  const stopped = summaryOf(stdout);
  expect(stopped.status).toBe("ABORTED");
  expect(describeExecution(home, stopped.execution).input).toEqual({
    ...input,
    epochs: 5,
    // As the counterpart of STS names everybody.
    startedBy: "arn:aws:sts::123456789012:user/moto",
  });

  // Whoever redrives it may leave: it goes on, and somebody else follows it past its earlier end.
  let finish = () => {};
  runners.set("Train", () => {
    trains++;
    return new Promise((resolve) => {
      finish = () => resolve({});
    });
  });
  const leaving = start("resume", stopped.execution);
  const gone = outcomeOf(leaving);
  await vi.waitFor(() => expect(trains).toBe(2), { timeout: patience, interval: 20 });
  leaving.kill("SIGKILL");
  await gone;
  const following = start("resume", stopped.execution);
  const followed = outcomeOf(following);
  following.stderr!.on("data", (text) => String(text).includes("  Preprocess ") && finish());
  expect(await followed).toMatchObject({ code: 0 });
  expect(describeExecution(home, stopped.execution)).toMatchObject({ status: "SUCCEEDED", redriveCount: 1 });
});

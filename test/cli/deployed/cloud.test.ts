// The command line on a deployed stack: the CDK's stack in an emulator of AWS that nobody here wrote, real bundles, and
// the containers' real scripts. What the same commands say of the local engine is what they must say here.
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { get } from "node:http";
import { join } from "node:path";
import { StartExecutionCommand } from "@aws-sdk/client-sfn";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { Check } from "../../../pipeline/check.ts";
import { notesIn } from "../../../pipeline/cli/notes-of.ts";
import { noSummary, type Summary } from "../../../pipeline/results/summary.ts";
import { notesKey } from "../../../schemas/installation/predictions.ts";
import type { RunReceipt } from "../../../schemas/types.ts";
import { readJson } from "../../../tasks/store/store.ts";
import {
  openWorkplace,
  settings,
  succeeded,
  type Workplace,
  withoutProcesses,
  writeBadExport,
} from "../../e2e/helpers.ts";
import { type EmulatedStack, startEmulatedStack } from "../../emulator/stack.ts";
import { browse } from "../../web/helpers.ts";
import { lastLine, outcomeOf, pbp, startPbp } from "../helpers.ts";

// Runs of three Python processes each: seconds on an idle machine, minutes on a busy one.
const patience = 600_000;

let workplace: Workplace;
let stack: EmulatedStack;
let first: Summary;
beforeAll(async () => {
  workplace = openWorkplace();
  stack = await startEmulatedStack(workplace.folder, { baseModel: "tiny" });
}, patience);
afterAll(async () => {
  await stack?.stop();
  workplace?.clean();
});

const start = (args: string[]) =>
  startPbp([...args, "--cloud"], { env: { PATH: process.env.PATH, ...stack.environment } });
const cloud = (...args: string[]) => outcomeOf(start(args));
const summaryOf = (stdout: string) => lastLine(stdout) as unknown as Summary;

test("an empty stack says what to type", async () => {
  expect((await cloud("runs")).stdout).toBe("No executions yet. Start one: pbp run <export> --cloud\n");
  expect((await cloud("base-model", "list")).stdout).toContain("pbp base-model add <name> <folder> --cloud");
  expect((await cloud("history")).stdout).toContain("No model has been promoted yet.");
});

test("doctor tells what a run needs, and what the emulator does not know", async () => {
  const { code, stdout, stderr } = await cloud("doctor", "--json");
  expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
  const { ready, checks } = lastLine(stdout) as { ready: boolean; checks: Check[] };
  expect(ready).toBe(false);
  const states = Object.fromEntries(checks.map(({ name, state }) => [name, state]));
  expect(states).toMatchObject({
    "State machine": "ok",
    Key: "ok",
    "Base model": "bad",
    Subscriptions: "ok",
    Functions: "ok",
    "File system": "ok",
    // The emulator has no Service Quotas, and does not know which zones have which type.
    Quotas: "unknown",
    Zones: "unknown",
  });
  for (const { state, remedy } of checks) expect(remedy === null).toBe(state === "ok");
  const missing = checks.find(({ name }) => name === "Base model");
  expect(missing?.remedy).toBe("Add it: pbp base-model add tiny <folder> --cloud");
});

test("a base model is converted here and uploaded", { timeout: patience }, async () => {
  succeeded(await cloud("base-model", "add", "tiny", join(workplace.folder, "tiny-model")));
  expect(succeeded(await cloud("base-model", "list")).stdout).toMatch(/^tiny +[0-9a-f]{12} /m);
});

test("run uploads, starts, follows and reports a promotion", { timeout: patience }, async () => {
  const { stdout, stderr } = succeeded(await cloud("run", workplace.base, ...settings, "--json"));
  first = summaryOf(stdout);
  expect(first).toMatchObject({ status: "SUCCEEDED", verdict: "promote", generation: 1, error: null });
  expect(Object.keys(first).sort()).toEqual([...Object.keys(noSummary), "error"].sort());
  expect(first.bundle).toMatch(new RegExp(`^${stack.outputs.FileSystemId}:models/versions/000001-`));
  expect(first.report).toMatchObject({ records: 200, rejected: 0 });
  expect(first.embeddings?.embedded).toBe(first.report?.texts);
  for (const state of ["ValidateInput", "Preprocess", "Evaluate", "QualityGate", "Promote", "Notify"]) {
    expect(first.seconds[state], state).toBeGreaterThan(0);
    expect(stderr).toContain(`  ${state}`);
  }
  expect(stderr).toContain(`states/home?region=us-east-1#/v2/executions/details/`);
  expect(first.jobs.map(({ state, status }) => `${state} ${status}`).sort()).toEqual(
    ["Embed", "Evaluate", "Train"].map((state) => `${state} Completed`),
  );
  // The links of the definition and those of the command line lead to the same page.
  const receipt = (await readJson(stack.store, `runs/${first.execution}/receipt.json`)) as RunReceipt;
  const links = (jobs: readonly { job: string; log: string }[]) =>
    Object.fromEntries(jobs.map(({ job, log }) => [job, log]));
  expect(links(first.jobs)).toEqual(links(receipt.jobs!));
  expect(first.cost?.usd).toBeGreaterThan(0);
  expect(first.fileSystem).toMatchObject({ state: "available", encrypted: true });
  expect(first.fileSystem?.mountTargets.length).toBeGreaterThan(0);
  // Its endpoint takes it up; until it has, it takes nothing else.
  const endpoint = `${stack.stackName.toLowerCase()}-keyphrases`;
  expect(first.publication).toMatchObject({ status: "published", endpoint });
  expect(first.registration).toMatchObject({ status: "Approved" });
  stack.sagemaker.endpoints.settle(endpoint);
  // Below incoming/ the upload would have started an execution of its own.
  expect(lastLine((await cloud("runs", "--json")).stdout).executions).toHaveLength(1);
});

test("show, runs and history tell the same", { timeout: patience }, async () => {
  expect(summaryOf(succeeded(await cloud("show", first.execution, "--json")).stdout)).toEqual(first);
  const page = succeeded(await cloud("show", first.execution)).stdout;
  expect(page).toContain("Verdict: promote");
  expect(page).toMatch(/^Models +fs-.*available/m);
  expect(page).toMatch(/^Train +Completed +1 × ml\./m);
  expect(succeeded(await cloud("runs")).stdout).toMatch(/base-[0-9a-f]{12} +Promoted/);
  expect(succeeded(await cloud("history")).stdout).toMatch(/→ 1 +promote +000001-/);
  const report = succeeded(await cloud("get", "report.json", "--execution", "latest")).stdout;
  expect(JSON.parse(report)).toEqual(first.report);
  // The emulator's jobs write no log to CloudWatch: deployed-logs.test.ts reads one.
  expect(succeeded(await cloud("logs", first.execution.slice(0, 6))).stdout).toMatch(
    /^==> Train \S+, Completed <==$/m,
  );
});

test("a job answers the notes of a file as this machine would, once, and says why when it cannot", {
  timeout: patience,
}, async () => {
  const file = (name: string) => join(workplace.folder, name);
  // A home of this machine with the models of that stack.
  mkdirSync(file("here/store"), { recursive: true });
  mkdirSync(file("here/efs"));
  symlinkSync(stack.models, file("here/efs/models"));
  const here = await outcomeOf(
    startPbp(["predict", workplace.base, "--home", file("here"), "--out", file("here.jsonl")]),
  );
  expect(here).toMatchObject({ code: 0 });
  const jobs = () =>
    stack.sagemaker.requests.filter(({ body }) => /-predict-/.test(String(body.ProcessingJobName)));
  for (const out of ["there.jsonl", "again.jsonl"]) {
    const { stdout } = succeeded(await cloud("predict", workplace.base, "--out", file(out), "--json"));
    expect(lastLine(stdout)).toEqual({
      ...{ file: file(out), answered: 200, refused: 0, generation: 1 },
      version: first.bundle!.split("/").at(-1),
    });
    expect(readFileSync(file(out), "utf8")).toBe(readFileSync(file("here.jsonl"), "utf8"));
  }
  expect(jobs()).toHaveLength(1);
  expect(JSON.stringify(jobs())).not.toContain("base.json");
  // What follows is under a policy, which makes it a job of its own.
  const { labels } = JSON.parse(readFileSync(workplace.base, "utf8")) as { labels: string[] };
  const rules = Object.fromEntries(labels.map((label) => [label, { action: "block", threshold: 0.3 }]));
  writeFileSync(
    file("rules.json"),
    JSON.stringify({ schemaVersion: "1.0", labels: rules, otherwise: "flag" }),
  );
  succeeded(await cloud("policy", "set", file("rules.json")));
  const other = writeShorter(workplace.base, file("shorter.json"));
  const { sha256 } = await notesIn(other, undefined);
  await stack.store.write(notesKey(sha256), '{"recordId":"r-1","text":"Canary"}\n');
  const failed = await cloud("predict", other, "--out", file("ruled-there.jsonl"));
  expect(failed.code).toBe(1);
  expect(failed.stderr).toMatch(/PredictionFailed: .*notes\.jsonl: expected an end, which it has not/);
  expect(failed.stderr).not.toContain("Canary");
  expect(existsSync(file("ruled-there.jsonl"))).toBe(false);
  // The next attempt is a job of its own.
  await stack.store.remove(notesKey(sha256));
  succeeded(await cloud("predict", other, "--out", file("ruled-there.jsonl")));
  expect(jobs().map(({ body }) => String(body.ProcessingJobName).split("-").at(-1))).toEqual(["1", "1", "2"]);
});

test("a job applies the policy by label as this machine does, and none begins with one that does not fit", {
  timeout: patience,
}, async () => {
  const file = (name: string) => join(workplace.folder, name);
  const notes = file("shorter.json");
  const here = ["predict", notes, "--home", file("here"), "--out", file("ruled-here.jsonl")];
  succeeded(await outcomeOf(startPbp(here)));
  const answers = readFileSync(file("ruled-there.jsonl"), "utf8");
  expect(answers).toBe(readFileSync(file("ruled-here.jsonl"), "utf8"));
  for (const line of answers.trimEnd().split("\n"))
    expect(JSON.parse(line).policy.action).toMatch(/^(block|flag)$/);
  const jobs = stack.sagemaker.requests.length;
  // As a forced promotion with other labels leaves it.
  const policy = JSON.parse(readFileSync(file("rules.json"), "utf8")) as object;
  const misfit = { ...policy, labels: { "of-another-model": { action: "block" } } };
  writeFileSync(join(stack.models, "policy.json"), JSON.stringify(misfit));
  const { code, stderr } = await cloud("predict", notes, "--out", file("never.jsonl"));
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: expect.stringMatching(/^InvalidInput: .*: of-another-model\. .*pbp policy set\.$/m),
  });
  expect(stack.sagemaker.requests).toHaveLength(jobs);
  rmSync(join(stack.models, "policy.json"));
});

function writeShorter(from: string, to: string): string {
  const { records, ...rest } = JSON.parse(readFileSync(from, "utf8")) as { records: object[] };
  writeFileSync(to, JSON.stringify({ ...rest, records: records.slice(0, 10) }));
  return to;
}

test("rerun changes the epochs and nothing else", { timeout: patience }, async () => {
  const { stdout } = succeeded(await cloud("rerun", first.execution, "--epochs", "1", "--json"));
  const second = summaryOf(stdout);
  expect(second).toMatchObject({ status: "SUCCEEDED", verdict: "reject", generation: null });
  expect(second.embeddings?.embedded).toBe(0);
  expect(second.metrics?.champion).toEqual(first.metrics?.challenger);
  const inputs = stack.sagemaker.requests
    .filter(({ kind }) => kind === "Training")
    .map(({ body }) => body.HyperParameters as Record<string, string>);
  expect(inputs[1]).toEqual({ ...inputs[0], epochs: "1" });
});

test("a model that the gate rejected is promoted by hand, and rolled back", {
  timeout: patience,
}, async () => {
  const [rejected] = lastLine((await cloud("runs", "--json")).stdout).executions as { execution: string }[];
  const promote = ["promote", rejected!.execution, "--force", "--reason", "checked by hand", "--json"];
  const forced = lastLine(succeeded(await cloud(...promote)).stdout);
  stack.sagemaker.endpoints.settle(`${stack.stackName.toLowerCase()}-keyphrases`);
  expect(forced).toMatchObject({ generation: 2, action: "forced", reason: "checked by hand" });
  expect(forced.actor).toMatch(/^promote-/);
  expect(summaryOf((await cloud("show", rejected!.execution, "--json")).stdout)).toMatchObject({
    generation: 2,
    forced: { reason: "checked by hand", overruled: { verdict: "reject" } },
    // Written when the run had long ended.
    publication: { status: "published", message: expect.stringContaining("generation 2") },
    registration: { status: "Approved" },
  });
  const listed = lastLine((await cloud("runs", "--json")).stdout).executions as object[];
  expect(listed[0]).toMatchObject({ ...rejected, inUse: true, verdict: "reject", settings: { epochs: 1 } });
  const rolledBack = lastLine(succeeded(await cloud("rollback", "--reason", "worse", "--json")).stdout);
  expect(rolledBack).toMatchObject({
    ...{ generation: 3, action: "rollback", from: forced.version },
    publication: { status: "published" },
    registration: { status: "Approved" },
  });
  expect(first.bundle).toContain(rolledBack.version);
  const share = ["traffic", "set", "--generation", "2", "--weight", "10", "--reason", "once more", "--json"];
  expect(lastLine(succeeded(await cloud(...share)).stdout)).toMatchObject({
    entry: 1,
    arm: { generation: 2, version: forced.version, beside: 3, weight: 10, shadow: false },
    actor: expect.stringMatching(/^traffic-/),
  });
  expect(lastLine(succeeded(await cloud("traffic", "show", "--json")).stdout)).toMatchObject({
    inUse: 3,
    traffic: { answers: true, newest: { entry: 1 } },
  });
  expect(succeeded(await cloud("traffic", "stop", "--reason", "no better")).stdout).toContain(
    "answers alone",
  );
  const policy = join(workplace.folder, "policy.json");
  writeFileSync(policy, JSON.stringify({ schemaVersion: "1.0", labels: {}, otherwise: "flag" }));
  const put = lastLine(succeeded(await cloud("policy", "set", policy, "--json")).stdout);
  expect(put).toMatchObject({ policy: { otherwise: "flag" } });
  expect(lastLine(succeeded(await cloud("policy", "show", "--json")).stdout)).toMatchObject(put);
  expect(await cloud("rollback", "--to", "9", "--reason", "x")).toMatchObject({
    code: 1,
    stderr: "InvalidInput: There is no generation 9: they count from 1 to 3.\n",
  });
});

test("commands about a registered model ask the stack, which names those that there are", {
  timeout: patience,
}, async () => {
  const { executions } = lastLine((await cloud("runs", "--model", "keyphrases", "--json")).stdout);
  expect(executions).toHaveLength(2);
  const kept = await cloud("get", "verdict.json", "--model", "keyphrases");
  expect(JSON.parse(succeeded(kept).stdout)).toMatchObject({ verdict: "reject" });
  for (const line of [["history"], ["runs"], ["rollback", "--reason", "worse"], ["get", "verdict.json"]]) {
    const { code, stderr } = await cloud(...line, "--model", "keyphrase");
    expect([line[0], code]).toEqual([line[0], 1]);
    expect(stderr).toContain("There is no registered model keyphrase. Known are: keyphrases.");
    expect(stderr).toContain("Did you mean --model keyphrases?");
  }
});

test("a bad export fails by the same name and words as on this machine", {
  timeout: patience,
}, async () => {
  const bad = writeBadExport(workplace);
  const home = join(workplace.folder, "home");
  succeeded(await pbp("base-model", "add", "tiny", join(workplace.folder, "tiny-model"), "--home", home));
  const [there, here] = await Promise.all([
    cloud("run", bad, ...settings, "--json"),
    pbp("run", bad, ...settings, "--home", home, "--json"),
  ]);
  expect([there.code, here.code]).toEqual([2, 2]);
  const comparable = ({ execution, seconds, fileSystem, settings, error, ...told }: Summary) => ({
    ...told,
    // The message names the place of the rejects, and so the execution.
    error: error && { ...error, message: error.message.replaceAll(execution, "<execution>") },
    // Each store numbers the versions of an object in its own way.
    settings: { ...settings, export: { ...settings?.export, versionId: null } },
    states: Object.keys(seconds),
  });
  expect(comparable(summaryOf(there.stdout))).toEqual(comparable(summaryOf(here.stdout)));
  expect(summaryOf(there.stdout).error?.name).toBe("InvalidExport");
  expect(there.stdout + there.stderr).not.toMatch(/canary/i);
});

test("resume follows an execution that runs; Ctrl-C stops it, and leaves no job", {
  timeout: patience,
}, async () => {
  const name = "from-the-console";
  const key = `exports/${name}.json`;
  await stack.store.write(key, readFileSync(workplace.base));
  const source = { bucket: stack.outputs.DataBucketName, key };
  const jobs = stack.sagemaker.requests.length;
  await stack.steps.send(
    new StartExecutionCommand({
      stateMachineArn: stack.outputs.LiveAliasArn!,
      name,
      input: JSON.stringify({ source, minSamples: 100, epochs: 100 }),
    }),
  );
  const child = start(["resume", name, "--json"]);
  const outcome = outcomeOf(child);
  const training = vi.waitFor(
    () => expect(stack.sagemaker.requests.slice(jobs).map(({ kind }) => kind)).toContain("Training"),
    { timeout: patience, interval: 50 },
  );
  // The execution may be faster than pbp, which must be there to be interrupted.
  const following = new Promise<void>((resolve) => {
    let said = "";
    child.stderr!.on("data", (text: string) => {
      said += text;
      if (said.includes("  Preprocess")) resolve();
    });
  });
  const early = outcome.then(({ stderr }) => Promise.reject(new Error(`pbp ended by itself: ${stderr}`)));
  early.catch(() => {});
  await Promise.race([Promise.all([training, following]), early]);
  child.kill("SIGINT");
  const { code, stdout, stderr } = await outcome;
  expect(code).toBe(130);
  expect(stderr).toContain("  Preprocess");
  expect(stderr).toContain(
    `Stopped. Continue where it stopped (finished work is kept):\n  pbp resume ${name} --cloud`,
  );
  expect(summaryOf(stdout)).toMatchObject({ status: "ABORTED", verdict: null, generation: null });
  for (const { state, job } of summaryOf(stdout).jobs)
    await stack.sagemaker.ended(state === "Train" ? "Training" : "Processing", job);
  const later = summaryOf((await cloud("show", name, "--json")).stdout);
  expect(later.jobs.find(({ state }) => state === "Train")?.status).toBe("Stopped");
  expect((await cloud("stop", name)).stderr).toContain(`${name} is not running: it is ABORTED`);
  await withoutProcesses(join(workplace.folder, "sagemaker", "jobs"));
});

test("the console shows the stack as pbp does, tells what changes, and acts on it", {
  timeout: patience,
}, async () => {
  const child = start(["console", "--port", "0", "--json"]);
  const outcome = outcomeOf(child);
  const { link } = await new Promise<{ link: string }>((resolve, reject) => {
    child.stdout!.on("data", (text: string) => resolve(JSON.parse(text) as { link: string }));
    outcome.then(({ stderr }) => reject(new Error(`The console has ended: ${stderr}`)));
  });
  const browser = await browse(link);
  const { execution } = first;
  const train = first.jobs.find(({ state }) => state === "Train")!;
  const exported = encodeURIComponent(String(first.settings?.export.key));
  const pages: [path: string, says: string][] = [
    ["/", "Generation"],
    ["/runs", execution],
    [`/runs/${execution}`, "Promoted"],
    [`/runs/${execution}/events`, "ExecutionStarted"],
    // The emulator's jobs write no log to CloudWatch.
    [`/runs/${execution}/jobs/${train.job}/log`, train.job],
    [`/runs/${execution}/files`, "verdict.json"],
    [`/runs/${execution}/errors`, "test documents"],
    ["/models", "keyphrases"],
    ["/models/keyphrases", "rollback"],
    ["/models/keyphrases/1", "000001-"],
    ["/exports", ".json"],
    [`/exports/one?key=${exported}`, execution],
    [`/runs/${execution}/rerun`, "--cloud"],
  ];
  const wrong: unknown[] = [];
  for (const [path, says] of pages) {
    const { status, text } = await browser.look(path);
    if (status !== 200 || !text.toLowerCase().includes(says.toLowerCase())) wrong.push([path, status, says]);
  }
  expect(wrong).toEqual([]);
  const report = await browser.look(`/runs/${execution}/report`);
  expect([report.status, report.text.includes("<svg")]).toEqual([200, true]);
  const twin = await browser.look(`/runs/${execution}.json`);
  expect(JSON.parse(twin.text)).toEqual(
    JSON.parse(JSON.stringify(summaryOf((await cloud("show", execution, "--json")).stdout))),
  );

  // Rerun, follow, stop.
  const fields = async (path: string) => {
    const { text } = await browser.look(path);
    return { formToken: /name="formToken" value="([^"]+)"/.exec(text)![1]!, confirm: "yes" };
  };
  const asked = { ...(await fields(`/runs/${execution}/rerun`)), execution, epochs: "100", reason: "more" };
  const started = await browser.send("/actions/rerun", asked);
  expect(started.status).toBe(303);
  const again = /^\/runs\/([^?]+)\?done=rerun$/.exec(String(started.headers.location))![1]!;
  const compared = await browser.look(`/compare?a=${execution}&b=${again}`);
  expect([compared.status, compared.text.includes("epochs")]).toEqual([200, true]);
  const { hostname, port } = new URL(link);
  let followed = "";
  const ended = new Promise<void>((resolve, reject) =>
    get({ hostname, port, path: `/events?run=${again}`, headers: { cookie: browser.cookie } }, (stream) =>
      stream.setEncoding("utf8").on("data", (text: string) => {
        followed += text;
        if (followed.includes("The run has ended: ABORTED.")) {
          stream.destroy();
          resolve();
        }
      }),
    ).on("error", reject),
  );
  const stop = { ...(await fields(`/runs/${again}/stop`)), execution: again };
  expect((await browser.send("/actions/stop", stop)).headers.location).toBe(`/runs/${again}?done=stop`);
  await ended;
  expect(followed).toMatch(/^event: run$/m);

  // A file that is dropped lies where the stack's rule sees it.
  const { formToken } = await fields("/exports");
  const part = (head: string, body: string) =>
    `--cut\r\nContent-Disposition: form-data; ${head}\r\n\r\n${body}\r\n`;
  const content = readFileSync(workplace.base);
  const dropped = await browser.ask("/actions/upload", {
    method: "POST",
    body: Buffer.concat([
      Buffer.from(
        part('name="formToken"', formToken) +
          '--cut\r\nContent-Disposition: form-data; name="export"; filename="dropped.json"\r\n\r\n',
      ),
      content,
      Buffer.from("\r\n--cut--\r\n"),
    ]),
    headers: {
      cookie: browser.cookie,
      origin: `http://${browser.host}`,
      "content-type": "multipart/form-data; boundary=cut",
    },
  });
  expect([dropped.status, dropped.headers.location]).toEqual([303, "/exports?done=upload"]);
  expect(await stack.store.head("incoming/dropped.json")).toMatchObject({
    sizeBytes: content.length,
  });

  child.kill("SIGINT");
  const { code, stderr } = await outcome;
  expect(stderr).not.toMatch(/Error| {4}at /);
  expect(code).toBe(0);
});

test.each([
  ["there is no such stack", {}, ["--stack", "Missing"], "NoStack: There is no stack Missing in us-east-1."],
  ["there is no such execution", {}, [], 'ExecutionDoesNotExist: There is no execution "absent"'],
  ["there is no region", { AWS_REGION: undefined }, [], "NoRegion: No AWS region is set. Set AWS_REGION"],
  [
    "there are no credentials",
    { AWS_ACCESS_KEY_ID: undefined, AWS_EC2_METADATA_DISABLED: "true" },
    [],
    "NoCredentials: AWS takes no credentials from here",
  ],
  [
    "nothing answers",
    { AWS_ENDPOINT_URL: "http://127.0.0.1:1", AWS_MAX_ATTEMPTS: "1" },
    [],
    "NoConnection: AWS cannot be reached (ECONNREFUSED)",
  ],
])("when %s, that is said with its remedy, and nothing else", async (_, change, options, message) => {
  const environment = { ...stack.environment, HOME: workplace.folder, ...change };
  const child = startPbp(["show", "absent", "--cloud", ...options], { env: environment });
  const { code, stdout, stderr } = await outcomeOf(child);
  expect(stderr).toContain(message);
  expect(stderr.trimEnd().split("\n")).toHaveLength(1);
  expect(stderr).not.toContain(stack.environment.AWS_SECRET_ACCESS_KEY!);
  expect(stdout).toBe("");
  expect(code).toBe(1);
});

// The pipeline as the CDK deploys it, on an emulator of AWS that nobody here wrote, beside the local engine: the same
// exports must come to the same ends.
import { cpSync, mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { StartExecutionCommand } from "@aws-sdk/client-sfn";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { trialOfJob } from "../../pipeline/job-names.ts";
import { addBaseModel } from "../../pipeline/local/base-models.ts";
import { storeExport } from "../../pipeline/local/events/exports.ts";
import { localInstallation } from "../../pipeline/local/installation.ts";
import { openPipeline, type Pipeline } from "../../pipeline/local/pipeline.ts";
import type { PromotionRecord, RunReceipt } from "../../schemas/types.ts";
import { planDeployment } from "../../scripts/deploy.ts";
import { definition } from "../../states/definition.ts";
import { executionName } from "../../tasks/start-execution/name.ts";
import { readJson } from "../../tasks/store/store.ts";
import { writeTinyModel } from "../e2e/tiny-model.ts";
import { added } from "./definition.ts";
import { endOf, statesEntered } from "./executions.ts";
import { shortClasses, shortNotes } from "./short-notes.ts";
import { type EmulatedStack, invoke, overUrl, python, startEmulatedStack, upload } from "./stack.ts";
import { dashboardRole, metricMath, unknownTypes } from "./template.ts";

// Two engines and six Python processes: half a minute on an idle machine, minutes on a busy one.
const patience = 600_000;
const notes = shortNotes(1020);

// Ends what still waits when a test ran out of patience.
const afterwards = new AbortController();
let folder = "";
let stack: EmulatedStack;
let local: Pipeline;
let firstExecution = "";
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "pbp-emulator-"));
  const model = join(folder, "tiny-model");
  writeTinyModel(
    model,
    notes.records.map(({ text }) => text),
  );
  [stack, local] = await Promise.all([
    startEmulatedStack(folder, { baseModel: "tiny" }),
    openPipeline(join(folder, "home")),
  ]);
  const source = { folder: model, learningRate: "0.01" };
  for (const store of [stack.store, local.store])
    await addBaseModel({ store, name: "tiny", source, temporary: join(folder, "tmp"), python });
}, patience);
afterAll(async () => {
  afterwards.abort();
  await stack?.stop();
  rmSync(folder, { recursive: true, force: true });
});

type Output = {
  verdict: string;
  promotion: { generation: number; version: string } | null;
  jobs: { state: string; instanceType: string }[];
  receiptKey: string;
  [field: string]: unknown;
};

const executionArn = (name: string) =>
  `${stack.outputs.StateMachineArn!.replace(":stateMachine:", ":execution:")}:${name}`;

/** Uploads an export, which starts an execution by itself, and waits for its end. */
async function arrive(file: string, key: string) {
  // The emulator's event names no version, in which case the digest has to do.
  const { etag: version } = await upload(stack, key, file);
  const name = executionName({ bucket: stack.outputs.DataBucketName!, key, version });
  const ended = await endOf(stack.steps, executionArn(name));
  return { name, ended, states: await statesEntered(stack.steps, executionArn(name)) };
}

/** The same export on the local engine. */
async function runLocally(file: string, name: string, settings: object = {}) {
  const source = { bucket: local.bucket, key: await storeExport(local.store, file) };
  const { result } = await local.start(name, { source, baseModel: "tiny", ...settings });
  const ended = await result;
  // The emulator's history has nothing of what goes on inside branches.
  const states = ended.states.map((visit) => visit.name).filter((state) => state in definition.States);
  return { ended, states };
}

const withoutAdded = (states: string[]) => states.filter((state) => !state.endsWith(added));
/** An output without names, places and times, which are each engine's own, and without what only AWS has. */
const comparable = ({
  jobs,
  execution,
  verdictKey,
  receiptKey,
  publication,
  registration,
  ...output
}: Output) => ({
  ...output,
  jobs: jobs.map(({ state }) => state),
});

/** Waits for what an event brings about; the test's own patience ends it. */
async function until(isThere: () => Promise<boolean>): Promise<void> {
  const { signal } = afterwards;
  while (!(await isThere())) await wait(25, undefined, { signal });
}

const etagOf = async (key: string) => (await stack.store.head(key))?.etag;

function write(name: string, content: object): string {
  const file = join(folder, name);
  writeFileSync(file, JSON.stringify(content));
  return file;
}

test("the emulator's CloudFormation makes the CDK's stack, but for what the page lists", () => {
  const types = [...unknownTypes, metricMath].sort();
  expect([...new Set(Object.values(stack.leftOut))].sort()).toEqual(types);
  const page = readFileSync(new URL("../../docs/independent-engines.md", import.meta.url), "utf8");
  expect(types.filter((type) => !page.includes(`\`${type}\``))).toEqual([]);
});

test("npm run deploy sees that the stack stands, and that its images are not there", async () => {
  for (const [name, value] of Object.entries(stack.environment)) vi.stubEnv(name, value);
  expect(await planDeployment([], {})).toMatchObject({
    isFirst: false,
    cdkArguments: ["deploy"],
    notice: expect.stringContaining(
      "No image with the tag initial in predictivebilling/functions, predictivebilling/embed",
    ),
  });
  expect(await planDeployment(["--image-tag", "abc"], {})).toEqual({
    refusal: expect.stringContaining("The images in use are initial."),
  });
  expect(await planDeployment([], { stackName: "Another" })).toMatchObject({ isFirst: true });
  vi.unstubAllEnvs();
});

test("an upload becomes an event, an execution and a promoted model, as on the local engine", {
  timeout: patience,
}, async () => {
  const file = write("notes.json", notes);
  const [there, here] = await Promise.all([arrive(file, "incoming/notes.json"), runLocally(file, "notes")]);
  firstExecution = there.name;
  expect(there.ended).toMatchObject({ status: "SUCCEEDED" });
  const output = JSON.parse(there.ended.output!) as Output;
  expect(output).toMatchObject({ execution: there.name, verdict: "promote", promotion: { generation: 1 } });
  // Verdict, reasons, metrics, embeddings, and the promoted version, whose name is the digest of all its files.
  expect(comparable(output)).toEqual(comparable(here.ended.output as Output));
  expect(withoutAdded(there.states)).toEqual(here.states);

  expect(stack.sagemaker.requests.map(({ kind, body }) => body[`${kind}JobName`]).sort()).toEqual([
    expect.stringMatching(/^predictivebilling-embed-/),
    expect.stringMatching(/^predictivebilling-evaluate-/),
    expect.stringMatching(/^predictivebilling-train-/),
  ]);
  expect(readlinkSync(join(stack.models, "current"))).toBe(`versions/${output.promotion!.version}`);
  expect(await readJson(stack.store, output.receiptKey)).toMatchObject({ execution: there.name });
  await until(async () => (await stack.notices()).length > 0);
  const [notice] = await stack.notices();
  expect(notice?.Subject).toContain("Promoted: generation 1");
  // Its endpoint and the Model Registry have it; on one machine there are neither.
  const endpoint = "predictivebilling-keyphrases";
  expect(output.publication).toMatchObject({ status: "published", endpoint });
  expect(output.registration).toMatchObject({ status: "Approved" });
  expect(notice?.Message).toContain(`The endpoint ${endpoint} takes up generation 1`);
  expect(((here.ended.output as Output).publication as { status: string }).status).toBe("none");
  expect(await readJson(stack.store, output.receiptKey)).toMatchObject({
    publication: output.publication,
    registration: output.registration,
  });
  stack.sagemaker.endpoints.settle(endpoint);
});

/** The same with white space behind it: more than a megabyte, which is for a job to prepare. */
const padded = (content: object) => JSON.stringify(content) + " ".repeat(1e6);

test("the same again, larger and with other epochs, is prepared by a job, moves to another instance, meets the champion and is rejected", {
  timeout: patience,
}, async () => {
  const before = stack.sagemaker.requests.length;
  const larger = await stack.store.write("exports/larger.json", padded(notes));
  expect(larger.sizeBytes).toBeGreaterThan(1e6);
  const [first] = trainInstances(stack.sagemaker.requests);
  stack.sagemaker.withoutCapacity.add(first!);
  const input = {
    source: { bucket: stack.outputs.DataBucketName!, key: larger.key },
    epochs: 1,
    reason: "other epochs",
  };
  const started = await stack.steps.send(
    new StartExecutionCommand({
      stateMachineArn: stack.outputs.LiveAliasArn,
      name: "again",
      input: JSON.stringify(input),
    }),
  );
  const ended = await endOf(stack.steps, started.executionArn!);
  const output = JSON.parse(ended.output!) as Output;
  expect(output).toMatchObject({ verdict: "reject", promotion: null, embeddings: { embedded: 0 } });
  const instances = trainInstances(stack.sagemaker.requests.slice(before));
  expect(instances[0]).toBe(first);
  expect(instances).toHaveLength(2);
  expect(instances[1]).not.toBe(first);
  const states = withoutAdded(await statesEntered(stack.steps, started.executionArn!));
  expect(states.slice(0, 5)).toEqual([
    ...["ValidateInput", "PreprocessHost", "PreprocessJob"],
    ...["PreprocessAnswer", "CheckKind"],
  ]);
  expect(states).not.toContain("Promote");
  expect(states.at(-1)).toBe("Rejected");
  expect(output.jobs.map(({ state }) => state)).toEqual(["PreprocessJob", "Embed", "Train", "Evaluate"]);
  // What the job wrote is what the function wrote of the same notes.
  for (const file of ["train", "test", "validation", "notes", "facets"])
    expect(await etagOf(`runs/again/dataset/${file}.jsonl`), file).toBe(
      await etagOf(`runs/${firstExecution}/dataset/${file}.jsonl`),
    );
});

test("an export of classes is three training jobs, of which both engines promote the same one once it is approved", {
  timeout: patience,
}, async () => {
  const before = stack.sagemaker.requests.length;
  const file = write("classes.json", shortClasses(1020));
  const key = "exports/classes.json";
  await stack.store.write(key, readFileSync(file));
  const settings = { model: "procedures", epochs: 1, gate: { approval: "required" } };
  const started = await stack.steps.send(
    new StartExecutionCommand({
      stateMachineArn: stack.outputs.LiveAliasArn,
      name: "three-trials",
      input: JSON.stringify({ source: { bucket: stack.outputs.DataBucketName!, key }, ...settings }),
    }),
  );
  const [there, here] = await Promise.all([
    endOf(stack.steps, started.executionArn!),
    runLocally(file, "three-trials", settings),
  ]);
  expect(there, there.cause).toMatchObject({ status: "SUCCEEDED" });
  const output = JSON.parse(there.output!) as Output;
  const mine = here.ended.output as Output;
  expect(comparable(output)).toEqual(comparable(mine));
  expect(output).toMatchObject({ verdict: "promote", promotion: null });
  const states = withoutAdded(await statesEntered(stack.steps, started.executionArn!));
  expect(states).toEqual(here.states);
  expect(states.slice(-6)).toEqual([
    "ApprovalAsked",
    "Register",
    "Notify",
    "Announce",
    "Outcome",
    "AwaitingApproval",
  ]);
  await until(async () =>
    (await stack.notices()).some(
      ({ Subject }) => Subject === "Awaiting approval for procedures: three-trials",
    ),
  );
  const decision = { execution: "three-trials", reason: "read 50 notes" };
  const asked = await stack.steps.send(
    new StartExecutionCommand({
      stateMachineArn: stack.outputs.ModelsStateMachineArn,
      name: "approve-jdoe-1",
      input: JSON.stringify({ action: "approve", by: "jdoe", ...decision }),
    }),
  );
  const approved = await endOf(stack.steps, asked.executionArn!);
  expect(approved.status, approved.cause).toBe("SUCCEEDED");
  const { promotion } = JSON.parse(approved.output!) as { promotion: PromotionRecord };
  // What became of it later is in the receipt of the run, which had ended before.
  expect(await readJson(stack.store, output.receiptKey)).toMatchObject({
    generation: 1,
    approval: { decision: { decision: "approved", by: "jdoe" } },
    publication: { status: "published", endpoint: "predictivebilling-procedures" },
    registration: { status: "Approved" },
  });
  expect(promotion).toMatchObject({
    ...{ generation: 1, model: "procedures", approvedBy: "jdoe", startedBy: null, reason: "read 50 notes" },
    actor: "approve-jdoe-1",
  });
  const record = await localInstallation(local).approve(decision);
  // The same bundle, byte for byte.
  expect(record).toMatchObject({ generation: 1, version: promotion.version });
  expect(output.jobs.map(({ state }) => state)).toEqual(["Embed", "Train", "Train", "Train", "Evaluate"]);
  const trained = stack.sagemaker.requests.slice(before).filter(({ kind }) => kind === "Training");
  const tries = trained.map(({ body }) => [
    trialOfJob(String(body.TrainingJobName)),
    (body.HyperParameters as Record<string, string>).algorithm,
  ]);
  // Of the first GPU there is none since the test before: each trial goes down its own list, and linear has another one.
  const down = (trial: number, algorithm: string) => [
    [trial, algorithm],
    [trial, algorithm],
  ];
  expect(tries).toEqual([[0, "linear"], ...down(1, "frozen"), ...down(2, "transformer")]);
  const receipts = await Promise.all([
    readJson(stack.store, output.receiptKey),
    readJson(local.store, mine.receiptKey),
  ]);
  const [theirs, ours] = receipts.map((receipt) =>
    (receipt as RunReceipt).trials!.map(({ job: _, ...trial }) => trial),
  );
  expect(theirs).toEqual(ours);
  for (const { score, standardError } of theirs!)
    expect([typeof score, typeof standardError]).toEqual(["number", "number"]);
});

test("a bad export fails by the same name, and its receipt and notice come by the failure's own event", {
  timeout: patience,
}, async () => {
  const records = notes.records.map((record) => ({
    ...record,
    keyphrases: [{ ...record.keyphrases![0], end: 1 }],
  }));
  const file = write("bad.json", { ...notes, records });
  const larger = join(folder, "larger.json");
  writeFileSync(larger, padded({ ...notes, records }));
  // There a job prepares it, here the function does.
  const [there, here] = await Promise.all([arrive(larger, "incoming/bad.json"), runLocally(file, "bad")]);
  expect(here.ended).toMatchObject({ status: "FAILED", error: "InvalidExport" });
  expect(there.ended).toMatchObject({ status: "FAILED", error: "InvalidExport" });
  expect(here.states).toEqual(["ValidateInput", "PreprocessHost", "Preprocess"]);
  expect(there.states.slice(-2)).toEqual(["PreprocessJob", "PreprocessJobFailed"]);
  const sentence = ({ cause }: { cause?: string | null }) =>
    JSON.parse(cause!).errorMessage.replace(/runs\/[^/]+/, "");
  expect(sentence(there.ended)).toBe(sentence(here.ended));
  const receipt = `runs/${there.name}/receipt.json`;
  await until(async () => (await stack.store.head(receipt)) !== null);
  expect(await readJson(stack.store, receipt)).toMatchObject({
    status: "FAILED",
    error: { name: "InvalidExport" },
  });
  // What people get: what happened, and what to type.
  const told = async () =>
    (await stack.notices()).filter(({ Subject }) => Subject === `InvalidExport: ${there.name} failed`);
  await until(async () => (await told()).length > 0);
  expect(await told()).toEqual([
    expect.objectContaining({
      Message: expect.stringContaining("pbp validate <export>, then: pbp run <export> --cloud"),
    }),
  ]);
});

test("an upload to a model's folder is for that model, and another kind than its champion's is refused before a job", {
  timeout: patience,
}, async () => {
  registerAs("specialty", "multi-label");
  const before = stack.sagemaker.requests.length;
  const { name, ended, states } = await arrive(write("notes.json", notes), "incoming/specialty/notes.json");
  expect(ended).toMatchObject({ status: "FAILED", error: "KindMismatch" });
  expect(states).toEqual(["ValidateInput", "PreprocessHost", "Preprocess", "CheckKind"]);
  expect(stack.sagemaker.requests).toHaveLength(before);
  const told = async () =>
    (await stack.notices()).filter(({ Subject }) => Subject === `KindMismatch for specialty: ${name} failed`);
  await until(async () => (await told()).length > 0);
});

test("a selection of the dashboard's server becomes an upload and an execution; nobody else may send one", {
  timeout: patience,
}, async () => {
  const { ReceiveExportUrl: url } = stack.outputs;
  const body = JSON.stringify({ ...notes, exportId: "selection-1" });
  // The emulator's URL does not say who calls: then nobody does who may.
  const refused = await overUrl(stack, url!, "/selections", { method: "POST", body });
  expect([refused.status, await refused.json()]).toEqual([
    403,
    expect.objectContaining({ title: "WrongCaller" }),
  ]);
  const ask = async (method: string, rawPath: string, more: object = {}) => {
    const iam = {
      userArn: `${dashboardRole.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/")}/server-1`,
    };
    const requestContext = { http: { method, path: rawPath }, authorizer: { iam } };
    const { statusCode, body: told } = (await invoke(stack, "receive-export", {
      ...{ version: "2.0", rawPath, rawQueryString: "", requestContext, isBase64Encoded: false, ...more },
    })) as { statusCode: number; body: string };
    return { ...(JSON.parse(told) as { key?: string }), statusCode };
  };
  // Of another kind than the champion of that name, so that no job is waited for.
  registerAs("selected", "multi-label");
  const sent = { body, queryStringParameters: { model: "selected" } };
  const accepted = await ask("POST", "/selections", sent);
  expect(accepted).toMatchObject({ statusCode: 201, selectionId: "selection-1" });
  expect(await ask("POST", "/selections", sent)).toEqual({ ...accepted, statusCode: 200 });
  const key = accepted.key!;
  expect(key).toMatch(/^incoming\/selected\/selection-1-/);
  // Its role lets it write there, and the event starts an execution for that model.
  const { etag: version, versionId } = (await stack.store.head(key))!;
  const bucket = stack.outputs.DataBucketName!;
  const ended = await endOf(stack.steps, executionArn(executionName({ bucket, key, version })));
  expect(ended).toMatchObject({ status: "FAILED", error: "KindMismatch" });
  // It looks for the execution of the version, which the emulator's event does not name.
  expect(await ask("GET", "/selections/selection-1")).toMatchObject({
    ...{ statusCode: 200, status: "waiting" },
    execution: executionName({ bucket, key, version: versionId }),
  });
});

test("an upload to a folder that can be no model's is told, not ignored", { timeout: patience }, async () => {
  const { name, ended } = await arrive(write("notes.json", notes), "incoming/July 2026/notes.json");
  expect(ended).toMatchObject({ status: "FAILED", error: "InvalidInput" });
  expect(ended.cause).toContain("/model must be a name of at most 40 lower-case letters");
  await until(async () => (await stack.notices()).some(({ Subject }) => Subject?.includes(name)));
});

/** The default model's champion, once more under another name and as of another kind. */
function registerAs(model: string, kind: string): void {
  const folder = join(stack.models, "registered", model);
  for (const part of ["history", "versions", "staging", "current"])
    cpSync(join(stack.models, part), join(folder, part), { recursive: true, verbatimSymlinks: true });
  const change = (file: string, fields: object) =>
    writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, "utf8")), ...fields }));
  change(join(folder, "history/000001.json"), { model });
  change(join(folder, "current/manifest.json"), { kind });
}

test("a function reaches what its role names, and nothing else", async () => {
  // Readable for the test, which is the root user, and in no role: exports lie below incoming/ and exports/.
  await stack.store.copy("incoming/notes.json", "elsewhere/notes.json");
  const source = { bucket: stack.outputs.DataBucketName!, key: "elsewhere/notes.json" };
  const started = await stack.steps.send(
    new StartExecutionCommand({
      stateMachineArn: stack.outputs.LiveAliasArn,
      input: JSON.stringify({ source }),
    }),
  );
  const ended = await endOf(stack.steps, started.executionArn!);
  expect(ended).toMatchObject({ status: "FAILED", error: "TaskFailed" });
  expect(await statesEntered(stack.steps, started.executionArn!)).toEqual(["ValidateInput"]);
});

test("operators list the generations through their own machine", async () => {
  const started = await stack.steps.send(
    new StartExecutionCommand({
      stateMachineArn: stack.outputs.ModelsStateMachineArn,
      input: JSON.stringify({ action: "history" }),
    }),
  );
  const ended = await endOf(stack.steps, started.executionArn!);
  expect(ended.status, ended.cause).toBe("SUCCEEDED");
  expect(ended.output).toContain('"generation": 1');
  const asked = await stack.steps.send(
    new StartExecutionCommand({
      stateMachineArn: stack.outputs.ModelsStateMachineArn,
      input: JSON.stringify({ action: "history", model: "specialty" }),
    }),
  );
  const { output } = await endOf(stack.steps, asked.executionArn!);
  expect(JSON.parse(output!)).toMatchObject({
    models: ["keyphrases", "procedures", "selected", "specialty"],
    generations: [{ generation: 1, model: "specialty" }],
  });
});

/** The instance of each training job, `spot` added where it was to be on the spot market. */
function trainInstances(requests: EmulatedStack["sagemaker"]["requests"]): string[] {
  return requests
    .filter(({ kind }) => kind === "Training")
    .map(({ body }) => {
      const { InstanceType } = body.ResourceConfig as { InstanceType: string };
      return `${InstanceType}${body.EnableManagedSpotTraining ? " spot" : ""}`;
    });
}

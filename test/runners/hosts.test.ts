// Preprocess on either of its hosts: a function, and a job with the same bundle for what no function has room for. The
// job is the image's real entry point, started as SageMaker's other jobs are.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { afterAll, expect, test } from "vitest";
import { TaskError, type TaskRunner } from "../../pipeline/local/engine/task-runner.ts";
import { openPipeline, type Pipeline } from "../../pipeline/local/pipeline.ts";
import { below } from "../../schemas/bucket.ts";
import { shortClasses, shortNotes } from "../emulator/short-notes.ts";
import { addBaseModel } from "../tasks/deployment.ts";

const folder = mkdtempSync(join(tmpdir(), "pbp-hosts-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const lambda = "arn:aws:states:::lambda:invoke";
const processing = "arn:aws:states:::sagemaker:createProcessingJob.sync";
/** Ends an execution behind Preprocess, under a name that nothing else here has. */
const endsThere =
  (invoke: TaskRunner): TaskRunner =>
  async (args, context) => {
    if (context.stateName === "CheckKind") throw new TaskError("ChampionUnreadable", "{}");
    return invoke(args, context);
  };

let jobs: (job: TaskRunner) => TaskRunner = (job) => job;

/** The pipeline in which exports above so many megabytes are prepared by a job. All in one home: it loads Python once. */
async function preparing(aboveMegabytes: string): Promise<Pipeline> {
  const pipeline = await openPipeline(
    folder,
    (tasks) => ({ ...tasks, [lambda]: endsThere(tasks[lambda]!), [processing]: jobs(tasks[processing]!) }),
    { PreprocessJobAboveMegabytes: aboveMegabytes },
  );
  await addBaseModel(pipeline.store, "minilm");
  return pipeline;
}

async function start(name: string, aboveMegabytes: string, content: string | Buffer, more: object = {}) {
  const pipeline = await preparing(aboveMegabytes);
  const { key } = await pipeline.store.write("incoming/export.json", content);
  const source = { bucket: pipeline.bucket, key };
  const { result } = await pipeline.start(name, { source, baseModel: "minilm", ...more });
  return result;
}

/** One export through both hosts. */
async function both(name: string, content: string | Buffer, more: object = {}) {
  return {
    theirs: await start(`${name}-function`, "2000", content, more),
    ours: await start(`${name}-job`, "0", content, more),
  };
}

const statesOf = ({ states }: { states: { name: string }[] }) => states.map(({ name }) => name);

/** What the following states and the operator get: the result, and every file but the host's own. */
async function made({ name, states }: { name: string; states: { name: string; output?: unknown }[] }) {
  const { store } = await preparing("0");
  const answer = states.find((state) => ["Preprocess", "PreprocessAnswer"].includes(state.name));
  const nameless = (value: string) => value.replaceAll(name, "<execution>");
  const files: Record<string, string> = {};
  for await (const { key } of store.list(below("runs", name, "dataset")))
    files[nameless(key)] = nameless(await text(await store.read(key)));
  return { result: nameless(JSON.stringify(answer?.output ?? null)), files };
}

const inFunction = ["ValidateInput", "PreprocessHost", "Preprocess"];
const inJob = ["ValidateInput", "PreprocessHost", "PreprocessJob"];

test.each([
  ["keyphrases", JSON.stringify(shortNotes(300))],
  ["classes", gzipSync(JSON.stringify(shortClasses(300)))],
])("%s: both hosts give the same result and the same files, byte for byte", async (name, content) => {
  const { theirs, ours } = await both(name, content, { minSamples: 100 });
  expect([theirs.error, ours.error]).toEqual(["ChampionUnreadable", "ChampionUnreadable"]);
  expect(statesOf(theirs)).toEqual([...inFunction, "CheckKind"]);
  expect(statesOf(ours)).toEqual([...inJob, "PreprocessAnswer", "CheckKind"]);
  const expected = await made(theirs);
  expect(Object.keys(expected.files).length).toBeGreaterThan(6);
  expect(await made(ours)).toEqual(expected);
});

test.each([
  ["cut-off", '{"schemaVersion": "1.0", "records": ['],
  ["too-few", JSON.stringify(shortNotes(3))],
])(
  "an export, %s, is refused by both hosts under the same name, in the same words",
  async (name, content) => {
    const { theirs, ours } = await both(name, content);
    expect([statesOf(theirs), statesOf(ours)]).toEqual([inFunction, [...inJob, "PreprocessJobFailed"]]);
    const said = ({ error, cause }: typeof theirs) => [error, JSON.parse(cause!).errorMessage];
    expect(said(ours)).toEqual(said(theirs));
    expect(await made(ours)).toEqual(await made(theirs));
  },
);

test("a job that is stopped fails under its own name, and after a resume another one does the work", async () => {
  let stops = 1;
  jobs = (job) => async (args, context) => {
    const stopping = new AbortController();
    const onProgress: typeof context.onProgress = (progress) => {
      if (progress.step === "starting" && stops-- > 0) stopping.abort();
      context.onProgress(progress);
    };
    const signal = AbortSignal.any([context.signal, stopping.signal]);
    return job(args, { ...context, signal, onProgress }).catch((error) => {
      if (!stopping.signal.aborted) throw error;
      // As the runner tells a job that somebody stopped; here its own signal says who, and it tells nobody.
      throw new TaskError("States.TaskFailed", JSON.stringify({ ProcessingJobStatus: "Stopped" }));
    });
  };
  const content = JSON.stringify(shortNotes(300));
  const { theirs, ours } = await both("stopped", content, { minSamples: 100 });
  expect([ours.error, statesOf(ours).at(-1)]).toEqual(["PreprocessFailed", "PreprocessJobFailed"]);
  expect(ours.cause).toContain("stopped before it was finished");
  const resumed = await (await preparing("0")).resume(ours.name);
  const after = ["PreprocessJob", "PreprocessAnswer", "CheckKind"];
  expect(statesOf(resumed).slice(-3)).toEqual(after);
  expect(await made(resumed)).toEqual(await made(theirs));
});

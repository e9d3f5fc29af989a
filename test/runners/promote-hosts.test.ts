// Promote on either of its hosts: a function, and a Fargate task with the same bundle for what no function has time for.
// The task is the image's real program, started as ECS starts it. What comes before is told; what comes after is real.
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout } from "node:timers/promises";
import { afterAll, expect, test } from "vitest";
import type { TaskContext, TaskRunner } from "../../pipeline/local/engine/task-runner.ts";
import { fargateRunner } from "../../pipeline/local/jobs/fargate.ts";
import { bucket, openPipeline, type Pipeline } from "../../pipeline/local/pipeline.ts";
import { below, promoteEventKey } from "../../schemas/bucket.ts";
import type { Champion } from "../../schemas/types.ts";
import { currentChampion } from "../../tasks/models/champion.ts";
import { layout } from "../../tasks/models/layout.ts";
import type { Promotion } from "../../tasks/promote/promotion.ts";
import { type ObjectStore, writeJson } from "../../tasks/store/store.ts";
import { trained } from "../promote/execution.ts";

const root = mkdtempSync(join(tmpdir(), "pbp-promote-hosts-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const integration = (name: string) => `arn:aws:states:::${name}`;
const completed = (kind: string) => (request: object) => ({
  ...request,
  [`${kind}JobStatus`]: "Completed",
  FinalMetricDataList: [
    { MetricName: "validation:score", Value: 0.9 },
    { MetricName: "validation:error", Value: 0.01 },
  ],
  ModelArtifacts: { S3ModelArtifacts: `s3://${bucket}/model.tar.gz` },
});

type Host = "function" | "task";
/** What happens to a run on its way. */
type Changes = {
  /** Its registered model, by which runs in one home are apart; its own name if nothing is said. */
  model?: string;
  embeddings?: Record<string, Buffer>;
  /** It reads the champion before the one in use was promoted. */
  isLate?: true;
  change?: (promotion: Promotion, store: ObjectStore) => Promise<unknown>;
  task?: (run: TaskRunner, at: Pipeline) => TaskRunner;
};

/** By the execution's name: what its states before PromoteHost answer, and what happens to its task. */
const told = new Map<string, Record<string, (payload: never) => unknown>>();
const tasksOf = new Map<string, Changes["task"]>();

/** One for each host: an engine loads Python once for a home. */
async function open(host: Host): Promise<Pipeline> {
  const pipeline: Pipeline = await openPipeline(
    mkdtempSync(join(root, `${host}-`)),
    (tasks) => ({
      ...tasks,
      [integration("lambda:invoke")]: async (args, context) => {
        const answer = told.get(`${host} ${context.executionName}`)?.[context.stateName];
        if (!answer) return tasks[integration("lambda:invoke")]!(args, context);
        return { Payload: await answer((args as { Payload: never }).Payload) };
      },
      [integration("sagemaker:createTrainingJob.sync")]: async (args) =>
        completed("Training")(args as object),
      [integration("sagemaker:createProcessingJob.sync")]: async (args) =>
        completed("Processing")(args as object),
      [integration("ecs:runTask.sync")]: (args, context) => {
        const run = tasks[integration("ecs:runTask.sync")]!;
        return (tasksOf.get(context.executionName)?.(run, pipeline) ?? run)(args, context);
      },
    }),
    { PromoteTaskAboveMegabytes: host === "task" ? "0" : "30000" },
  );
  return pipeline;
}
const homes = { function: await open("function"), task: await open("task") };

/** A run that begins, as it were, at ReadChampion. */
async function prepare(host: Host, name: string, changes: Changes) {
  const { model = name, embeddings = {}, isLate, change, task } = changes;
  const pipeline = homes[host];
  const { store } = pipeline;
  const promotion = await trained(store, name, null, { embeddings, model });
  // Told in the manifest, and before anything that any home promotes.
  promotion.run.startedAt = "2026-01-01T00:00:00.000Z";
  tasksOf.set(name, task);
  let asked = 0;
  told.set(`${host} ${name}`, {
    ValidateInput: () => promotion.run,
    Preprocess: () => promotion.dataset,
    CheckKind: () => ({ champion: null }),
    CheckArtifacts: () => promotion.artifacts,
    ReadChampion: async () => ({
      champion: isLate && asked++ === 0 ? null : await currentChampion(pipeline.home.models, model),
    }),
    // As the gate leaves it: test/gate/quality-gate.test.ts.
    QualityGate: async ({ champion }: { champion: Champion | null }) => {
      const verdictKey = `${promotion.run.prefix}verdict.json`;
      await writeJson(store, verdictKey, {
        ...promotion.evidence,
        challengerSha256: promotion.artifacts.model.sha256,
        championGeneration: champion?.generation ?? null,
      });
      const { run, dataset, artifacts } = promotion;
      const event = { run, dataset, artifacts, champion, verdict: { verdictKey } };
      await writeJson(store, promoteEventKey(name), event);
      const { metrics, counts, verdict } = promotion.evidence;
      return { verdict, verdictKey, metrics, counts, reasons: ["better"], findings: [] };
    },
  });
  await change?.(promotion, store);
  const start = async () => {
    const { result } = await pipeline.start(name, { source: { bucket, key: "incoming/export.json" } });
    return result;
  };
  return { pipeline, name, start, at: layout(pipeline.home.models, model) };
}

type Prepared = Awaited<ReturnType<typeof prepare>>;
type Ended = Awaited<ReturnType<Prepared["start"]>>;

/** One run on both hosts. */
async function both(name: string, changes: Changes = {}) {
  const [theirs, ours] = [await prepare("function", name, changes), await prepare("task", name, changes)];
  const [byFunction, byTask] = await Promise.all([theirs.start(), ours.start()]);
  return { theirs: { ...theirs, ended: byFunction }, ours: { ...ours, ended: byTask } };
}

const statesOf = ({ states }: Ended) =>
  states.map(({ name }) => name).filter((name) => /^(Promote|ReadChampion|Publish)(?!d)/.test(name));
const byFunction = ["ReadChampion", "PromoteHost", "Promote"];
const byTask = ["ReadChampion", "PromoteHost", "PromoteTask"];

/** Times are a host's own. */
const timeless = (text: string) =>
  text.replace(/"\d{4}-\d\d-\d\dT[\d:.]+Z"/g, '"<time>"').replace(/"endedAt": \d+/g, "");

/** Every file of the model's folder, where its pointer leads, what the bucket keeps, and the receipt. */
async function made({ pipeline: { store }, at, name }: Prepared) {
  const files: Record<string, string> = {};
  for (const entry of readdirSync(at.models, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile()) files[relative(at.models, path)] = timeless(readFileSync(path, "latin1"));
    if (entry.isSymbolicLink()) files[relative(at.models, path)] = `→ ${readlinkSync(path)}`;
  }
  const kept: Record<string, string> = {};
  for await (const { key } of store.list(below("champions")))
    if (key.includes(`/${name}/`)) kept[key] = timeless(await text(await store.read(key)));
  const receiptKey = `${below("runs", name)}receipt.json`;
  const receipt = (await store.head(receiptKey)) && timeless(await text(await store.read(receiptKey)));
  return { files, kept, receipt };
}

test("both hosts promote the same bundle, byte for byte, and the run ends alike", async () => {
  const { theirs, ours } = await both("same");
  for (const { ended } of [theirs, ours]) expect(ended.status, ended.cause ?? "").toBe("SUCCEEDED");
  expect(statesOf(theirs.ended)).toEqual([...byFunction, "Publish"]);
  expect(statesOf(ours.ended)).toEqual([...byTask, "PromoteAnswer", "PromoteEnded", "Publish"]);
  expect(ours.ended.output).toEqual(theirs.ended.output);
  const expected = await made(theirs);
  expect(Object.keys(expected.files).length).toBeGreaterThan(10);
  expect(Object.keys(expected.kept).length).toBeGreaterThan(2);
  expect(expected.receipt).toContain('"generation": 1');
  expect(await made(ours)).toEqual(expected);
});

test("a bundle that is not what was checked is refused by both in the same words, and nothing is in use", async () => {
  const { theirs, ours } = await both("refused", {
    change: ({ artifacts }, store) =>
      store.write(`${artifacts.embeddings.prefix}embeddings.sav`, "changed since"),
  });
  expect(statesOf(theirs.ended)).toEqual(byFunction);
  expect(statesOf(ours.ended)).toEqual([...byTask, "PromoteAnswer", "PromoteEnded", "PromoteTaskFailed"]);
  const said = ({ ended: { error, cause } }: typeof ours) => [error, JSON.parse(cause!).errorMessage];
  expect(said(ours)).toEqual(said(theirs));
  expect(said(ours)).toEqual([
    "PromotionFailed",
    "Not promoted: embeddings.sav changed since CheckArtifacts.",
  ]);
  expect(await made(ours)).toEqual(await made(theirs));
});

test("who lost the race is compared with the new champion, on either host", async () => {
  await both("first", { model: "raced" });
  const { theirs, ours } = await both("late", { model: "raced", isLate: true });
  const lost = ["PromoteAnswer", "PromoteEnded", "PromoteTaskFailed"];
  expect(statesOf(theirs.ended)).toEqual([...byFunction, ...byFunction, "Publish"]);
  expect(statesOf(ours.ended)).toEqual([...byTask, ...lost, ...byTask, ...lost.slice(0, 2), "Publish"]);
  expect((ours.ended.output as { promotion: unknown }).promotion).toMatchObject({ generation: 2 });
  expect(await made(ours)).toEqual(await made(theirs));
});

test.each(["SIGTERM", "SIGKILL"] as const)(
  "a task that gets %s halfway leaves the champion as it was, and a resume promotes what the function would have",
  async (signal) => {
    let kills = 1;
    const task =
      (run: TaskRunner, { home }: Pipeline): TaskRunner =>
      async (args, context) => {
        const running = run(args, context);
        const model = layout(home.models, context.executionName);
        if (kills-- > 0) process.kill(await copying(home.temporary, model.staging), signal);
        return running;
      };
    // Large enough to be met while it is copied.
    const embeddings = { "embeddings.sav": Buffer.alloc(50e6) };
    const { theirs, ours } = await both(`killed-${signal.toLowerCase()}`, { embeddings, task });
    expect([ours.ended.error, statesOf(ours.ended)]).toEqual([
      "PromotionFailed",
      [...byTask, "PromoteTaskFailed"],
    ]);
    expect(ours.ended.cause).toContain(
      signal === "SIGTERM" ? "stopped before it was finished" : "was killed",
    );
    expect(await currentChampion(homes.task.home.models, ours.name)).toBeNull();
    const leftovers = readdirSync(ours.at.staging);
    const resumed = await homes.task.resume(ours.name);
    expect([resumed.status, theirs.ended.status]).toEqual(["SUCCEEDED", "SUCCEEDED"]);
    expect(statesOf(resumed).slice(-4)).toEqual(["PromoteTask", "PromoteAnswer", "PromoteEnded", "Publish"]);
    // They may be of one that is still at work elsewhere, and are swept when none can be any more.
    expect(readdirSync(ours.at.staging)).toEqual(leftovers);
    for (const left of leftovers) rmSync(join(ours.at.staging, left), { recursive: true });
    expect(await made(ours)).toEqual(await made(theirs));
  },
);

/** The process of a task that has begun to copy. */
async function copying(temporary: string, staging: string): Promise<number> {
  for (;;) {
    const inside = () => readdirSync(staging, { recursive: true }).map(String);
    try {
      if (inside().some((path) => path.endsWith("embeddings.sav"))) {
        const [folder] = readdirSync(temporary).filter((one) => one.startsWith("task-"));
        return (JSON.parse(readFileSync(join(temporary, folder!, "process.json"), "utf8")) as { pid: number })
          .pid;
      }
    } catch {
      // Not there yet.
    }
    await setTimeout(1);
  }
}

test("two tasks of one execution make one generation, and both answer with it", async () => {
  const task =
    (run: TaskRunner): TaskRunner =>
    async (args, context) => {
      const [one, other] = await Promise.all([
        run(args, context),
        run(args, { ...context, onSubmitted() {} }),
      ]);
      expect(other).toMatchObject({ Containers: [{ ExitCode: 0 }] });
      return one;
    };
  const ours = await prepare("task", "twice", { task });
  const { status, output } = await ours.start();
  expect(status).toBe("SUCCEEDED");
  expect((output as { promotion: unknown }).promotion).toMatchObject({ generation: 1 });
  expect(readdirSync(ours.at.history)).toHaveLength(1);
  expect(readdirSync(ours.at.staging)).toEqual([]);
});

// ECS API Reference, RunTask, Errors: InvalidParameterException.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html
test.each<[string, object]>([
  ["an unknown parameter", { Odd: 1 }],
  ["another launch type", { LaunchType: "EC2" }],
  ["a task definition that is not there", { TaskDefinition: "other" }],
  ["another container", { Overrides: { ContainerOverrides: [{ Name: "a", Command: [] }] } }],
])("a request with %s is refused, and nothing is started", async (_, change) => {
  const run = fargateRunner({
    home: homes.task.home,
    taskDefinitions: { known: { program: "functions/task.ts", container: "promote" } },
    variables: () => ({}),
    graceSeconds: 1,
  });
  const good = {
    ...{ Cluster: "c", TaskDefinition: "known", LaunchType: "FARGATE" },
    Overrides: { ContainerOverrides: [{ Name: "promote", Command: ["promote", "a", "b"] }] },
  };
  const context = { onSubmitted: () => expect.unreachable() } as unknown as TaskContext;
  await expect(run({ ...good, ...change }, context)).rejects.toMatchObject({
    error: "ECS.InvalidParameterException",
  });
});

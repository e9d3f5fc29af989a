import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, expect, onTestFinished, test } from "vitest";
import { type Fault, interpose } from "../../campaigns/injection/interpose.ts";
import { beginExecution, startExecution } from "../../pipeline/local/engine/executions.ts";
import { TaskError } from "../../pipeline/local/engine/task-runner.ts";
import { checkpointFoldersOf } from "../../pipeline/local/jobs/checkpoints.ts";
import { executionFiles, type Home, homeAt } from "../../pipeline/local/machine/home.ts";
import { acquireLock } from "../../pipeline/local/machine/lock.ts";
import { identify } from "../../pipeline/local/machine/process-identity.ts";
import { bucket, openPipeline } from "../../pipeline/local/pipeline.ts";
import { prune } from "../../pipeline/local/prune.ts";
import { openFileStore } from "../../tasks/store/fs.ts";
import { FASTEST_FOLDER, temporaryHome } from "../engine/journal.ts";

let fault: (name: string, flags: number) => Fault = () => null;
interpose(FASTEST_FOLDER, ({ name, flags = 0 }) => fault(name, flags));
afterEach(() => {
  fault = () => null;
});

const state = { Type: "Task", Resource: "arn:aws:states:::lambda:invoke", Arguments: {}, End: true };
const definition = { QueryLanguage: "JSONata", StartAt: "Work", States: { Work: state } };
const tasks = (work: () => Promise<null>) => ({ "arn:aws:states:::lambda:invoke": work });
const done = tasks(async () => null);
const fails = tasks(async () => {
  throw new TaskError("InvalidExport", "");
});

const bulk = [
  "model/pbp-train-1/output/model.tar.gz",
  "embeddings/embeddings.sav",
  "embeddings/embeddings.safetensors",
  "embeddings/embeddings.index.json",
  "dataset/train.jsonl",
  "dataset/test.jsonl",
  "dataset/notes.jsonl",
  "dataset/facets.jsonl",
  "evaluation/0/documents.jsonl",
  "evaluation/0/errors.jsonl",
  "evaluation/0/suspects.jsonl",
];
const told = [
  "receipt.json",
  "verdict.json",
  "challenger.json",
  "dataset/report.json",
  "dataset/rejects.jsonl",
  "embeddings/manifest.json",
  "evaluation/0/analysis.json",
  "evaluation/0/metrics.json",
  "added/later.bin",
];

/** Three runs that have succeeded, of which the first was promoted, and one that failed. */
async function makeHome(): Promise<Home> {
  const home = temporaryHome();
  const store = await openFileStore(home.store, bucket);
  const put = (key: string) => store.write(key, `${key} `.repeat(50));
  for (const [index, name] of ["first", "failed", "second", "third"].entries()) {
    const clock = { now: () => index * 1000, sleep: async () => {} };
    await startExecution({
      home,
      definition,
      name,
      input: {},
      clock,
      tasks: name === "failed" ? fails : done,
    });
    for (const key of [...bulk, ...told]) await put(`runs/${name}/${key}`);
    for (const folder of checkpointFoldersOf(home, bucket, name)) {
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, "checkpoint-a.safetensors"), "x".repeat(1000));
    }
  }
  await store.copy("runs/first/model/pbp-train-1/output/model.tar.gz", "champions/000001-a/model.tar.gz");
  await put("champions/000000-b/model.tar.gz");
  await store.remove("champions/000000-b/model.tar.gz");
  for (const key of ["exports/x.json", "base-models/minilm/1/model.safetensors", "embeddings/k/shards/1"])
    await put(key);
  // Two versions of an upload, of which an execution may name the first; and one that was deleted.
  for (const key of ["incoming/x.json", "incoming/x.json", "incoming/gone.json"]) await put(key);
  await store.remove("incoming/gone.json");
  mkdirSync(home.temporary);
  writeFileSync(join(home.temporary, "base-model-new"), "x");
  mkdirSync(join(home.temporary, "base-model-old"));
  writeFileSync(join(home.temporary, "base-model-old", "weights"), "x".repeat(500));
  utimesSync(join(home.temporary, "base-model-old"), 0, 0);
  await leaveJob(home, { ...identify(process.pid), pid: 2 ** 30, processStart: "1" });
  return home;
}

async function leaveJob(home: Home, engine: object): Promise<void> {
  mkdirSync(join(home.jobs, "pbp-train-1", "ml"), { recursive: true });
  writeFileSync(join(home.jobs, "pbp-train-1", "ml", "rows"), "x".repeat(700));
  const record = { engine, isOpen: true, job: { TrainingJobName: "pbp-train-1" } };
  writeFileSync(join(home.jobs, "pbp-train-1", "job.json"), JSON.stringify(record));
}

/** Paths below the home with their sizes. */
function listing({ root }: Home): Map<string, number> {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const paths = entries.map((entry) => join(entry.parentPath, entry.name)).sort();
  return new Map(paths.map((path) => [path.slice(root.length), statSync(path).size]));
}

const bytesIn = (home: Home) =>
  [...listing(home)]
    // Locks, delete markers and the record of a job are a few bytes more afterwards.
    .filter(([path]) => /\/(blobs|checkpoints|tmp|ml)\//.test(path))
    .reduce((sum, [, size]) => sum + size, 0);

async function pruneHome(home: Home, options: { keep?: number; isDryRun?: boolean; model?: string } = {}) {
  const pruned = await prune(await openPipeline(home.root), { keep: 1, isDryRun: false, ...options });
  return { ...pruned, bytes: pruned.goes.reduce((sum, { bytes }) => sum + bytes, 0) };
}

/** Everything that somebody may still want, whatever was pruned, and however far. */
async function expectNeeded(home: Home): Promise<void> {
  const store = await openFileStore(home.store, bucket);
  const read = async (key: string, versionId?: string) =>
    expect(await text(await store.read(key, versionId === undefined ? {} : { versionId })), key).toMatch(
      /^\S+ /,
    );
  for (const name of ["first", "second", "third", "failed"])
    for (const key of told) await read(`runs/${name}/${key}`);
  for (const name of ["third", "failed"]) for (const key of bulk) await read(`runs/${name}/${key}`);
  await read("champions/000001-a/model.tar.gz");
  for (const key of ["exports/x.json", "base-models/minilm/1/model.safetensors", "embeddings/k/shards/1"])
    await read(key);
  for (const versionId of ["1", "2"]) await read("incoming/x.json", versionId);
  await read("incoming/gone.json", "1");
  for (const folder of checkpointFoldersOf(home, bucket, "failed")) expect(existsSync(folder)).toBe(true);
  expect(existsSync(join(home.temporary, "base-model-new"))).toBe(true);
}

/** A key reads as it was written or is not there, as its reader sees it. */
async function expectWhole(home: Home): Promise<void> {
  const store = await openFileStore(home.store, bucket);
  for await (const { key, versionId } of store.list(""))
    expect(await text(await store.read(key, { versionId })), key).toMatch(/^\S+ /);
}

test("a dry run says what would go and changes nothing; what goes is that", async () => {
  const home = await makeHome();
  const before = listing(home);
  const planned = await pruneHome(home, { isDryRun: true });
  expect(listing(home)).toEqual(before);
  expect(planned.bytes).toBeGreaterThan(10_000);
  const bytes = bytesIn(home);
  const pruned = await pruneHome(home);
  // A lock leaves a few bytes beside the journal.
  const items = ({ goes, kept }: typeof pruned) => [
    ...goes,
    ...kept.filter(({ what }) => !what.startsWith("journals")),
  ];
  expect(items(pruned)).toEqual(items(planned));
  expect(bytes - bytesIn(home)).toBe(pruned.bytes);
  await expectNeeded(home);
  const store = await openFileStore(home.store, bucket);
  for (const name of ["first", "second"])
    for (const key of bulk) expect(await store.head(`runs/${name}/${key}`), key).toBeNull();
  for (const name of ["first", "second", "third"])
    for (const folder of checkpointFoldersOf(home, bucket, name)) expect(existsSync(folder)).toBe(false);
  expect(readdirSync(home.temporary)).toEqual(["base-model-new"]);
  expect(existsSync(join(home.jobs, "pbp-train-1", "ml"))).toBe(false);
  expect((await pruneHome(home)).bytes).toBe(0);
});

test("the newest runs of each registered model keep theirs, and --model clears its own alone", async () => {
  const home = await makeHome();
  const store = await openFileStore(home.store, bucket);
  const model = "runs/%/model/pbp-train-1/output/model.tar.gz";
  // Older than all of the default model's.
  for (const [index, name] of ["s-1", "s-2"].entries()) {
    const clock = { now: () => index, sleep: async () => {} };
    await startExecution({ home, definition, name, input: { model: "specialty" }, clock, tasks: done });
    for (const key of bulk) await store.write(`runs/${name}/${key}`, `${key} `.repeat(50));
  }
  const keeping = async () => {
    const names = ["first", "second", "third", "s-1", "s-2"];
    const found = await Promise.all(names.map((name) => store.head(model.replace("%", name))));
    return names.filter((_, index) => found[index]);
  };
  await pruneHome(home, { keep: 0, model: "routing" });
  expect(await keeping()).toEqual(["first", "second", "third", "s-1", "s-2"]);
  await pruneHome(home);
  expect(await keeping()).toEqual(["third", "s-2"]);
  await pruneHome(home, { keep: 0, model: "specialty" });
  expect(await keeping()).toEqual(["third"]);
  await expectNeeded(home);
});

test("what stays adds up to what there is", async () => {
  const home = await makeHome();
  const { kept } = await pruneHome(home);
  const stored = kept.filter(({ what }) => !/^(journals|promoted versions|checkpoints)/.test(what));
  const blobs = [...listing(home)].filter(([path]) => path.includes("/blobs/"));
  expect(stored.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(
    blobs.reduce((sum, [, size]) => sum + size, 0),
  );
});

test("beside an execution that runs, and one that is being promoted by hand, nothing of theirs goes", async () => {
  const home = await makeHome();
  const store = await openFileStore(home.store, bucket);
  const stop = new AbortController();
  const running = beginExecution({
    home,
    definition,
    name: "running",
    input: {},
    signal: stop.signal,
    tasks: tasks(
      () => new Promise((_, reject) => stop.signal.addEventListener("abort", () => reject(new Error()))),
    ),
  });
  for (const key of bulk) await store.write(`runs/running/${key}`, "running ");
  const lock = acquireLock(executionFiles(home, "first").folder, home);
  await pruneHome(home, { keep: 0 });
  for (const key of bulk) {
    expect(await store.head(`runs/running/${key}`), key).not.toBeNull();
    expect(await store.head(`runs/first/${key}`), key).not.toBeNull();
    expect(await store.head(`runs/second/${key}`), key).toBeNull();
  }
  // An evaluation that knew a champion before retention removed it still finds its bytes.
  await text(await store.read("champions/000000-b/model.tar.gz", { versionId: "1" }));
  lock!.release();
  stop.abort();
  await running.result;
});

test("a write that is under way keeps its bytes", async () => {
  const home = await makeHome();
  const store = await openFileStore(home.store, bucket);
  async function* slowly() {
    yield Buffer.from("late ");
    await pruneHome(home);
    yield Buffer.from("late ");
  }
  const { Readable } = await import("node:stream");
  await store.write("runs/late/model/x", Readable.from(slowly()));
  expect(await text(await store.read("runs/late/model/x"))).toBe("late late ");
});

test("stopped at any call that changes something, what is needed is there, and the next one goes on", {
  timeout: 120_000,
}, async () => {
  const template = await makeHome();
  const changes = (name: string, flags: number) =>
    /^(write|rename|link|symlink|unlink|mkdir|rmdir|rm|fsync|ftruncate)/.test(name) ||
    (name === "open" && (flags & 3) > 0);
  const copy = () => {
    const home = homeAt(join(dirname(template.root), `${template.root.split("/").at(-1)}-copy`));
    spawnSync("rm", ["-rf", home.root]);
    cpSync(template.root, home.root, { recursive: true, preserveTimestamps: true });
    onTestFinished(() => void spawnSync("rm", ["-rf", home.root]));
    return home;
  };
  let calls = 0;
  const counted = copy();
  fault = (name, flags) => {
    if (changes(name, flags)) calls++;
    return null;
  };
  await pruneHome(counted);
  fault = () => null;
  const ended = [...listing(counted)].filter(([path]) => !/lock|claims|job\.json/.test(path));
  expect(calls).toBeGreaterThan(50);
  const step = Math.max(1, Math.ceil(calls / 12));
  for (let last = Math.floor(Math.random() * step); last < calls; last += step) {
    const home = copy();
    let made = 0;
    fault = (name, flags) => (changes(name, flags) && ++made > last ? { refuse: "EIO" } : null);
    await pruneHome(home).catch(() => undefined);
    fault = () => null;
    await expectNeeded(home);
    await expectWhole(home);
    // The locks of a process that died are free; this one lives.
    for (const path of listing(home).keys()) if (/\/lock\.\d+$/.test(path)) rmSync(home.root + path);
    await pruneHome(home);
    await expectNeeded(home);
    const again = [...listing(home)].filter(([path]) => !/lock|claims|job\.json/.test(path));
    expect(again, `stopped after ${last} changes`).toEqual(ended);
  }
});

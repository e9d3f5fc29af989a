// What a home holds, what of it no one can want any more, and why the rest stays.

import { lstat, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { executionOf, folderOf, runPrefix } from "../../schemas/bucket.ts";
import { modelAskedFor } from "../../schemas/models/registered-models.ts";
import { allWaiting } from "../../tasks/approval/all-waiting.ts";
import { registeredModels } from "../../tasks/models/registered.ts";
import { readdirOrNone } from "../../tasks/store/folders.ts";
import { reclaim, type StoredVersion, versionsOf } from "../../tasks/store/reclaim.ts";
import type { ExecutionDescription } from "../execution.ts";
import { checkpointFoldersOf } from "./jobs/checkpoints.ts";
import { closeLeftoverJobs, jobFiles, leftoverJobs } from "./jobs/job-folder.ts";
import { stopGraceSeconds } from "./jobs/job-runner.ts";
import { executionFiles, type Home } from "./machine/home.ts";
import { acquireLock, type Lock } from "./machine/lock.ts";
import type { Pipeline } from "./pipeline.ts";

export type Item = { what: string; why: string; bytes: number };
export type Pruned = { isDryRun: boolean; goes: Item[]; kept: Item[] };

// Of a run that has succeeded: the model and what it was made of. What pbp show tells, and the receipt, are not here, nor
// is anything that a later version of the pipeline may add.
const bulk =
  /^(?:(?:trials\/\d+\/)?model\/.+|embeddings\/embeddings\..+|dataset\/(?!rejects\.)[^/]+\.jsonl|evaluation\/[^/]+\/[^/]+\.jsonl)$/;
// A function runs for 15 minutes at most, and a base model is converted in less than one.
const temporaryAgeMs = 60 * 60 * 1000;

/**
 * Frees what no resume, rerun, rollback, evaluation, reuse of vectors or look at an old run needs. `keep`: how many of
 * the newest runs of each registered model that have succeeded keep their model, so that it can still be promoted by
 * hand. `model`: only runs of this one go.
 *
 * Safe while executions run, and when it is killed: what is needed was never touched, and the next one continues.
 */
export async function prune(
  pipeline: Pipeline,
  { keep, isDryRun, model }: { keep: number; isDryRun: boolean; model?: string },
): Promise<Pruned> {
  const { home, bucket, store } = pipeline;
  const executions = pipeline.list();
  const succeeded = executions.filter(
    ({ status, input }) => status === "SUCCEEDED" && (model === undefined || modelAskedFor(input) === model),
  );
  // A model that waits for approval is needed, however old its run is.
  const waiting = (await allWaiting(store)).map(({ execution }) => execution);
  const newest = new Set([...newestOfEach(succeeded, keep), ...waiting]);
  const locks: Lock[] = [];
  const old = new Set<string>();
  try {
    // The lock keeps a promotion by hand out, which would copy the model at the same time.
    for (const { name } of succeeded) {
      if (newest.has(name)) continue;
      const lock = isDryRun ? null : acquireLock(executionFiles(home, name).folder, home);
      if (lock) locks.push(lock);
      if (lock || isDryRun) old.add(name);
    }
    const isRunning = executions.some(({ isOwned }) => isOwned);
    const isOld = ({ key }: StoredVersion) => {
      const execution = executionOf(key);
      return (
        execution !== undefined && old.has(execution) && bulk.test(key.slice(runPrefix(execution).length))
      );
    };
    // A champion that retention has removed may still be read by an evaluation that knew it.
    const isDeleted = ({ key, isHidden }: StoredVersion) =>
      isHidden && (folderOf(key) === "runs" || (folderOf(key) === "champions" && !isRunning));
    // The copies of a training's log that were made while it ran; the run has its own.
    const ended = new Set(succeeded.map(({ name }) => name));
    const isCopy = ({ key }: StoredVersion) =>
      folderOf(key) === "checkpoints" && ended.has(key.split("/")[1] ?? "");
    const goes = (version: StoredVersion) => isOld(version) || isDeleted(version) || isCopy(version);
    // Told as it was before, or the dry run and the run would differ.
    const kept = await keptIn(home, bucket, goes, newest, executions);
    const freed = await reclaim({ store, root: home.store, bucket, goes, isDryRun });
    return {
      isDryRun,
      goes: [
        // What goes without an older run: logs that were copied while a training ran, models that retention has removed.
        old.size > 0
          ? {
              what: `models, vectors, rows of older runs (${old.size})`,
              why: "newer ones have succeeded too",
              bytes: freed,
            }
          : { what: "copies of logs, removed models", why: "nothing reads them", bytes: freed },
        await checkpoints(home, bucket, succeeded, isDryRun),
        await leftovers(home, isDryRun),
        await temporary(home, isDryRun),
      ],
      kept,
    };
  } finally {
    for (const lock of locks) lock.release();
  }
}

/** Names of the newest `keep` executions of each registered model; `executions` come the latest first. */
function newestOfEach(executions: readonly ExecutionDescription[], keep: number): Set<string> {
  const byModel = Map.groupBy(executions, ({ input }) => modelAskedFor(input));
  return new Set([...byModel.values()].flatMap((runs) => runs.slice(0, keep).map(({ name }) => name)));
}

/** The registered models, and those that only have had runs. */
export async function modelsOf(pipeline: Pipeline): Promise<string[]> {
  const asked = pipeline.list().map(({ input }) => modelAskedFor(input));
  return [...new Set([...(await registeredModels(pipeline.home.models)), ...asked])];
}

async function checkpoints(
  home: Home,
  bucket: string,
  succeeded: readonly ExecutionDescription[],
  isDryRun: boolean,
): Promise<Item> {
  let bytes = 0;
  for (const folder of succeeded.flatMap(({ name }) => checkpointFoldersOf(home, bucket, name))) {
    bytes += await sizeOf(folder);
    if (!isDryRun) await rm(folder, { recursive: true, force: true });
  }
  return { what: "checkpoints of finished runs", why: "nothing continues from them", bytes };
}

async function leftovers(home: Home, isDryRun: boolean): Promise<Item> {
  let bytes = 0;
  for (const { files } of await leftoverJobs(home)) bytes += await sizeOf(files.base);
  if (!isDryRun) await closeLeftoverJobs(home, stopGraceSeconds * 1000);
  return { what: "folders of jobs", why: "their engine is gone", bytes };
}

async function temporary(home: Home, isDryRun: boolean): Promise<Item> {
  let bytes = 0;
  for (const name of await readdirOrNone(home.temporary)) {
    const path = join(home.temporary, name);
    const found = await lstat(path).catch(() => null);
    if (!found || Date.now() - found.mtimeMs < temporaryAgeMs) continue;
    bytes += await sizeOf(path);
    if (!isDryRun) await rm(path, { recursive: true, force: true });
  }
  return { what: "temporary files", why: "an hour old, of killed processes", bytes };
}

/** What stays, by the reason for which it stays. */
async function keptIn(
  home: Home,
  bucket: string,
  goes: (version: StoredVersion) => boolean,
  newest: ReadonlySet<string>,
  executions: readonly ExecutionDescription[],
): Promise<Item[]> {
  const unfinished = new Set(
    executions.filter(({ status }) => status !== "SUCCEEDED").map(({ name }) => name),
  );
  const runOf = ({ key }: StoredVersion) => executionOf(key) ?? "";
  const groups: [what: string, why: string, belongs: (version: StoredVersion) => boolean][] = [
    ["models of promoted versions", "a champion is scored again", ({ key }) => folderOf(key) === "champions"],
    [
      `models of the newest runs (${newest.size})`,
      "pbp promote --force",
      (version) => newest.has(runOf(version)),
    ],
    [`unfinished runs (${unfinished.size})`, "pbp resume", (version) => unfinished.has(runOf(version))],
    ["reports of older runs", "pbp show", ({ key }) => folderOf(key) === "runs"],
    ["exports", "pbp rerun", ({ key }) => ["exports", "incoming"].includes(folderOf(key) ?? "")],
    ["base models", "every run begins with one", ({ key }) => folderOf(key) === "base-models"],
    ["vectors of texts", "no run embeds them again", ({ key }) => folderOf(key) === "embeddings"],
    ["other objects", "not made by the pipeline", () => true],
  ];
  const bytes = groups.map(() => 0);
  const counted = new Set<string>();
  const all: StoredVersion[] = [];
  for await (const version of versionsOf(home.store, bucket)) if (!goes(version)) all.push(version);
  for (const [index, [, , belongs]] of groups.entries())
    for (const version of all)
      if (version.blob !== null && !counted.has(version.blob) && belongs(version)) {
        counted.add(version.blob);
        bytes[index]! += version.sizeBytes;
      }
  const stored = groups.map(([what, why], index) => ({ what, why, bytes: bytes[index]! }));
  return [
    ...stored,
    { what: "promoted versions", why: "in use, or for pbp rollback", bytes: await sizeOf(home.models) },
    {
      what: "checkpoints of unfinished runs",
      why: "pbp resume",
      bytes: await sizesOf([...unfinished].flatMap((name) => checkpointFoldersOf(home, bucket, name))),
    },
    {
      what: "journals, logs and notices",
      why: "pbp show, and to find faults",
      bytes: await sizesOf([home.executions, home.logs, home.events, home.topics, ...(await jobLogs(home))]),
    },
  ].filter((item) => item.bytes > 0);
}

/** What stays of a job when it has ended. */
async function jobLogs(home: Home): Promise<string[]> {
  const jobs = (await readdirOrNone(home.jobs)).map((name) => jobFiles(home, name));
  return jobs.flatMap(({ record, log }) => [record, log]);
}

async function sizesOf(paths: readonly string[]): Promise<number> {
  let bytes = 0;
  for (const path of paths) bytes += await sizeOf(path);
  return bytes;
}

/** Of a file, or of everything below a folder; 0 when it is not there. Links are not followed. */
async function sizeOf(path: string): Promise<number> {
  const found = await lstat(path).catch(() => null);
  if (!found?.isDirectory()) return found?.isFile() ? found.size : 0;
  let bytes = 0;
  for (const name of await readdir(path).catch(() => [])) bytes += await sizeOf(join(path, name));
  return bytes;
}

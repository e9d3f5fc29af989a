import { mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { readdirOrNone } from "../../../tasks/store/folders.ts";
import { TaskError } from "../engine/task-runner.ts";
import { ensureFolder, writeDurably } from "../machine/durable.ts";
import type { Home } from "../machine/home.ts";
import { type Owner, ownerIn, stateOf } from "../machine/owner.ts";
import { checkpointFolder } from "./checkpoints.ts";
import { endLeftover } from "./job-process.ts";
import type { JobPlan } from "./job-request.ts";

/** The files of one job: what stays is `record` and `log`; `base`, with the patients' texts, goes when the job ends. */
export type JobFiles = { folder: string; record: string; log: string; note: string; base: string };

/** jobs/<name>/job.json. */
export type JobRecord = { engine: Owner; isOpen: boolean; job: Record<string, unknown> };

export function jobFiles(home: Home, name: string): JobFiles {
  const folder = join(home.jobs, name);
  return {
    folder,
    record: join(folder, "job.json"),
    log: join(folder, "log"),
    note: join(folder, "process.json"),
    base: join(folder, "ml"),
  };
}

/**
 * Takes a job's name for ever, as SageMaker does.
 *
 * @throws TaskError SageMaker.ResourceInUseException when a job had that name before.
 */
export async function claimJob(home: Home, plan: JobPlan, job: Record<string, unknown>): Promise<JobFiles> {
  const files = jobFiles(home, plan.name);
  await ensureFolder(home.jobs);
  try {
    await mkdir(files.folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    throw new TaskError(
      "SageMaker.ResourceInUseException",
      `${plan.kind} job names must be unique within an AWS account and region, and a ${plan.kind.toLowerCase()} job with this name already exists (${plan.arn})`,
    );
  }
  await recordJob(home, files, job, true);
  return files;
}

/** Writes what is known of a job. While `isOpen`, its engine must be alive, or the job is a leftover. */
export async function recordJob(
  home: Home,
  files: JobFiles,
  job: Record<string, unknown>,
  isOpen: boolean,
): Promise<void> {
  const record: JobRecord = { engine: ownerIn(home.processes), isOpen, job };
  await writeDurably(files.record, `${JSON.stringify(record, null, 2)}\n`);
}

/** Lays out SageMaker's folders below `base`. */
export async function layOut(home: Home, plan: JobPlan, base: string): Promise<void> {
  const made = ["tmp", "output"];
  if (plan.kind === "Training") made.push("input/data", "model", "output/data");
  for (const channel of plan.outputs) made.push(channel.folder);
  for (const folder of made) await ensureFolder(join(base, folder));
  for (const [path, content] of Object.entries(plan.configuration)) {
    await ensureFolder(dirname(join(base, path)));
    await writeFile(join(base, path), JSON.stringify(content));
  }
  if (!plan.checkpoints) return;
  // SageMaker copies checkpoints to S3 as they appear and back at the next start; one shared folder does both.
  const shared = checkpointFolder(home, plan.checkpoints.uri);
  await ensureFolder(shared);
  await ensureFolder(dirname(join(base, plan.checkpoints.folder)));
  await symlink(shared, join(base, plan.checkpoints.folder), "dir");
}

/** Frees what a finished job leaves: inputs and outputs, and after a success the checkpoints, gigabytes of them. */
export async function cleanUp(home: Home, plan: JobPlan, files: JobFiles, isCompleted: boolean) {
  await rm(files.base, { recursive: true, force: true });
  if (isCompleted && plan.checkpoints)
    await rm(checkpointFolder(home, plan.checkpoints.uri), { recursive: true, force: true });
}

/** The jobs whose engine has gone before them. */
export async function leftoverJobs(
  home: Home,
): Promise<{ name: string; files: JobFiles; record: JobRecord }[]> {
  const leftovers = [];
  for (const name of (await readdirOrNone(home.jobs)).sort()) {
    const files = jobFiles(home, name);
    const record = await readRecord(files.record);
    if (record?.isOpen && stateOf(record.engine, home.processes) === "gone")
      leftovers.push({ name, files, record });
  }
  return leftovers;
}

/**
 * Ends and clears what jobs of engines that are gone have left: their processes get `graceMs` to save a checkpoint.
 * Jobs of living engines are left alone. Returns the names of the jobs that were closed.
 */
export async function closeLeftoverJobs(home: Home, graceMs: number): Promise<string[]> {
  const leftovers = await leftoverJobs(home);
  for (const { files, record } of leftovers) {
    await endLeftover(files.note, graceMs);
    await rm(files.base, { recursive: true, force: true });
    const kind = "TrainingJobName" in record.job ? "Training" : "Processing";
    const job = {
      ...record.job,
      [`${kind}JobStatus`]: "Failed",
      FailureReason: "InternalServerError: The engine ended before the job.",
    };
    await recordJob(home, files, job, false);
  }
  return leftovers.map(({ name }) => name);
}

/** null when there is none that can be read. */
export async function readRecord(file: string): Promise<JobRecord | null> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as JobRecord;
  } catch {
    return null; // the engine was killed before it could write one: nothing was started
  }
}

import { readFile } from "node:fs/promises";
import { readdirOrNone } from "../../../tasks/store/folders.ts";
import type { JobStatus } from "../../installation.ts";
import { markOf, stateOfJob, trialOfJob } from "../../job-names.ts";
import type { Home } from "../machine/home.ts";
import { type JobRecord, jobFiles, readRecord } from "./job-folder.ts";

/** What SageMaker's description of a job has, as job-description.ts writes it; times in milliseconds. */
type Described = { [field: string]: unknown } & Partial<Record<"CreationTime", number>>;

/** The jobs of an execution, in the order of their creation. */
export async function jobsOf(home: Home, executionArn: string): Promise<JobStatus[]> {
  const mark = markOf(executionArn);
  const names = (await readdirOrNone(home.jobs)).filter((name) => name.includes(`-${mark}-`));
  const records = await Promise.all(
    names.map(async (name) => ({ name, record: await readRecord(jobFiles(home, name).record) })),
  );
  return records
    .flatMap(({ name, record }) => (record ? [{ name, job: record.job as Described, record }] : []))
    .sort((a, b) => Number(a.job.CreationTime) - Number(b.job.CreationTime))
    .map(({ name, record }) => statusOf(home, name, record));
}

function statusOf(home: Home, name: string, { job }: JobRecord): JobStatus {
  const kind = "TrainingJobName" in job ? "Training" : "Processing";
  const [started, ended] = [job[`${kind}StartTime`], job[`${kind}EndTime`]].map((time) => Number(time));
  // As the receipt counts them.
  const seconds = started && ended ? Math.round((ended - started) / 1000) : null;
  return {
    state: stateOfJob(name),
    trial: trialOfJob(name),
    job: name,
    status: String(job[`${kind}JobStatus`]),
    failure: typeof job.FailureReason === "string" ? job.FailureReason : null,
    instanceType: "local",
    instanceCount: 1,
    seconds,
    billableSeconds: seconds,
    log: jobFiles(home, name).log,
  };
}

/** The lines of a job's log, or its last ones; none before it has said anything. */
export async function logLines(home: Home, job: string, last?: number): Promise<string[]> {
  const text = await readFile(jobFiles(home, job).log, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return last === undefined ? lines : lines.slice(-last);
}

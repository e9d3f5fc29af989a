import type { RunReceipt } from "../../schemas/types.ts";
import type { Installation, JobStatus } from "../installation.ts";
import { type Missing, orElse } from "./missing.ts";
import type { Job } from "./summary.ts";

// As much of a failed job's log as has the traceback of a script, and fits a screen with the rest.
const shownLines = 12;

/** The jobs of an execution, with the end of the log of those that failed. */
export async function jobsWithLogs(
  installation: Installation,
  live: readonly JobStatus[],
  receipt: RunReceipt | null,
  missing: Missing,
): Promise<Job[]> {
  return Promise.all(jobsOf(live, receipt).map((job) => withLog(installation, job, missing)));
}

/** The live status where there is one; on one machine, and once SageMaker has forgotten a job, the receipt's. */
function jobsOf(live: readonly JobStatus[], receipt: RunReceipt | null): Job[] {
  const counted = receipt?.jobs ?? [];
  const forgotten = counted
    .filter(({ job }) => !live.some((known) => known.job === job))
    .map((job) => ({
      ...job,
      trial: job.trial ?? null,
      // null: it ran when the execution ended, which stops its jobs.
      status: job.status === undefined ? "Completed" : (job.status ?? "Stopped"),
      failure: null,
      exitCode: null,
      lastLines: [],
    }));
  const known = live.map((job) => ({
    ...job,
    exitCode: exitCodeIn(job.failure),
    lastLines: [],
    usd: counted.find((entry) => entry.job === job.job)?.usd ?? null,
  }));
  return [...forgotten, ...known];
}

/** SageMaker tells it within the reason: `AlgorithmError: …, exit code: 137`. */
function exitCodeIn(failure: string | null): number | null {
  const code = /\bexit code: (\d{1,3})\b/.exec(failure ?? "")?.[1];
  return code === undefined ? null : Number(code);
}

async function withLog(installation: Installation, job: Job, missing: Missing): Promise<Job> {
  if (job.status !== "Failed") return job;
  const lastLines = await installation
    .logLines(job, shownLines)
    .catch(orElse(missing, `the log of ${job.job}`, []));
  return { ...job, lastLines };
}

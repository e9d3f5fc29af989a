import { createHash } from "node:crypto";
import { idOf, jobNames } from "../schemas/execution/jobs.ts";

/** What the names of an execution's jobs have in common, on either engine: states/jobs/sagemaker.ts puts it there. */
export function markOf(executionArn: string): string {
  return createHash("sha256").update(executionArn).digest("hex").slice(0, 16);
}

/** The state that a job was started by: `Train`. Empty for a name that is none of ours. */
export function stateOfJob(name: string): string {
  return jobNames.find((job) => new RegExp(`-${idOf(job)}-[0-9a-f]{16}-`).test(name)) ?? "";
}

/** The trial that a training was; null for any other job. */
export function trialOfJob(job: string): number | null {
  const [, trial] = /-[0-9a-f]{16}-t(\d+)-/.exec(job) ?? [];
  return trial === undefined ? null : Number(trial);
}

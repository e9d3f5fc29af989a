// What states/jobs/sagemaker.ts puts into the name of a job: <stack>-<state>-<mark of the execution>-<counts>.
import { createHash } from "node:crypto";

/** What the names of an execution's jobs have in common, on either engine. */
export function markOf(executionArn: string): string {
  return createHash("sha256").update(executionArn).digest("hex").slice(0, 16);
}

/** The state that a job was started by: `Train`. */
export function stateOfJob(job: string): string {
  const [, first = "", rest = ""] = /-([a-z])([a-z]*)-[0-9a-f]{16}-/.exec(job) ?? [];
  return first.toUpperCase() + rest;
}

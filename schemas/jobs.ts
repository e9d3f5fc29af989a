import receipt from "./run-receipt.schema.json" with { type: "json" };
import type { RunReceipt } from "./types.ts";

export type Job = NonNullable<RunReceipt["jobs"]>[number]["state"];

/** The jobs of an execution. */
export const jobNames = receipt.$defs.state.enum as readonly Job[];

/** Whether a state is one that runs a job. */
export const isJob = (state: string | undefined): state is Job => jobNames.some((job) => job === state);

/**
 * Train → train: a job's folder in containers/, the last part of its image's repository, its part of the deployment's
 * configuration, and the second part of its jobs' names, `<stack>-<id>-<mark of the execution>-<counts>`.
 */
export const idOf = (job: Job) => job.toLowerCase() as Lowercase<Job>;

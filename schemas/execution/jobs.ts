import type { RunReceipt } from "../types.ts";
import receipt from "./run-receipt.schema.json" with { type: "json" };

export type Job = NonNullable<RunReceipt["jobs"]>[number]["state"];

/** The jobs of an execution. */
export const jobNames = receipt.$defs.state.enum as readonly Job[];

/** Whether a state is one that runs a job. */
export const isJob = (state: string | undefined): state is Job => jobNames.some((job) => job === state);

const ids = {
  PreprocessJob: "preprocess",
  Embed: "embed",
  Train: "train",
  Evaluate: "evaluate",
} as const satisfies Record<Job, string>;

/**
 * Train → train: a job's part of the deployment's configuration, and the second part of its jobs' names,
 * `<stack>-<id>-<mark of the execution>-<counts>`.
 */
export const idOf = <Of extends Job>(job: Of): (typeof ids)[Of] => ids[job];

/** The jobs whose images a model's lineage names. Preprocess is told by the commit of the code, whichever host runs it. */
export const modelJobs = ["Embed", "Train", "Evaluate"] as const satisfies readonly Job[];

import receipt from "./run-receipt.schema.json" with { type: "json" };
import type { RunReceipt } from "./types.ts";

export type Job = NonNullable<RunReceipt["jobs"]>[number]["state"];

/** The jobs of an execution. In lower case: a job's folder in containers/, and its image's repository. */
export const jobNames = receipt.$defs.state.enum as readonly Job[];

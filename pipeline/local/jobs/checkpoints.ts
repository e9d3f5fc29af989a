import { createHash } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { below } from "../../../schemas/bucket.ts";
import datasetSchema from "../../../schemas/execution/dataset.schema.json" with { type: "json" };
import type { Home } from "../machine/home.ts";
import type { S3Uri } from "./request-fields.ts";

/** The folder of all attempts at one training, by the place that the request names for its checkpoints. */
export function checkpointFolder(home: Home, { bucket, key }: S3Uri): string {
  const name = createHash("sha256").update(`s3://${bucket}/${key}`).digest("hex").slice(0, 16);
  return join(home.checkpoints, name);
}

const mostTrials = datasetSchema.properties.trials.maxItems;

/** The checkpoint folders that an execution may have, whether or not they exist. */
export function checkpointFoldersOf(home: Home, bucket: string, execution: string): string[] {
  // Where states/jobs/train.ts puts them, trial by trial, and where it did when older executions began.
  const trials = Array.from({ length: mostTrials }, (_, trial) =>
    below("checkpoints", execution, String(trial)),
  );
  const prefixes = [...trials, below("checkpoints", execution), below("runs", execution, "checkpoints")];
  return prefixes.map((key) => checkpointFolder(home, { bucket, key }));
}

/** An execution that has succeeded is never continued. */
export async function removeCheckpoints(home: Home, bucket: string, execution: string): Promise<void> {
  for (const folder of checkpointFoldersOf(home, bucket, execution))
    await rm(folder, { recursive: true, force: true });
}

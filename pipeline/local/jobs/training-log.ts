import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { ObjectStore } from "../../../tasks/store/store.ts";
import type { JobPlan } from "./job-request.ts";

const lookEveryMs = 5000;

/**
 * Copies the logs beside the checkpoints to the bucket as they grow, as SageMaker does with everything that lies there.
 * The checkpoints stay where they are: gigabytes, which nobody reads while the job runs. Answers with what copies them
 * for the last time.
 */
export function followLogs(store: ObjectStore, plan: JobPlan, base: string): () => Promise<void> {
  const { checkpoints } = plan;
  if (!checkpoints) return async () => {};
  const folder = join(base, checkpoints.folder);
  const copied = new Map<string, number>();
  const copy = async () => {
    for (const name of await readdir(folder)) {
      if (!name.endsWith(".jsonl")) continue;
      const { mtimeMs } = await stat(join(folder, name));
      if (copied.get(name) === mtimeMs) continue;
      await store.write(checkpoints.uri.key + name, createReadStream(join(folder, name)));
      copied.set(name, mtimeMs);
    }
  };
  // Of a log that cannot be copied, CheckArtifacts says that it is missing. One copy at a time.
  let last = Promise.resolve();
  const again = () => {
    last = last.then(copy).catch(() => undefined);
    return last;
  };
  const timer = setInterval(again, lookEveryMs);
  return async () => {
    clearInterval(timer);
    await again();
  };
}

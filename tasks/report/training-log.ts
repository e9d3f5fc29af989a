// How a training went: the lines that containers/train/training_log.py writes, and where they lie.
import { text } from "node:stream/consumers";
import { below, runPrefix } from "../../schemas/bucket.ts";
import trainingLogSchema from "../../schemas/execution/training-log.schema.json" with { type: "json" };
import type { TrainingLogLine } from "../../schemas/types.ts";
import { compiler } from "../lambda/door.ts";
import { ObjectMissing, type ObjectStore } from "../store/store.ts";

const file = "training.jsonl";
/** While it trains, and where it failed: beside the checkpoints. */
const liveKey = (execution: string, trial: number) => below("checkpoints", execution, String(trial)) + file;
/** For as long as the run is kept. */
const keptKey = (execution: string, trial: number) => `${runPrefix(execution)}trials/${trial}/${file}`;

// 500 lines and a validation of each of 100 epochs take 120 KB.
const maxBytes = 1024 * 1024;

let isLine: ReturnType<ReturnType<typeof compiler>["compile"]> | undefined;

/** The log of a trial, also of one that still trains; null: there is none. */
export async function readTrainingLog(
  store: ObjectStore,
  execution: string,
  trial: number,
): Promise<TrainingLogLine[] | null> {
  return (await readKeptLog(store, execution, trial)) ?? (await readLines(store, liveKey(execution, trial)));
}

/** The log of a trial whose run CheckArtifacts has seen. */
export const readKeptLog = (store: ObjectStore, execution: string, trial: number) =>
  readLines(store, keptKey(execution, trial));

/** Keeps a trial's log with its run, as checkpoints go after days. Returns whether there was one. */
export async function keepTrainingLog(
  store: ObjectStore,
  execution: string,
  trial: number,
): Promise<boolean> {
  const lines = await readLines(store, liveKey(execution, trial));
  if (!lines?.length) return false;
  const content = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
  await store.write(keptKey(execution, trial), content);
  return true;
}

/** A line that is no line of a log is left out: the file is copied while it is written, and it decides nothing. */
async function readLines(store: ObjectStore, key: string): Promise<TrainingLogLine[] | null> {
  const found = await store.head(key);
  if (!found || found.sizeBytes > maxBytes) return null;
  isLine ??= compiler({}).compile(trainingLogSchema);
  try {
    return (await text(await store.read(key))).split("\n").flatMap((line) => parse(line) ?? []);
  } catch (error) {
    if (error instanceof ObjectMissing) return null;
    throw error;
  }
}

function parse(line: string): TrainingLogLine | null {
  try {
    const value: unknown = JSON.parse(line);
    return isLine!(value) ? (value as TrainingLogLine) : null;
  } catch {
    return null;
  }
}

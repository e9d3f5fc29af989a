// Executions up to the evaluation: what their jobs read, and what they asked of SageMaker.
import { join } from "node:path";
import { TaskError, type TaskRunner } from "../../pipeline/local/engine/task-runner.ts";
import { bucket, openPipeline } from "../../pipeline/local/pipeline.ts";
import { createRandom } from "../../samples/random.ts";
import { sampleRecords } from "../../samples/records.ts";
import type { Job } from "../../schemas/execution/jobs.ts";
import { pbp } from "../../test/cli/helpers.ts";
import { writeTinyModel } from "../../test/e2e/tiny-model.ts";
import type { Trial } from "../campaign.ts";
import { classesExport } from "./good-exports.ts";

/** A job's request as the state machine made it. */
export type Request = { name: Job; kind: "training" | "processing"; arguments: unknown };
export type Prepared = { requests: Request[]; store: string };
/** An export whose every note holds the canary, and what is trained on it. */
type Prepares = (seed: number) => { exported: { records: { text: string }[] }; input: object; jobs: number };

/** Embed, Train and Evaluate of a transformer. */
export const ofKeyphrases: Prepares = (seed) => {
  const records = [...sampleRecords({ records: 40, extra: 0, seed: String(seed) })].map((record) => ({
    ...record,
    text: `${record.text} Canary-4711 was seen.`,
  }));
  const labels = [
    ...new Set(records.flatMap(({ keyphrases }) => keyphrases?.map(({ label }) => label) ?? [])),
  ];
  const header = { schemaVersion: "1.0", exportId: "canaries", exportedAt: "2026-11-20T12:00:00Z" };
  return {
    exported: { ...header, source: "test", offsetUnit: "utf16", labels, records } as never,
    input: {},
    jobs: 3,
  };
};

/** Embed, Train of a linear and of a frozen model, and Evaluate. */
export const ofClasses: Prepares = (seed) => {
  const { header, records } = classesExport(createRandom(String(seed)), 20);
  return {
    exported: { ...header, records },
    input: { model: "canaries", algorithms: ["linear", "frozen"] },
    jobs: 4,
  };
};

export async function prepare({ folder, seed }: Trial, prepares: Prepares): Promise<Prepared> {
  const { exported, input, jobs } = prepares(seed);
  const home = join(folder, "home");
  writeTinyModel(
    join(folder, "tiny"),
    exported.records.map(({ text }) => text),
  );
  const added = await pbp("base-model", "add", "tiny", join(folder, "tiny"), "--home", home);
  if (added.code !== 0) throw new Error(added.stderr);
  const requests: Request[] = [];
  const noted =
    (kind: Request["kind"], run: TaskRunner): TaskRunner =>
    async (args, context) => {
      requests.push({ name: context.stateName as Job, kind, arguments: args });
      if (context.stateName === "Evaluate") throw new TaskError("CanariesPrepared");
      return run(args, context);
    };
  const training = "arn:aws:states:::sagemaker:createTrainingJob.sync";
  const processing = "arn:aws:states:::sagemaker:createProcessingJob.sync";
  const pipeline = await openPipeline(home, (tasks) => ({
    ...tasks,
    [training]: noted("training", tasks[training]!),
    [processing]: noted("processing", tasks[processing]!),
  }));
  await pipeline.store.write("incoming/export.json", JSON.stringify(exported));
  const { result } = await pipeline.start("run-1", {
    source: { bucket, key: "incoming/export.json" },
    baseModel: "tiny",
    epochs: 1,
    minSamples: 1,
    ...input,
  });
  const { error } = await result;
  if (requests.length !== jobs)
    throw new Error(`The execution ended by ${error} before all jobs were asked for.`);
  // Embed and Train ask side by side.
  requests.sort((a, b) => (a.name < b.name ? -1 : 1));
  return { requests, store: pipeline.home.store };
}

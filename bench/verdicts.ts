/**
 * The gate on real models: an export trained with several numbers of epochs, offered in every order, each order to an
 * empty models folder. Says what was promoted, rejected or inconclusive, and with which evidence.
 *
 *   node bench/verdicts.ts <export> [--epochs 1,3,10] [--seeds 42,43] [--confidence 0.95] [--work FOLDER] [--out FILE]
 *
 * Every execution is a whole one, but in the orders a model is trained only once. After them the middle setting is
 * trained again, with the same seed and with another: what the gate makes of a model that is the same, and of one that is
 * no better. That the same seed gives the same bytes is printed.
 */

import { copyFileSync, createReadStream, existsSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { addBaseModel, defaultBaseModel } from "../pipeline/local/base-models.ts";
import type { TaskRunner, TaskRunners } from "../pipeline/local/engine/task-runner.ts";
import { storeExport } from "../pipeline/local/events/exports.ts";
import { openPipeline, type Pipeline } from "../pipeline/local/pipeline.ts";
import { python } from "../pipeline/python.ts";
import { baseModelManifestKey, runPrefix } from "../schemas/bucket.ts";
import type { Verdict } from "../schemas/types.ts";
import { readJson } from "../tasks/store/store.ts";
import { keepFigure } from "./recording/record.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    epochs: { type: "string", default: "1,3,10" },
    seeds: { type: "string", default: "42,43" },
    confidence: { type: "string" },
    work: { type: "string" },
    out: { type: "string" },
  },
});
const [file] = positionals;
if (!file) throw new Error("Which export? node bench/verdicts.ts <export> [--epochs 1,3,10]");
const epochs = values.epochs.split(",").map(Number);
const [seed = 42, otherSeed = 43] = values.seeds.split(",").map(Number);
const gate = values.confidence ? { confidence: Number(values.confidence) } : {};
// A folder that is kept holds the models, so that a run that was stopped need not train them again.
const work = values.work ?? mkdtempSync(join(tmpdir(), "pbp-verdicts-"));
mkdirSync(work, { recursive: true });

type Setting = { epochs: number; seed: number; again?: true };
type Row = {
  setting: Setting;
  against: number | null;
  verdict: string;
  failed: string[];
  accuracy: number;
  f1: number;
  /** SHA-256 of the model's archive. */
  model: string;
  comparison: Verdict["comparison"];
};

const training = "arn:aws:states:::sagemaker:createTrainingJob.sync";
const modelOf = ({ epochs: times, seed: from }: Setting) => join(work, `model-${times}-${from}.tar.gz`);

/** Trains a setting the first time, and hands out its model from then on. */
function once(setting: Setting, pipeline: () => Pipeline): (tasks: TaskRunners) => TaskRunners {
  const train =
    (real: TaskRunner): TaskRunner =>
    async (request, context) => {
      const kept = modelOf(setting);
      if (setting.again) return real(request, context);
      const { store, bucket } = pipeline();
      const { TrainingJobName, OutputDataConfig } = request as {
        TrainingJobName: string;
        OutputDataConfig: { S3OutputPath: string };
      };
      if (!existsSync(kept)) {
        const job = (await real(request, context)) as { ModelArtifacts: { S3ModelArtifacts: string } };
        const key = job.ModelArtifacts.S3ModelArtifacts.slice(`s3://${bucket}/`.length);
        copyFileSync(await pipeline().store.localPath(key), kept);
        return job as never;
      }
      const path = `${OutputDataConfig.S3OutputPath}${TrainingJobName}/output/model.tar.gz`;
      await store.write(path.slice(`s3://${bucket}/`.length), createReadStream(kept));
      const now = Date.now();
      return {
        ...(request as object),
        TrainingJobStatus: "Completed",
        TrainingStartTime: now,
        TrainingEndTime: now,
        BillableTimeInSeconds: 0,
        ModelArtifacts: { S3ModelArtifacts: path },
      } as never;
    };
  return (tasks) => ({ ...tasks, [training]: train(tasks[training]!) });
}

/** One execution in a home; the home's models folder is what the order builds on. */
async function offer(home: string, setting: Setting, number: number): Promise<Row> {
  let opened: Pipeline | undefined;
  const pipeline = await openPipeline(
    home,
    once(setting, () => opened!),
  );
  opened = pipeline;
  const key = await storeExport(pipeline.store, file!);
  if (!(await pipeline.store.head(baseModelManifestKey(defaultBaseModel.name))))
    await addBaseModel({ ...pipeline, python, name: defaultBaseModel.name, source: defaultBaseModel });
  const name = `offer-${number}-epochs-${setting.epochs}-seed-${setting.seed}`;
  const started = await pipeline.start(name, {
    source: { bucket: pipeline.bucket, key },
    epochs: setting.epochs,
    hyperparameters: { seed: setting.seed },
    gate,
  });
  const { status, cause } = await started.result;
  if (status !== "SUCCEEDED") throw new Error(`${name} ended as ${status}: ${cause}`);
  const verdict = (await readJson(pipeline.store, `${runPrefix(name)}verdict.json`)) as Verdict;
  const { accuracy, f1 } = verdict.metrics.challenger;
  return {
    setting,
    against: verdict.championGeneration,
    verdict: verdict.verdict,
    failed: verdict.reasons.filter(({ passed }) => !passed).map(({ rule }) => rule),
    accuracy,
    f1,
    model: verdict.challengerSha256,
    comparison: verdict.comparison,
  };
}

function orders<T>(items: T[]): T[][] {
  if (items.length <= 1) return [items];
  return items.flatMap((item, at) => orders(items.toSpliced(at, 1)).map((rest) => [item, ...rest]));
}

const results: { order: string; rows: Row[] }[] = [];
const show = (rows: Row[]) => {
  for (const { setting, verdict, accuracy, f1, failed, comparison } of rows) {
    const evidence = comparison
      ? `difference ${comparison.difference.toFixed(4)}, interval ${[comparison.lower, comparison.upper].map((end) => end.toFixed(4)).join(" to ")}, better with probability ${comparison.probabilityBetter.toFixed(3)}, detectable ${comparison.smallestDetectable.toFixed(4)}`
      : "first model";
    console.log(
      `  ${setting.epochs} epochs, seed ${setting.seed}: ${verdict.padEnd(12)} accuracy ${accuracy.toFixed(4)} F1 ${f1.toFixed(4)}  ${evidence}${failed.length > 0 ? `  (${failed.join(", ")})` : ""}`,
    );
  }
};

async function inOrder(title: string, settings: Setting[]): Promise<void> {
  const home = mkdtempSync(join(work, "home-"));
  const rows: Row[] = [];
  for (const [at, setting] of settings.entries()) rows.push(await offer(home, setting, at + 1));
  console.log(title);
  show(rows);
  results.push({ order: title, rows });
  for (const { setting, verdict, f1 } of rows) {
    const which = `${title}: ${setting.epochs} epochs, seed ${setting.seed}${setting.again ? " again" : ""}`;
    keepFigure({ what: `${which}: ${verdict}`, figure: f1, unit: "F1" });
  }
  if (values.out) writeFileSync(values.out, `${JSON.stringify({ file, gate, results }, null, 2)}\n`);
}

for (const order of orders(epochs))
  await inOrder(
    `epochs ${order.join(", ")}`,
    order.map((times) => ({ epochs: times, seed })),
  );
const middle = epochs[Math.floor(epochs.length / 2)]!;
await inOrder("the same setting twice, then another seed", [
  { epochs: middle, seed },
  { epochs: middle, seed, again: true },
  { epochs: middle, seed: otherSeed },
]);
const [first, again] = results.at(-1)!.rows;
console.log(
  `The same setting trained twice gives ${first!.model === again!.model ? "the same bytes" : "other bytes"}.`,
);

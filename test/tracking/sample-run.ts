import { runPrefix } from "../../schemas/bucket.ts";
import datasetSchema from "../../schemas/execution/dataset.schema.json" with { type: "json" };
import type { RunReceipt, TrainingLogLine } from "../../schemas/types.ts";
import { type ObjectStore, writeJson } from "../../tasks/store/store.ts";

export const canary = /canary/i;

const scores = (f1: number) => ({ accuracy: 0.97, precision: 0.8, recall: 0.7, f1, macroF1: null });

const trial = (number: number, score: number) => ({
  trial: number,
  algorithm: number === 0 ? ("linear" as const) : ("transformer" as const),
  baseModel: "minilm",
  epochs: 3,
  hyperparameters: { learningRate: 5e-4, batchSize: 32, maxSequenceLength: 128 },
  status: "completed" as const,
  score,
  standardError: 0.01,
  chosen: number === 1,
  failure: null,
  job: `pbp-train-${number}`,
});

/** A receipt as Notify writes it, with two trials. */
export function sampleReceipt(execution: string): RunReceipt {
  return {
    execution,
    kind: "multi-label",
    status: "SUCCEEDED",
    startedAt: "2026-11-20T12:00:00Z",
    endedAt: "2026-11-20T12:30:00Z",
    error: null,
    verdict: "promote",
    reasons: ["macroF1 0.81 is above the champion's 0.79"],
    metrics: {
      challenger: scores(0.81),
      champion: scores(0.79),
      baselines: { nothing: scores(0) },
    },
    embeddings: { texts: 900, embedded: 900, reused: 0 },
    generation: 4,
    version: "000004-0123456789ab",
    reason: "relabelled",
    settings: {
      export: { key: "exports/notes.json.gz", versionId: "1", sha256: "0".repeat(64) },
      model: "specialty",
      baseModel: "minilm",
      epochs: 3,
      learningRate: 5e-4,
      batchSize: 32,
      maxSequenceLength: 128,
      seed: 42,
      gate: { metric: "macroF1" },
      minSamples: 1000,
      testFraction: 0.2,
      identifiedText: "report",
      algorithms: ["linear", "transformer"],
      tuning: null,
      changed: ["model"],
    },
    trials: [trial(0, 0.7), trial(1, 0.8)],
    jobs: [],
    cost: null,
  } as unknown as RunReceipt;
}

/** A training of `steps` lines, with a validation after the last. */
export function sampleLog(steps: number): TrainingLogLine[] {
  const lines = Array.from({ length: steps }, (_, index) => ({
    step: index + 1,
    epoch: 1,
    steps,
    loss: 2 / (index + 1),
    learningRate: 5e-4,
    piecesPerSecond: 2000 + index,
    seconds: index + 1,
  }));
  const validation = {
    metric: "macroF1" as const,
    score: 0.8,
    standardError: 0.01,
    documents: 90,
    loss: 0.4,
  };
  return [...lines, { step: steps, epoch: 1, validation, seconds: steps + 1 }];
}

/** What an execution leaves in the store; the dataset, whose rows are notes, has a canary. */
export async function writeRun(store: ObjectStore, execution: string, steps = 500): Promise<void> {
  const prefix = runPrefix(execution);
  const receipt = sampleReceipt(execution);
  await writeJson(store, `${prefix}receipt.json`, receipt);
  const trials = receipt.trials!.map(({ trial, algorithm }) => ({ trial, algorithm }));
  await writeJson(store, `${prefix}dataset/manifest.json`, { ...datasetSchema.examples[0], trials });
  await store.write(`${prefix}report.html`, "<!doctype html><title>Run</title>");
  await store.write(`${prefix}model-card.md`, "# Model card\n");
  await store.write(`${prefix}dataset/train/train.jsonl`, '{"text":"Canary-4711 was seen"}\n');
  for (const { trial } of trials)
    await store.write(
      `${prefix}trials/${trial}/training.jsonl`,
      sampleLog(steps)
        .map((line) => `${JSON.stringify(line)}\n`)
        .join(""),
    );
}

// A run that has everything a page can show, made of the schemas' own examples.
import preprocess from "../../../schemas/data/preprocess-report.schema.json" with { type: "json" };
import profile from "../../../schemas/data/profile.schema.json" with { type: "json" };
import analysis from "../../../schemas/evaluation/analysis.schema.json" with { type: "json" };
import evaluation from "../../../schemas/evaluation/evaluation.schema.json" with { type: "json" };
import verdictSchema from "../../../schemas/evaluation/verdict.schema.json" with { type: "json" };
import dataset from "../../../schemas/execution/dataset.schema.json" with { type: "json" };
import { settingsOf } from "../../../schemas/execution/settings.ts";
import embeddings from "../../../schemas/models/embeddings-manifest.schema.json" with { type: "json" };
import type { Analysis, Dataset, RunReceipt, Verdict } from "../../../schemas/types.ts";
import type { RunView } from "../../../tasks/report/run-view.ts";
import { run } from "../deployment.ts";

const scores = { accuracy: 0.97, precision: 0.8, recall: 0.7, f1: 0.75, macroF1: 0.7 };
const half = { precision: 0.5, recall: 0.6, f1: 0.55 };

export const verdict: Verdict = {
  ...(verdictSchema.examples[0] as Verdict),
  championGeneration: 3,
  metrics: { challenger: scores, champion: { ...scores, f1: 0.74 }, baselines: { nothing: scores } },
  comparison: {
    metric: "accuracy",
    difference: 0.01,
    level: 0.95,
    lower: -0.002,
    upper: 0.021,
    probabilityBetter: 0.93,
    smallestDetectable: 0.012,
    resamples: 2000,
    seed: 42,
  },
  drift: {
    champion: 3,
    findings: [
      {
        what: "facet:clinic",
        distance: 0.3,
        psi: 0.2,
        halves: 0.1,
        limit: 0.2,
        exceeds: true,
        message: "It moved.",
      },
    ],
  },
  perLabel: {
    problem: { support: 40, challenger: half, champion: half },
    test: { support: 30, challenger: { ...half, f1: 0.6 }, champion: null },
    "not in test": { support: 0, challenger: half, champion: null },
  },
};

export const receipt: RunReceipt = {
  execution: "run-1",
  kind: "keyphrases",
  status: "FAILED",
  startedAt: "2026-11-20T12:00:00Z",
  endedAt: "2026-11-20T12:31:00Z",
  // Not one that the runbook knows: what helps depends on the name.
  error: { name: "Unheard", message: "Something went wrong.", helps: "look" },
  verdict: "promote",
  reasons: [],
  metrics: verdict.metrics,
  embeddings: { texts: 1, embedded: 1, reused: 0 },
  generation: 4,
  version: "000004-0123456789ab",
  reason: "relabelled",
  settings: {
    ...settingsOf(run, "0".repeat(64), {}),
    gate: { ...run.gate, labelMinimum: { problem: 0.5 } },
    changed: ["epochs", "gate.labelMinimum"],
  },
  trials: (["linear", "transformer"] as const).map((algorithm, trial) => ({
    trial,
    algorithm,
    baseModel: "minilm",
    epochs: 3,
    hyperparameters: { ...run.hyperparameters, learningRate: 5e-5 },
    status: trial === 0 ? "completed" : "failed",
    score: trial === 0 ? 0.8 : null,
    standardError: trial === 0 ? 0.01 : null,
    chosen: trial === 0,
    failure: trial === 0 ? null : { name: "TrainingFailed", message: "out of memory" },
    job: null,
  })),
  warnings: ["There is no training log."],
  jobs: [
    {
      state: "Train",
      trial: 0,
      job: "pbp-train-0123456789abcdef-0-0-0",
      log: "jobs/pbp-train/log",
      instanceType: "ml.g6.xlarge",
      instanceCount: 2,
      seconds: 1800,
      billableSeconds: 1700,
      usd: 1.25,
    },
  ],
  cost: { usd: 1.25, pricesAsOf: "2026-11-20", region: "us-east-1", unpriced: ["ml.new.large"] },
};

export const fullView: RunView = {
  ...receipt,
  settings: receipt.settings!,
  trials: receipt.trials!,
  curves: [],
  inUse: true,
  approval: null,
  forced: null,
  options: " --cloud",
  files: {
    receipt,
    verdict,
    dataset: dataset.examples[0] as Dataset,
    preprocess: {
      ...preprocess.examples[0]!,
      warnings: ["The export has a byte order mark."],
    } as RunView["files"]["preprocess"],
    profile: profile.examples[0] as RunView["files"]["profile"],
    embeddings: embeddings.examples[0] as RunView["files"]["embeddings"],
    evaluation: {
      ...(evaluation.examples[0] as NonNullable<RunView["files"]["evaluation"]>),
      separatedBy: { word: "CanaryPatient", documents: 40 },
    },
    analysis: {
      ...(analysis.examples[0] as Analysis),
      champion: analysis.examples[0]!.challenger as Analysis["challenger"],
    },
    trainings: [
      {
        trial: 0,
        algorithm: "transformer",
        lines: [
          { step: 1, steps: 20, epoch: 1, loss: 1.9, seconds: 1 },
          { step: 10, steps: 20, epoch: 1, loss: 0.4, seconds: 9 },
          {
            step: 10,
            epoch: 1,
            validation: { metric: "f1", score: 0.8, standardError: 0.01, documents: 40 },
            seconds: 10,
          },
          { step: 20, steps: 20, epoch: 2, loss: 0.05, seconds: 19 },
        ],
      },
    ],
  },
  spread: {
    metric: "f1",
    level: 0.95,
    lower: 0.7,
    upper: 0.8,
    resamples: 2000,
    histogram: { from: 0.65, to: 0.85, bins: [1, 5, 9, 4, 1] },
  },
};

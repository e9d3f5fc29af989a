import type { Dataset, Lineage, Verdict } from "../../schemas/types.ts";
import type { Promotion } from "./promotion.ts";

type Side = Pick<Dataset["train"], "documents" | "rows" | "sha256">;

const sideOf = ({ documents, rows, sha256 }: Side): Side => ({ documents, rows, sha256 });

/**
 * What went into a bundle, for its manifest. It is no part of the bundle's digest, which is that of its files: who approved
 * a model does not make it another one.
 *
 * @param code The commit of the code that promotes.
 */
export function lineageOf(promotion: Promotion & { evidence: Verdict }, code: string): Lineage {
  const { run, dataset, artifacts, verdict, evidence, approved, forced } = promotion;
  const trial = dataset.trials.find((one) => one.trial === artifacts.trial)!;
  const { key, versionId, sizeBytes } = run.source;
  const { gate, minSamples, testFraction, identifiedText, conflicts } = run;
  return {
    startedAt: run.startedAt,
    startedBy: run.startedBy ?? null,
    reason: run.reason,
    export: {
      exportId: dataset.exportId,
      exportedAt: dataset.exportedAt,
      ...{ key, versionId, sizeBytes, sha256: dataset.exportSha256 },
      train: sideOf(dataset.train),
      test: sideOf(dataset.test),
      validation: dataset.validation && sideOf(dataset.validation),
    },
    baseModel: { name: trial.baseModel.name, weightsSha256: trial.baseModel.weightsSha256 },
    settings: {
      ...{ gate, minSamples, testFraction, identifiedText, conflicts },
      approval: run.approval ?? "none",
    },
    trial: {
      trial: trial.trial,
      of: dataset.trials.length,
      algorithm: trial.algorithm,
      epochs: trial.epochs,
      hyperparameters: trial.hyperparameters,
      modelSha256: artifacts.model.sha256,
    },
    code,
    images: run.images ?? null,
    verdict: {
      key: verdict.key,
      verdict: evidence.verdict,
      championGeneration: evidence.championGeneration,
      scores: evidence.metrics.challenger,
      reasons: evidence.reasons.map(({ message }) => message),
    },
    approval: approved ? { by: approved.by, reason: approved.reason } : null,
    forced: forced ? { by: forced.actor, reason: forced.reason } : null,
  };
}

// What became of an execution's trials, as receipt and pbp show tell it.
import { needsOf, type Setting } from "../tables/algorithms.ts";
import type { Dataset, TrialReceipt } from "../types.ts";

/** What states/jobs/trials.ts says of a trial. */
export type TrialEnded = Pick<TrialReceipt, "trial" | "status" | "score" | "standardError" | "failure"> & {
  usage: { job: string } | null;
};

/** The trials of a dataset that have ended, with their results. */
export function trialReceipts(
  { trials: planned }: Pick<Dataset, "trials">,
  ended: readonly TrialEnded[],
  chosen: number | null,
): TrialReceipt[] {
  return planned.flatMap(({ trial, algorithm, baseModel, epochs, hyperparameters }) => {
    const found = ended.find((one) => one.trial === trial);
    if (!found) return [];
    const { status, score, standardError, failure, usage } = found;
    const settings = { algorithm, baseModel: baseModel.name, epochs, hyperparameters };
    const result = {
      status,
      score,
      standardError,
      chosen: trial === chosen,
      failure,
      job: usage?.job ?? null,
    };
    return { trial, ...settings, ...result };
  });
}

const short: Record<Setting, string> = {
  learningRate: "rate",
  batchSize: "batch",
  epochs: "epochs",
  maxSequenceLength: "window",
  regularization: "C",
};

/** The settings that its algorithm learns by. */
export function settingsInWords({
  algorithm,
  baseModel,
  epochs,
  hyperparameters,
}: Pick<TrialReceipt, "algorithm" | "baseModel" | "epochs" | "hyperparameters">): string {
  const { readsBaseModel, settings } = needsOf(algorithm);
  const values = { ...hyperparameters, epochs };
  return [
    ...(readsBaseModel ? [baseModel] : []),
    ...settings.map((name) => `${short[name]} ${values[name]}`),
  ].join(", ");
}

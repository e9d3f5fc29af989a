// Runs of earlier versions stay readable: they knew one kind, one baseline and one training.
import { defaultKind } from "../../schemas/tables/kinds.ts";
import type { Dataset, Scores, Verdict } from "../../schemas/types.ts";

type EarlierSide = { documents: number; rows: number; tokens: number; entities: number; sha256: string };

export type Earlier = {
  verdict: Omit<Verdict, "kind" | "metrics" | "counts"> & {
    metrics: { baseline: Scores; challenger: Scores; champion: Scores | null };
    counts: { documents: number; tokens: number; entities: number; excludedDocuments: number };
  };
  dataset: Omit<Dataset, "kind" | "train" | "validation" | "test" | "trials"> & {
    train: EarlierSide;
    test: EarlierSide;
  };
};

export function verdictAsNow(verdict: Verdict | Earlier["verdict"] | null): Verdict | null {
  if (verdict === null || "kind" in verdict) return verdict;
  const { metrics, counts, ...rest } = verdict;
  const { baseline, ...models } = metrics;
  const { tokens, entities, ...documents } = counts;
  return {
    ...rest,
    kind: defaultKind,
    metrics: { ...models, baselines: { nothing: baseline } },
    counts: { ...documents, units: tokens, items: entities },
  };
}

export function datasetAsNow(dataset: Dataset | Earlier["dataset"] | null): Dataset | null {
  if (dataset === null || "kind" in dataset) return dataset;
  const side = ({ entities, ...rest }: EarlierSide) => ({ ...rest, units: rest.tokens, items: entities });
  return {
    ...dataset,
    kind: defaultKind,
    train: side(dataset.train),
    validation: null,
    test: side(dataset.test),
    trials: [],
  };
}

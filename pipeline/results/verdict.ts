import { defaultKind } from "../../schemas/kinds.ts";
import type { Scores, Verdict } from "../../schemas/types.ts";

/** A verdict as it is written now: that of an earlier version knew one kind, and one baseline. */
export function upToDate(verdict: Verdict | null): Verdict | null {
  if (verdict === null || "baselines" in verdict.metrics) return verdict;
  const { metrics, counts, ...rest } = verdict as unknown as Omit<Verdict, "metrics" | "counts"> & {
    metrics: { baseline: Scores; challenger: Scores; champion: Scores | null };
    counts: { documents: number; tokens: number; entities: number; excludedDocuments: number };
  };
  const { baseline, ...models } = metrics;
  const { tokens, entities, ...documents } = counts;
  return {
    ...rest,
    kind: defaultKind,
    metrics: { ...models, baselines: { nothing: baseline } },
    counts: { ...documents, units: tokens, items: entities },
  };
}

// How far a score would move with other test documents: what the bar chart beside the scores shows. QualityGate's
// paired bootstrap says it of a difference; here it is the challenger's own score, by the same drawing.

import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { evaluationPrefix } from "../../schemas/bucket.ts";
import { hasMacroF1 } from "../../schemas/tables/kinds.ts";
import type { DocumentCounts, Evaluation, GatePolicy, Verdict } from "../../schemas/types.ts";
import { PairedCounts } from "../quality-gate/paired-counts.ts";
import { PairedLabels } from "../quality-gate/paired-labels.ts";
import { quantile } from "../quality-gate/quantiles.ts";
import { randomBelow } from "../quality-gate/random.ts";
import type { ObjectStore } from "../store/store.ts";
import type { RunFiles } from "./run-files.ts";

export type Spread = {
  metric: GatePolicy["metric"];
  level: number;
  lower: number;
  upper: number;
  resamples: number;
  /** How many resamples fall into each of the bins of equal width between `from` and `to`. */
  histogram: { from: number; to: number; bins: number[] };
};

const resamples = 2000;
const level = 0.95;
const mostBins = 30;
const seed = 42;
// A quarter of a million documents. Beyond it the score hardly moves, and reading would cost Notify its time.
const mostBytes = 32 * 1024 * 1024;

/** Of a run's own score, from the documents.jsonl that was judged; null where there is none, or too much of it. */
export async function readSpread(
  store: ObjectStore,
  execution: string,
  { verdict, evaluation }: Pick<RunFiles, "verdict" | "evaluation">,
): Promise<Spread | null> {
  if (!verdict || !evaluation) return null;
  const key = `${evaluationPrefix(execution, verdict.championGeneration)}documents.jsonl`;
  const found = await store.head(key);
  if (!found || found.sizeBytes > mostBytes) return null;
  const lines = await store.read(key, { versionId: found.versionId });
  return spreadOf(lines, metricOf(verdict), evaluation.labels);
}

/** What decided; of keyphrases F1, since accuracy counts the many tokens that nobody asked for. */
function metricOf({ kind, policy }: Verdict) {
  return !hasMacroF1(kind) ? "f1" : policy.metric;
}

/** @param lines Of documents.jsonl, which QualityGate has checked. */
async function spreadOf(
  lines: Readable,
  metric: GatePolicy["metric"],
  labels: Evaluation["labels"],
): Promise<Spread | null> {
  const counts = metric === "macroF1" ? new PairedLabels(labels.length) : new PairedCounts(metric);
  for await (const line of createInterface({ input: lines })) {
    if (line === "") continue;
    const document = JSON.parse(line) as DocumentCounts;
    // Without a champion the difference to it is the challenger's score.
    counts.add({
      ...document,
      champion: [0, 0, 0, 0],
      ...(document.classes && { classes: { ...document.classes, champion: [] } }),
    });
  }
  if (counts.documents < 2) return null;
  const draw = randomBelow(counts.units, seed);
  const scores = Float64Array.from({ length: resamples }, () => counts.resampled(draw)).sort();
  const [from, to] = [scores[0]!, scores.at(-1)!];
  // Few documents give few different scores: bins between them would stay empty.
  const binCount = Math.min(mostBins, Math.max(1, new Set(scores).size));
  const bins = new Array<number>(binCount).fill(0);
  for (const score of scores)
    bins[Math.min(binCount - 1, Math.floor(((score - from) / (to - from || 1)) * binCount))]!++;
  return {
    metric,
    level,
    lower: quantile(scores, (1 - level) / 2),
    upper: quantile(scores, (1 + level) / 2),
    resamples,
    histogram: { from, to, bins },
  };
}

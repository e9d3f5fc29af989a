import { createHash } from "node:crypto";
import artifactsSchema from "../../schemas/execution/artifacts.schema.json" with { type: "json" };
import datasetSchema from "../../schemas/execution/dataset.schema.json" with { type: "json" };
import type {
  Artifacts,
  Champion,
  Counts,
  Dataset,
  DocumentCounts,
  Evaluation,
  ModelScores,
  Scores,
} from "../../schemas/types.ts";
import { ratio } from "../../tasks/quality-gate/paired-counts.ts";
import { labelsReference } from "../../tasks/store/label-set.ts";

export const labels = ["problem"];
export const challengerSha256 = "c".repeat(64);
export const testSha256 = "7".repeat(64);
export const championModel = {
  key: "champions/000004-000000000000/model.tar.gz",
  sha256: "d".repeat(64),
  sizeBytes: 1,
};

export const champion: Champion = {
  generation: 4,
  version: "000004-000000000000",
  execution: "run-0",
  promotedAt: "2026-11-20T12:31:02Z",
  kind: "keyphrases",
  labels: labelsReference(labels),
  model: championModel,
};

/** A model's luck on one document of `units` tokens and `items` entities. */
export type Outcome = { right: number; found: number; invented: number };
export type Scored = {
  units: number;
  items: number;
  challenger: Outcome;
  champion: Outcome | null;
};

/** What Evaluate would write about these documents, and what the execution knows about them. */
export function evaluated(documents: Scored[]) {
  const lines = documents.map(lineOf);
  const withChampion = documents.length > 0 && documents.every((one) => one.champion !== null);
  const totals = {
    documents: documents.length,
    rows: documents.length,
    units: sum(documents.map((one) => one.units)),
    items: sum(documents.map((one) => one.items)),
  };
  const evaluation: Evaluation = {
    testSha256,
    kind: "keyphrases",
    ...totals,
    excludedDocuments: 0,
    labels,
    comparedLabels: labels,
    challenger: modelScores(
      challengerSha256,
      totals.units,
      lines.map((line) => line.challenger),
    ),
    champion: withChampion
      ? modelScores(
          championModel.sha256,
          totals.units,
          lines.map((line) => line.champion ?? []),
        )
      : null,
    baselines: {
      nothing: {
        accuracy: ratio(totals.units - totals.items, totals.units),
        precision: 0,
        recall: 0,
        f1: 0,
        macroF1: 0,
      },
    },
  };
  const dataset: Dataset = {
    ...(datasetSchema.examples[0] as Dataset),
    labels: labelsReference(labels),
    test: { ...totals, tokens: totals.units, sha256: testSha256 },
  };
  const artifacts = structuredClone(artifactsSchema.examples[0]) as unknown as Artifacts;
  artifacts.model.sha256 = challengerSha256;
  return { evaluation, lines, dataset, labels, artifacts, champion: withChampion ? champion : null };
}

function lineOf(scored: Scored, index: number): DocumentCounts {
  const counts = ({ right, found, invented }: Outcome): Counts => [
    right,
    found,
    invented,
    scored.items - found,
  ];
  return {
    document: createHash("sha256").update(String(index)).digest("hex").slice(0, 16),
    units: scored.units,
    challenger: counts(scored.challenger),
    champion: scored.champion && counts(scored.champion),
  };
}

function modelScores(modelSha256: string, units: number, lines: Counts[]): ModelScores {
  const [right, found, invented, missed] = [0, 1, 2, 3].map((field) =>
    sum(lines.map((line) => line[field]!)),
  );
  const f1 = ratio(2 * found!, 2 * found! + invented! + missed!);
  const scores: Scores = {
    accuracy: ratio(right!, units),
    precision: ratio(found!, found! + invented!),
    recall: ratio(found!, found! + missed!),
    f1,
    // There is one label; without support it counts for nothing.
    macroF1: found! + missed! > 0 ? f1 : 0,
  };
  const { accuracy: _, macroF1: __, ...ofLabel } = scores;
  return {
    modelSha256,
    labels,
    scores,
    perLabel: { problem: { ...ofLabel, support: found! + missed! } },
  };
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** `count` documents of 50 tokens and 5 entities, the models right on as many tokens as the functions say. */
export function uniform(
  count: number,
  challengerRight: (index: number) => number,
  championRight: ((index: number) => number) | null,
): Scored[] {
  const outcome = (right: number): Outcome => ({
    right,
    found: Math.max(0, right - 45),
    invented: Math.min(5, 50 - right),
  });
  return Array.from({ length: count }, (_, index) => ({
    units: 50,
    items: 5,
    challenger: outcome(challengerRight(index)),
    champion: championRight && outcome(championRight(index)),
  }));
}

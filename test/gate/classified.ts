import { createHash } from "node:crypto";
import artifactsSchema from "../../schemas/execution/artifacts.schema.json" with { type: "json" };
import datasetSchema from "../../schemas/execution/dataset.schema.json" with { type: "json" };
import type {
  Artifacts,
  Counts,
  Dataset,
  DocumentCounts,
  Evaluation,
  ModelScores,
  Scores,
} from "../../schemas/types.ts";
import { ratio } from "../../tasks/quality-gate/paired-counts.ts";
import { labelsReference } from "../../tasks/store/label-set.ts";
import { challengerSha256, championModel, champion as plainChampion, testSha256 } from "./evaluation.ts";

/** What a document has, and what both models say of it, as numbers of labels. */
export type Classified = { gold: number[]; challenger: number[]; champion: number[] | null };

/** Counts as Evaluate does, written once more: in sets, label by label. */
function countsOf(isExclusive: boolean, labels: number, gold: number[], said: number[]): Counts {
  const found = said.filter((label) => gold.includes(label)).length;
  const [invented, missed] = [said.length - found, gold.length - found];
  if (isExclusive) return [invented + missed === 0 ? 1 : 0, found, invented, missed];
  return [labels - invented - missed, found, invented, missed];
}

function scoresOf(
  isExclusive: boolean,
  labels: number,
  pairs: { gold: number[]; said: number[] }[],
): { scores: Scores; f1: { precision: number; recall: number; f1: number; support: number }[] } {
  const sums = [0, 0, 0, 0];
  for (const { gold, said } of pairs)
    for (const [index, count] of countsOf(isExclusive, labels, gold, said).entries()) sums[index]! += count;
  const [right, found, invented, missed] = sums as [number, number, number, number];
  const f1 = Array.from({ length: labels }, (_, label) => {
    const support = pairs.filter(({ gold }) => gold.includes(label)).length;
    const claimed = pairs.filter(({ said }) => said.includes(label)).length;
    const both = pairs.filter(({ gold, said }) => gold.includes(label) && said.includes(label)).length;
    return {
      precision: ratio(both, claimed),
      recall: ratio(both, support),
      f1: ratio(2 * both, claimed + support),
      support,
    };
  });
  const supported = f1.filter(({ support }) => support > 0);
  return {
    f1,
    scores: {
      accuracy: ratio(right, isExclusive ? pairs.length : pairs.length * labels),
      precision: ratio(found, found + invented),
      recall: ratio(found, found + missed),
      f1: ratio(2 * found, 2 * found + invented + missed),
      macroF1: ratio(
        supported.reduce((sum, one) => sum + one.f1, 0),
        supported.length,
      ),
    },
  };
}

/** What Evaluate would write about these documents, and what the execution knows about them. */
export function classified(kind: "single-label" | "multi-label", labels: string[], documents: Classified[]) {
  const isExclusive = kind === "single-label";
  const withChampion = documents.length > 0 && documents.every(({ champion }) => champion !== null);
  const model = (modelSha256: string, who: "challenger" | "champion"): ModelScores => {
    const pairs = documents.map((one) => ({ gold: one.gold, said: one[who]! }));
    const { scores, f1 } = scoresOf(isExclusive, labels.length, pairs);
    return {
      modelSha256,
      labels,
      scores,
      perLabel: Object.fromEntries(labels.map((label, index) => [label, f1[index]!])),
    };
  };
  const always = (said: number[]) =>
    scoresOf(
      isExclusive,
      labels.length,
      documents.map(({ gold }) => ({ gold, said })),
    ).scores;
  const support = labels.map((_, label) => documents.filter(({ gold }) => gold.includes(label)).length);
  const commonest = support.indexOf(Math.max(...support));
  const units = isExclusive ? documents.length : documents.length * labels.length;
  const items = documents.reduce((sum, { gold }) => sum + gold.length, 0);
  const counted = { documents: documents.length, rows: documents.length, units, items };
  const evaluation: Evaluation = {
    testSha256,
    kind,
    ...counted,
    excludedDocuments: 0,
    labels,
    comparedLabels: labels,
    challenger: model(challengerSha256, "challenger"),
    champion: withChampion ? model(championModel.sha256, "champion") : null,
    baselines: {
      nothing: always([]),
      [isExclusive ? "majority" : "mostFrequent"]: always([commonest]),
    },
  };
  const lines = documents.map(
    ({ gold, challenger, champion }, index): DocumentCounts => ({
      document: createHash("sha256").update(String(index)).digest("hex").slice(0, 16),
      units: isExclusive ? 1 : labels.length,
      challenger: countsOf(isExclusive, labels.length, gold, challenger),
      champion: champion && countsOf(isExclusive, labels.length, gold, champion),
      classes: { gold, challenger, champion },
    }),
  );
  const dataset: Dataset = {
    ...(datasetSchema.examples[0] as unknown as Dataset),
    kind,
    labels: labelsReference(labels),
    test: { ...counted, tokens: 10 * documents.length, sha256: testSha256 },
  };
  const artifacts = structuredClone(artifactsSchema.examples[0]) as unknown as Artifacts;
  artifacts.model.sha256 = challengerSha256;
  const champion = withChampion ? { ...plainChampion, kind, labels: labelsReference(labels) } : null;
  return { evaluation, lines, dataset, labels, artifacts, champion };
}

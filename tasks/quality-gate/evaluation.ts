// Reads what Evaluate left and believes none of it: it must be about this execution's models and rows, and add up.
import evaluationSchema from "../../schemas/evaluation/evaluation.schema.json" with { type: "json" };
import { NamedError } from "../../schemas/tables/errors.ts";
import { wordsOf } from "../../schemas/tables/kinds.ts";
import type { Artifacts, Champion, Dataset, Evaluation, ModelScores } from "../../schemas/types.ts";
import { door } from "../lambda/door.ts";
import { labelScores } from "./label-scores.ts";
import { ratio } from "./paired-counts.ts";
import { equal, parse, refuseUnless } from "./refusal.ts";

const checkEvaluation = door<Evaluation>(evaluationSchema, { what: "metrics.json", name: "MetricInvalid" });

// Their ids, held to find one that stands twice, take 270 MB. An export of a gigabyte has a tenth of these in its test set.
const maxDocuments = 2 ** 21;

export type Expected = {
  dataset: Dataset;
  /** The names that the dataset refers to. */
  labels: readonly string[];
  artifacts: Artifacts;
  champion: Champion | null;
};

/**
 * metrics.json as text → the evaluation, which is about the expected models and rows.
 *
 * Throws MetricInvalid that names the field, or ChampionUnreadable when there is a champion but no score of it.
 */
export function readEvaluation(text: string, expected: Expected): Evaluation {
  const { dataset, artifacts, champion } = expected;
  const evaluation = checkEvaluation(parse(text, "metrics.json"));
  refuseUnless(evaluation.kind === dataset.kind, "kind must be that of the dataset");
  checkModels(evaluation, artifacts, champion);
  checkLabels(evaluation, expected.labels);
  checkRows(evaluation, dataset);
  checkPerLabel("challenger", evaluation.challenger, evaluation);
  if (evaluation.champion) checkPerLabel("champion", evaluation.champion, evaluation);
  return evaluation;
}

function checkRows(evaluation: Evaluation, { test }: Dataset): void {
  refuseUnless(evaluation.testSha256 === test.sha256, "testSha256 must be that of the dataset's test.jsonl");
  refuseUnless(
    evaluation.documents + evaluation.excludedDocuments === test.documents,
    "documents and excludedDocuments must add up to the dataset's test documents",
  );
  refuseUnless(evaluation.documents <= maxDocuments, `documents must be at most ${maxDocuments}`);
  if (evaluation.excludedDocuments > 0) return;
  refuseUnless(evaluation.rows === test.rows, "rows must be the number in the dataset");
  // Where each label is decided on, a label that the champion does not know is no unit.
  const { comparedLabels, labels } = evaluation;
  const units = wordsOf(evaluation.kind).unitPerLabel
    ? (test.units / labels.length) * comparedLabels.length
    : test.units;
  refuseUnless(evaluation.units === units, "units must be the number in the dataset");
  refuseUnless(
    supported(evaluation.challenger, evaluation.labels) === test.items,
    "challenger.perLabel must support the dataset's items",
  );
}

function checkModels(evaluation: Evaluation, artifacts: Artifacts, champion: Champion | null): void {
  refuseUnless(
    evaluation.challenger.modelSha256 === artifacts.model.sha256,
    "challenger.modelSha256 must be that of the model that was trained",
  );
  if (champion === null) refuseUnless(evaluation.champion === null, "champion must be null: there is none");
  else if (evaluation.champion === null)
    throw new NamedError(
      "ChampionUnreadable",
      `The evaluation has no score of the champion, generation ${champion.generation}, so nothing can be compared.`,
    );
  else
    refuseUnless(
      evaluation.champion.modelSha256 === champion.model.sha256,
      "champion.modelSha256 must be that of the champion",
    );
}

function checkLabels(
  { labels, comparedLabels, challenger, champion }: Evaluation,
  expected: readonly string[],
): void {
  refuseUnless(same(labels, expected), "labels must be those of the dataset");
  refuseUnless(same(challenger.labels, labels), "challenger.labels must be those of the dataset");
  const known = champion?.labels ?? labels;
  refuseUnless(
    same(
      comparedLabels,
      labels.filter((label) => known.includes(label)),
    ),
    "comparedLabels must be the labels that the champion knows too",
  );
}

function checkPerLabel(who: string, model: ModelScores, evaluation: Evaluation): void {
  for (const [label, { precision, recall, f1, support }] of Object.entries(model.perLabel)) {
    refuseUnless(
      equal(f1, ratio(2 * precision * recall, precision + recall)),
      `${who}.perLabel must hold the f1 of its precision and recall`,
    );
    refuseUnless(
      support === supported(evaluation.challenger, [label]),
      `${who}.perLabel must support the same items as the challenger's`,
    );
  }
  refuseUnless(
    supported(model, evaluation.comparedLabels) === evaluation.items,
    `${who}.perLabel must support all items together`,
  );
}

function supported(model: ModelScores, labels: readonly string[]): number {
  return labels.reduce((sum, label) => sum + labelScores(model, label).support, 0);
}

function same(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((one, index) => one === others[index]);
}

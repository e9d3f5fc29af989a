// Reads what Evaluate left and believes none of it: the scores must follow from the counts of the single documents, and
// both must be about this execution's models and rows.
import type { Readable } from "node:stream";
import documentCountsSchema from "../../schemas/document-counts.schema.json" with { type: "json" };
import { NamedError } from "../../schemas/errors.ts";
import evaluationSchema from "../../schemas/evaluation.schema.json" with { type: "json" };
import type {
  Artifacts,
  Champion,
  Counts,
  Dataset,
  DocumentCounts,
  Evaluation,
  GatePolicy,
  ModelScores,
} from "../../schemas/types.ts";
import { door } from "../door.ts";
import { parseStrictly } from "../strict-json.ts";
import { PairedCounts, ratio } from "./bootstrap.ts";

// Python and JavaScript divide alike, so only a sum in another order may differ, in the last digits.
const tolerance = 1e-9;
// A line holds an id and nine counts.
const maxLineCharacters = 1000;
// The bootstrap's draw is exact up to there.
const maxDocuments = 2 ** 21;

const checkEvaluation = door<Evaluation>(evaluationSchema, { what: "metrics.json", name: "MetricInvalid" });
const checkDocument = door<DocumentCounts>(documentCountsSchema, {
  what: "A line of documents.jsonl",
  name: "MetricInvalid",
});

export type Expected = { dataset: Dataset; artifacts: Artifacts; champion: Champion | null };

/**
 * metrics.json as text → the evaluation, which is about the expected models and rows.
 *
 * Throws MetricInvalid that names the field, or ChampionUnreadable when there is a champion but no score of it.
 */
export function readEvaluation(text: string, { dataset, artifacts, champion }: Expected): Evaluation {
  const evaluation = checkEvaluation(parse(text, "metrics.json"));
  const { challenger, baseline } = evaluation;
  refuseUnless(
    evaluation.testSha256 === dataset.test.sha256,
    "testSha256 must be that of the dataset's test.jsonl",
  );
  refuseUnless(
    evaluation.documents + evaluation.excludedDocuments === dataset.test.documents,
    "documents and excludedDocuments must add up to the dataset's test documents",
  );
  if (evaluation.excludedDocuments === 0)
    for (const field of ["rows", "tokens", "entities"] as const)
      refuseUnless(evaluation[field] === dataset.test[field], `${field} must be the number in the dataset`);
  refuseUnless(
    challenger.modelSha256 === artifacts.model.sha256,
    "challenger.modelSha256 must be that of the model that was trained",
  );
  refuseUnless(
    baseline.precision === 0 && baseline.recall === 0 && baseline.f1 === 0,
    "baseline must find no entity: it is the tagger that finds nothing",
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
  checkPerLabel("challenger", challenger, evaluation.entities);
  if (evaluation.champion) checkPerLabel("champion", evaluation.champion, evaluation.entities);
  return evaluation;
}

/**
 * documents.jsonl, streamed → the counts to draw from; null without a champion or a document.
 *
 * Throws MetricInvalid when the lines do not add up to the evaluation's numbers.
 */
export async function readDocuments(
  bytes: Readable,
  evaluation: Evaluation,
  metric: GatePolicy["metric"],
): Promise<PairedCounts | null> {
  const counts = new PairedCounts(metric);
  const seen = new Set<string>();
  const totals = { tokens: 0, challenger: [0, 0, 0, 0], champion: [0, 0, 0, 0] };
  for await (const line of linesOf(bytes)) {
    const document = checkDocument(parse(line, "A line of documents.jsonl"));
    refuseUnless(!seen.has(document.document), "documents.jsonl must hold every document once");
    seen.add(document.document);
    refuseUnless(seen.size <= maxDocuments, `documents.jsonl must hold at most ${maxDocuments} lines`);
    refuseUnless(
      (document.champion === null) === (evaluation.champion === null),
      "documents.jsonl must count the champion on every line or on none",
    );
    for (const one of [document.challenger, ...(document.champion ? [document.champion] : [])]) {
      refuseUnless(
        one[0]! <= document.tokens,
        "documents.jsonl must not count more tokens right than there are",
      );
      refuseUnless(
        one[1]! + one[3]! === document.challenger[1]! + document.challenger[3]!,
        "documents.jsonl must count the same entities for both models",
      );
    }
    totals.tokens += document.tokens;
    add(totals.challenger, document.challenger);
    if (document.champion) add(totals.champion, document.champion);
    counts.add(document);
  }
  refuseUnless(
    seen.size === evaluation.documents,
    "documents must be the number of lines of documents.jsonl",
  );
  refuseUnless(totals.tokens === evaluation.tokens, "tokens must be the sum over documents.jsonl");
  checkScores("challenger", evaluation.challenger, totals.challenger, evaluation);
  if (evaluation.champion) checkScores("champion", evaluation.champion, totals.champion, evaluation);
  return evaluation.champion && seen.size > 0 ? counts : null;
}

/** The lines, of which the last may lack its line feed. None is held that is longer than one of ours. */
async function* linesOf(bytes: Readable): AsyncGenerator<string> {
  let rest = "";
  // Ids and digits: a byte that is no ASCII fails the schema, in whatever way it is decoded.
  for await (const chunk of bytes.setEncoding("latin1")) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of [...lines, rest])
      refuseUnless(line.length <= maxLineCharacters, "documents.jsonl must hold short lines only");
    yield* lines;
  }
  if (rest !== "") yield rest;
}

function checkScores(who: string, { scores }: ModelScores, counts: Counts, evaluation: Evaluation): void {
  const [right = 0, found = 0, invented = 0, missed = 0] = counts;
  refuseUnless(found + missed === evaluation.entities, "entities must be the sum over documents.jsonl");
  const expected = {
    accuracy: ratio(right, evaluation.tokens),
    precision: ratio(found, found + invented),
    recall: ratio(found, found + missed),
    f1: ratio(2 * found, 2 * found + invented + missed),
  };
  for (const field of ["accuracy", "precision", "recall", "f1"] as const)
    refuseUnless(
      Math.abs(scores[field] - expected[field]) <= tolerance,
      `${who}.scores.${field} must follow from documents.jsonl`,
    );
}

function checkPerLabel(who: string, { perLabel }: ModelScores, entities: number): void {
  let support = 0;
  for (const { precision, recall, f1, support: ofLabel } of Object.values(perLabel)) {
    support += ofLabel;
    const expected = ratio(2 * precision * recall, precision + recall);
    refuseUnless(
      Math.abs(f1 - expected) <= tolerance,
      `${who}.perLabel must hold the f1 of its precision and recall`,
    );
  }
  refuseUnless(support === entities, `${who}.perLabel must support all entities together`);
}

function add(totals: Counts, counts: Counts): void {
  for (const [index, count] of counts.entries()) totals[index]! += count;
}

function parse(text: string, what: string): unknown {
  try {
    return parseStrictly(text);
  } catch (error) {
    throw new NamedError(
      "MetricInvalid",
      `${what} ${error instanceof SyntaxError ? error.message : "is not JSON"}.`,
    );
  }
}

function refuseUnless(condition: boolean, rule: string): asserts condition {
  if (!condition)
    throw new NamedError("MetricInvalid", `The evaluation contradicts itself or this run: ${rule}.`);
}

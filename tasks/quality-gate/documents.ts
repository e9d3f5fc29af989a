// Believes no summary: the scores must follow from the counts of the single documents.
import type { Readable } from "node:stream";
import documentCountsSchema from "../../schemas/evaluation/document-counts.schema.json" with { type: "json" };
import type { Counts, DocumentCounts, Evaluation, GatePolicy, ModelScores } from "../../schemas/types.ts";
import { door } from "../lambda/door.ts";
import { type Paired, PairedCounts, ratio } from "./paired-counts.ts";
import { PairedLabels } from "./paired-labels.ts";
import { recountOf } from "./recount.ts";
import { equal, parse, refuseUnless } from "./refusal.ts";

// A line holds an id, nine counts, and of classes three lists of up to 1,000 numbers.
const maxLineCharacters = 16_000;

const checkDocument = door<DocumentCounts>(documentCountsSchema, {
  what: "A line of documents.jsonl",
  name: "MetricInvalid",
});

/** What documents.jsonl shows beside the evaluation. */
export type Recounted = {
  /** To draw from; null without a champion or a document. */
  paired: Paired | null;
  /** Different labels that the challenger says; null where the kind does not tell. */
  saidLabels: number | null;
};

/**
 * Reads documents.jsonl, streamed, and counts everything again.
 *
 * Throws MetricInvalid when the lines do not add up to the evaluation's numbers.
 */
export async function readDocuments(
  bytes: Readable,
  evaluation: Evaluation,
  metric: GatePolicy["metric"],
): Promise<Recounted> {
  const counts = metric === "macroF1" ? new PairedLabels(evaluation.labels.length) : new PairedCounts(metric);
  const recount = recountOf[evaluation.kind](evaluation);
  const seen = new Set<string>();
  const totals = { units: 0, challenger: [0, 0, 0, 0], champion: [0, 0, 0, 0] };
  for await (const line of linesOf(bytes)) {
    const document = checkDocument(parse(line, "A line of documents.jsonl"));
    refuseUnless(!seen.has(document.document), "documents.jsonl must hold every document once");
    seen.add(document.document);
    refuseUnless(
      seen.size <= evaluation.documents,
      "documents.jsonl must not have more lines than there are documents",
    );
    checkCounts(document, evaluation);
    recount.add(document);
    totals.units += document.units;
    add(totals.challenger, document.challenger);
    if (!document.champion) continue;
    add(totals.champion, document.champion);
    counts.add(document);
  }
  refuseUnless(
    seen.size === evaluation.documents,
    "documents must be the number of lines of documents.jsonl",
  );
  refuseUnless(totals.units === evaluation.units, "units must be the sum over documents.jsonl");
  checkScores("challenger", evaluation.challenger, totals.challenger, evaluation);
  if (evaluation.champion) checkScores("champion", evaluation.champion, totals.champion, evaluation);
  recount.finish(totals);
  return { paired: counts.documents > 0 ? counts : null, saidLabels: recount.saidLabels };
}

function checkCounts({ units, challenger, champion }: DocumentCounts, evaluation: Evaluation): void {
  refuseUnless(
    (champion === null) === (evaluation.champion === null),
    "documents.jsonl must count the champion on every line or on none",
  );
  const items = challenger[1]! + challenger[3]!;
  for (const [right, found, invented, missed] of [challenger, champion ?? challenger]) {
    refuseUnless(right! <= units, "documents.jsonl must not count more units right than there are");
    refuseUnless(found! + missed! === items, "documents.jsonl must count the same items for both models");
    refuseUnless(
      items <= units && found! + invented! <= units,
      "documents.jsonl must not count more items than units",
    );
  }
}

/** The lines, of which the last may lack its line feed. None is held that is longer than one of ours. */
async function* linesOf(bytes: Readable): AsyncGenerator<string> {
  let rest = "";
  // Ids and digits: a byte that is not ASCII fails the schema, in whichever way it is decoded.
  for await (const chunk of bytes.setEncoding("latin1")) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop()!;
    for (const line of [...lines, rest])
      refuseUnless(line.length <= maxLineCharacters, "documents.jsonl must hold short lines only");
    yield* lines;
  }
  if (rest !== "") yield rest;
}

function add(totals: Counts, counts: Counts): void {
  for (const [index, count] of counts.entries()) totals[index]! += count;
}

/** The scores must follow from the counts of all documents. */
function checkScores(who: string, model: ModelScores, counts: Counts, evaluation: Evaluation): void {
  const [right = 0, found = 0, invented = 0, missed = 0] = counts;
  refuseUnless(found + missed === evaluation.items, "items must be the sum over documents.jsonl");
  const expected = {
    accuracy: ratio(right, evaluation.units),
    precision: ratio(found, found + invented),
    recall: ratio(found, found + missed),
    f1: ratio(2 * found, 2 * found + invented + missed),
  };
  for (const field of ["accuracy", "precision", "recall", "f1"] as const)
    refuseUnless(
      equal(model.scores[field], expected[field]),
      `${who}.scores.${field} must follow from documents.jsonl`,
    );
}

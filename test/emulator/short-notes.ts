import type { ExportRecord, TrainingExport } from "../../schemas/types.ts";

const procedures = ["lithotripsy", "biopsy", "dialysis", "stenting", "ablation"];
// Of as many words each: notes of one length make batches of one shape, for which the training's products are made once.
const problems = [
  "a kidney stone",
  "a mild anaemia",
  "a chronic asthma",
  "a hip fracture",
  "type 2 diabetes",
];

/**
 * Enough annotated notes for the default of 1,000 samples, each so short that a model of one layer has learnt them in
 * seconds. Of patients of their own, so that the split has many groups.
 */
export function shortNotes(count: number): TrainingExport & { records: ExportRecord[] } {
  return {
    schemaVersion: "1.0",
    exportId: "short-notes",
    exportedAt: "2026-11-20T12:00:00Z",
    source: "test",
    offsetUnit: "utf16",
    labels: ["problem", "procedure"],
    records: Array.from({ length: count }, (_, number) => note(number)),
  };
}

/** The same notes by what was done: one class each, which a linear model learns. */
export function shortClasses(count: number): TrainingExport {
  const { records, offsetUnit: _, ...header } = shortNotes(count);
  return {
    ...header,
    schemaVersion: "1.1",
    kind: "single-label",
    labels: procedures,
    records: records.map(({ keyphrases, ...record }) => ({ ...record, classes: [keyphrases![0]!.text!] })),
  };
}

function note(number: number): ExportRecord {
  const procedure = procedures[number % procedures.length]!;
  const problem = problems[Math.floor(number / procedures.length) % problems.length]!;
  const text = `Visit ${1001 + number}: ${procedure} was done for ${problem}.`;
  const span = (phrase: string, label: string) => {
    const start = text.indexOf(phrase);
    return { start, end: start + phrase.length, label, text: phrase };
  };
  return {
    recordId: `r-${number + 1}`,
    patientId: `p-${number + 1}`,
    text,
    keyphrases: [span(procedure, "procedure"), span(problem, "problem")],
  };
}

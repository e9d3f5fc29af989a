// Where notes that are to be answered in AWS lie, and what their jobs are called. A file is named by its digest alone: its
// own name may be about a patient.
import { createHash } from "node:crypto";
import { below } from "./bucket.ts";

/** A file of notes, by its digest, and the generation of a registered model that is to answer it. */
export type Prediction = { source: string; model: string; generation: number };

export const notesKey = (source: string) => `${below("predictions", source)}notes.jsonl`;

/** What the job writes, as answers.jsonl. */
export const answersFolder = ({ source, model, generation }: Prediction) =>
  below("predictions", source, model, String(generation));

export const answersKey = (prediction: Prediction) => `${answersFolder(prediction)}answers.jsonl`;

/** Every job of the stack that answers files, in small letters as SageMaker writes ARNs. */
export const everyJob = (stackName: string) => `${stackName.toLowerCase()}-predict-*`;

/**
 * What the names of a prediction's jobs begin with; behind it comes the attempt. A name is taken for ever, so the same
 * prediction finds its job again. At most 55 of SageMaker's 63 characters.
 */
export function jobsOf(stackName: string, { source, model, generation }: Prediction): string {
  const mark = createHash("sha256").update(`${model}/${source}`).digest("hex").slice(0, 16);
  return `${stackName.toLowerCase()}-predict-${mark}-${generation}-`;
}

// Where notes that are to be answered in AWS lie, and what their jobs are called. A file is named by its digest alone: its
// own name may be about a patient.
import { createHash } from "node:crypto";
import { below } from "../bucket.ts";
import type { Policy } from "../types.ts";

/**
 * A file of notes, by its digest; the generation of a registered model that is to answer it; and the policy by label that
 * is to rule on the answers, null for none.
 */
export type Prediction = { source: string; model: string; generation: number; policy: Policy | null };

export const notesKey = (source: string) => `${below("predictions", source)}notes.jsonl`;

/** What the job writes, as answers.jsonl: another policy makes other answers. */
export const answersFolder = ({ source, model, generation, policy }: Prediction) =>
  below("predictions", source, model, [generation, ...markOf(policy)].join("-"));

export const answersKey = (prediction: Prediction) => `${answersFolder(prediction)}answers.jsonl`;

/** The policy as the job reads it, beside the notes. */
export const policyKey = (source: string, policy: Policy) =>
  `${below("predictions", source, ...markOf(policy))}policy.json`;

/** Equal for equal policies, in whichever order their fields and labels come. */
export function policyText({ labels, otherwise, schemaVersion }: Policy): string {
  const rules = Object.entries(labels).toSorted(([one], [other]) => (one < other ? -1 : 1));
  const sorted = rules.map(([label, { action, threshold }]) => [label, { action, threshold }]);
  return `${JSON.stringify({ labels: Object.fromEntries(sorted), otherwise, schemaVersion })}\n`;
}

const digest = (text: string) => createHash("sha256").update(text).digest("hex").slice(0, 16);
const markOf = (policy: Policy | null) => (policy === null ? [] : [digest(policyText(policy))]);

/** Every job of the stack that answers files, in small letters as SageMaker writes ARNs. */
export const everyJob = (stackName: string) => `${stackName.toLowerCase()}-predict-*`;

/**
 * What the names of a prediction's jobs begin with; behind it comes the attempt. A name is taken for ever, so the same
 * prediction finds its job again. At most 55 of SageMaker's 63 characters.
 */
export function jobsOf(stackName: string, { source, model, generation, policy }: Prediction): string {
  const mark = digest([model, source, ...markOf(policy)].join("/"));
  return `${stackName.toLowerCase()}-predict-${mark}-${generation}-`;
}

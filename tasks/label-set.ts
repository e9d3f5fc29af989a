import { createHash } from "node:crypto";
import { type ErrorName, NamedError } from "../schemas/errors.ts";
import type { Dataset } from "../schemas/types.ts";
import { ObjectInvalid, ObjectMissing, type ObjectStore, readJson } from "./store/store.ts";

/** labels.json as it lies beside the rows and in a bundle. */
export function labelsText(labels: readonly string[]): string {
  return `${JSON.stringify(labels, null, 2)}\n`;
}

/** A label set as it travels in states' data, which has no room for its names. */
export function labelsReference(labels: readonly string[]): Dataset["labels"] {
  return { count: labels.length, sha256: createHash("sha256").update(labelsText(labels)).digest("hex") };
}

/** The names that a dataset refers to. Throws a NamedError `name` when labels.json is missing or another one. */
export async function readLabels(
  store: ObjectStore,
  { prefix, labels }: Pick<Dataset, "prefix" | "labels">,
  name: ErrorName,
): Promise<string[]> {
  const key = `${prefix}labels.json`;
  const found = await readJson(store, key).catch((error: unknown) => {
    if (error instanceof ObjectMissing || error instanceof ObjectInvalid) return null;
    throw error;
  });
  const names = Array.isArray(found) ? (found as string[]) : [];
  if (labelsReference(names).sha256 !== labels.sha256)
    throw new NamedError(name, `${key} is missing or not the label set that Preprocess wrote.`);
  return names;
}

// A reason has 400 characters; 1,000 labels of 128 would not fit.
const toldCharacters = 24;

/** "drug, device and 3 more". */
export function listed(labels: readonly string[], most = 2): string {
  const first = labels.slice(0, most).map(told).join(", ");
  const more = labels.length - most;
  return more > 0 ? `${first} and ${more} more` : first;
}

/** A label's name, or its beginning. */
export function told(label: string): string {
  return label.length > toldCharacters ? `${label.slice(0, toldCharacters - 1)}…` : label;
}

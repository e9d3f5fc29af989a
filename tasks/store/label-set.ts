import { createHash } from "node:crypto";
import type { Dataset } from "../../schemas/types.ts";

/** labels.json as it lies beside the rows and in a bundle. */
export function labelsText(labels: readonly string[]): string {
  return `${JSON.stringify(labels, null, 2)}\n`;
}

/** A label set as it travels in states' data, which has no room for its names. */
export function labelsReference(labels: readonly string[]): Dataset["labels"] {
  return { count: labels.length, sha256: createHash("sha256").update(labelsText(labels)).digest("hex") };
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

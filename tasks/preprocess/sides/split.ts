import type { ExportRecord } from "../../../schemas/types.ts";
import { digestOf } from "./digest-map.ts";

export type Side = "train" | "test";
export type Grouping = "pinned" | "byPatient" | "byEncounter" | "byText";

// Salts the hash, so that the split is not that of any other tool that hashes the same ids. Changing it moves every row
// to a new side, and champions would be scored on rows they were trained on: it never changes.
const SALT = "predictive-billing-pipeline split 1";

/** Digest of what must not be divided: the patient, else the encounter, else the text (its document digest). */
export function groupOf(record: ExportRecord, documentDigest: string): { by: Grouping; digest: string } {
  if (record.patientId !== undefined)
    return { by: "byPatient", digest: groupDigest("patient", record.patientId) };
  if (record.encounterId !== undefined)
    return { by: "byEncounter", digest: groupDigest("encounter", record.encounterId) };
  return { by: "byText", digest: groupDigest("text", documentDigest) };
}

/**
 * The side of a group: test for `testFraction` of all groups. Depends on nothing but the group and the fraction, so
 * no row changes sides between exports, and a larger fraction only moves rows from train to test.
 */
export function sideOf(groupDigest: string, testFraction: number): Side {
  const share = Number.parseInt(groupDigest.slice(0, 12), 16) / 2 ** 48;
  return share < testFraction ? "test" : "train";
}

function groupDigest(kind: string, id: string): string {
  return digestOf(`${SALT}\n${kind}\n${id}`);
}

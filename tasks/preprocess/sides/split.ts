import type { ExportRecord } from "../../../schemas/types.ts";
import { digestOf } from "./digest-map.ts";

export const sides = ["train", "validation", "test"] as const;
export type Side = (typeof sides)[number];
export type Grouping = "pinned" | "byPatient" | "byEncounter" | "byText";

// Salts the hash, so that the split is not that of any other tool that hashes the same ids. Changing it moves every row
// to a new side, and champions would be scored on rows they were trained on: it never changes.
const SALT = "predictive-billing-pipeline split 1";
// Another one: which training groups validate has nothing to do with how near a group came to the test side.
const VALIDATION_SALT = "predictive-billing-pipeline validation 1";
/** A third one, so that a share of the training groups is as much like the rest as any other. */
const CURVE_SALT = "predictive-billing-pipeline curve 1";
/** Share of the training groups by which trials are compared: as usual, and what it costs in training rows is little. */
export const VALIDATION_SHARE = 0.1;

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
export function sideOf(groupDigest: string, testFraction: number): "train" | "test" {
  return shareOf(groupDigest) < testFraction ? "test" : "train";
}

/** Whether a group of the training side validates, pinned or not. Depends on nothing but the group. */
export function validates(groupDigest: string): boolean {
  return shareOf(digestOf(`${VALIDATION_SALT}\n${groupDigest}`)) < VALIDATION_SHARE;
}

/** Where a training group stands in the order in which a learning curve takes them, from 0 to below 1. */
export function placeInCurve(groupDigest: string): number {
  return shareOf(digestOf(`${CURVE_SALT}\n${groupDigest}`));
}

function shareOf(digest: string): number {
  return Number.parseInt(digest.slice(0, 12), 16) / 2 ** 48;
}

function groupDigest(kind: string, id: string): string {
  return digestOf(`${SALT}\n${kind}\n${id}`);
}

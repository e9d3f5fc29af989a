import type { RejectedRecord } from "../../../schemas/types.ts";
import type { Broken } from "../kinds/kind.ts";
import type { Claim } from "../sides/documents.ts";
import type { Grouping } from "../sides/split.ts";
import type { Memory } from "./batch.ts";

/** How far a record came. What the others have is not known of it. */
export const TOO_LARGE = 0;
export const UNREADABLE = 1;
export const BROKEN = 2;
export const UNANNOTATED = 3;
export const ANNOTATED = 4;

/** Numbers that are known of each record, whatever its kind: the places of `facts`. */
export const STATUS = 0;
/** Whether its offsets fit words so badly that they may have been counted otherwise. */
export const MISFIT = 1;
export const PART = 2;
/** Bits, as in `identifierKinds`. */
export const IDENTIFIERS = 3;
/** The place in `groupings`. */
export const GROUPING = 4;
/** The place in `claims`. */
export const CLAIM = 5;
/** Bytes of what was written for it, in this order. */
export const NOTE_BYTES = 6;
export const MISSING_BYTES = 7;
export const FACETS_BYTES = 8;
export const ROWS_BYTES = 9;
export const TOKENS = 10;
/** Whether the record is of a patient or an encounter. */
export const IS_GROUPED = 11;
/** Here the numbers of its kind begin. */
export const KIND_FACTS = 12;

export const groupings: readonly Grouping[] = ["pinned", "byPatient", "byEncounter", "byText"];
export const claims: readonly Claim[] = ["pinned-test", "train", "validation", "hashed-test"];

/** Where the digests of a record begin among its digits: its id, its text, its document, its reading, its group. */
export const ID_DIGITS = 16;
export const TEXT_FROM = 16;
export const DOCUMENT_FROM = 48;
export const READING_FROM = 64;
export const GROUP_FROM = 80;
export const DIGITS = 112;

/** What can be said of records by themselves, without those before them; in a form that passes between threads. */
export type Examined = {
  /** Numbers of each record: `stride` of them. */
  facts: Int32Array<ArrayBuffer>;
  stride: number;
  /** DIGITS of each record; as far as they are known. */
  digests: Memory;
  /** Of each record specialty and facets as JSON, "" without any. */
  facets: string[];
  /** What its kind says of each record beside numbers. */
  said: string[];
  /** What is wrong with records, by number. */
  rejects: Map<number, RejectedRecord | Broken>;
  /** What was written for them. */
  out: Memory;
};

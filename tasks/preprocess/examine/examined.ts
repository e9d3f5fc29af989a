import type { RejectedRecord } from "../../../schemas/types.ts";
import type { Broken } from "../kinds/kind.ts";
import type { Claim } from "../sides/documents.ts";
import type { Grouping } from "../sides/split.ts";
import type { LineWriter } from "../write/line-file.ts";
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

/** Where the digests of a record begin among its digits, behind its id: its text, its document, its reading, its group. */
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

/** Reads what was found, record after record in their order. */
export class ExaminedCursor {
  /** Of the record in its batch. */
  number = 0;
  readonly facts: Int32Array<ArrayBuffer>;
  private readonly examined: Examined;
  private readonly digits: string;
  /** Where the record's facts, its digests and what was written for it begin. */
  private factsFrom = 0;
  private digitsFrom = 0;
  private outFrom = 0;

  constructor(examined: Examined) {
    this.examined = examined;
    this.facts = examined.facts;
    this.digits = examined.digests.toString("latin1");
  }

  next() {
    for (let part = NOTE_BYTES; part <= ROWS_BYTES; part++) this.outFrom += this.fact(part);
    this.factsFrom += this.examined.stride;
    this.digitsFrom += DIGITS;
    this.number++;
  }

  fact(place: number): number {
    return this.facts[this.factsFrom + place]!;
  }

  /** Where in `facts` the numbers of its kind are. */
  get kindFactsFrom(): number {
    return this.factsFrom + KIND_FACTS;
  }

  get id(): string {
    return this.digest(0, TEXT_FROM);
  }

  get text(): string {
    return this.digest(TEXT_FROM, DOCUMENT_FROM);
  }

  get document(): string {
    return this.digest(DOCUMENT_FROM, READING_FROM);
  }

  get reading(): string {
    return this.digest(READING_FROM, GROUP_FROM);
  }

  get group(): string {
    return this.digest(GROUP_FROM, DIGITS);
  }

  get facets(): string {
    return this.examined.facets[this.number]!;
  }

  get said(): string {
    return this.examined.said[this.number]!;
  }

  get reject(): RejectedRecord | Broken | undefined {
    return this.examined.rejects.get(this.number);
  }

  /** Copies a part of what was written for it: that of NOTE_BYTES, MISSING_BYTES, FACETS_BYTES or ROWS_BYTES. */
  copy(part: number, to: LineWriter) {
    let from = this.outFrom;
    for (let before = NOTE_BYTES; before < part; before++) from += this.fact(before);
    to.copy(this.examined.out, from, from + this.fact(part));
  }

  private digest(from: number, to: number): string {
    return this.digits.slice(this.digitsFrom + from, this.digitsFrom + to);
  }
}

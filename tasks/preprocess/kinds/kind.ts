import type { NamedError } from "../../../schemas/tables/errors.ts";
import type { ExportRecord, PreprocessReport, Profile, RejectedRecord, Run } from "../../../schemas/types.ts";
import type { CountedProfile, ProfileCounter } from "../profile/profile.ts";
import type { ExportHeader } from "../read/header.ts";
import type { Tokens } from "../read/tokens.ts";
import type { Claim, Documents } from "../sides/documents.ts";
import type { Side } from "../sides/split.ts";
import type { LineFile, LineWriter } from "../write/line-file.ts";
import type { SideCounts, Spool } from "../write/spool.ts";

/** What is wrong with a record, and where in it. */
export type Broken = { at: string; rule: RejectedRecord["rule"]; expected: string };

/** What a model reads of a document (a digest), why it is on its side, its part of the profile, and its tokens. */
export type Place = { reading: string; claim: Claim; part: number; tokens: number };

/** What belongs to a profile of a record. */
export type RecordFacets = Pick<ExportRecord, "specialty" | "facets">;

/** What an execution asks of an export of any kind. */
export type Policy = Pick<Run, "minSamples" | "identifiedText"> &
  Partial<Pick<Run, "gate" | "algorithms" | "conflicts">> & {
    hyperparameters?: Partial<Run["hyperparameters"]>;
  };

/** What a kind says of a record by itself, whatever stands before it. */
export interface KindExaminer {
  /** How many numbers `write` tells. */
  readonly facts: number;
  /** Whether the offsets of the record that was read last fit words so badly that they may have been counted otherwise. */
  readonly isMisfit: boolean;
  /** Looks at the annotation of a record, whose text was cut into `tokens`. */
  read(record: ExportRecord, tokens: Tokens): Broken | "annotated" | "unannotated";
  /**
   * Writes the rows of the annotated record that was read last, and tells its numbers from `at` on in `facts`, where
   * zeros are. @returns what the kind's reader has to know besides.
   */
  write(
    document: string,
    record: ExportRecord,
    tokens: Tokens,
    lines: LineWriter,
    facts: Int32Array,
    at: number,
  ): string;
}

/** Makes the examiner of an export whose header is one of this kind. */
export type ExamineKind = (header: Pick<ExportHeader, "labels" | "offsetUnit">) => KindExaminer;

/** What Preprocess asks of a kind, from the first record of an export to its rows. */
export interface KindReader {
  readonly registry: Documents;
  /** Documents with rows, by side; final once the report is closed. */
  readonly documents: Readonly<Record<Side, number>>;
  /** Whether it wants to look at records whose offsets fit badly. */
  readonly isLooking: boolean;
  look(record: ExportRecord, tokens: Tokens): void;
  /**
   * Enters an annotated record, of which its examiner told numbers, from `at` on in `facts`, and `said`.
   *
   * @returns the file for its rows when it is the first copy of its text, else null.
   */
  enter(place: Place, facets: RecordFacets, facts: Int32Array, at: number, said: string): Side | null;
  /** Brings the counts that later copies may still have changed into the report. @returns the export's profile. */
  closeReport(): CountedProfile;
  /** Why so many records were rejected, where the rejects tell; with what helps. */
  causeOfRejects(): string | null;
  /** The error for annotations that cannot be meant. */
  misread(): NamedError | null;
  /** The other errors of this kind. */
  problems(policy: Policy, profile: Profile): NamedError[];
  /** The rows of each side and their counts, once all records were entered. */
  write(spool: Spool): Promise<{ files: Record<Side, LineFile>; counts: Record<Side, SideCounts> }>;
}

/** Makes the reader of an export. Throws InvalidExport when the header is none of this kind. */
export type ReadKind = (options: {
  header: Pick<ExportHeader, "labels" | "offsetUnit">;
  /** Counted up. */
  report: PreprocessReport;
  profile: ProfileCounter;
}) => KindReader;

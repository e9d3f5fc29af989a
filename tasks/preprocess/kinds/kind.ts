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

/** A document's id in the rows, what a model reads of it (a digest), why it is on its side, and its part of the profile. */
export type Place = { document: string; reading: string; claim: Claim; part: number };

/** What an execution asks of an export of any kind. */
export type Policy = Pick<Run, "minSamples" | "identifiedText"> &
  Partial<Pick<Run, "gate" | "algorithms" | "conflicts">> & {
    hyperparameters?: Partial<Run["hyperparameters"]>;
  };

/** What Preprocess asks of a kind, from the first record of an export to its rows. */
export interface KindReader {
  readonly registry: Documents;
  /** Documents with rows, by side; final once the report is closed. */
  readonly documents: Readonly<Record<Side, number>>;
  /** Looks at the annotation of a record, whose text was cut into `tokens`. */
  read(record: ExportRecord, tokens: Tokens): Broken | "annotated" | "unannotated";
  /** Enters the annotated record that was read last. */
  add(place: Place, record: ExportRecord, tokens: Tokens): void;
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
  outputs: Record<Side, LineWriter>;
  /** Counted up. */
  report: PreprocessReport;
  profile: ProfileCounter;
}) => KindReader;

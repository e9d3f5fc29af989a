import type { Readable } from "node:stream";
import { setFlagsFromString } from "node:v8";
import { NamedError } from "../../schemas/tables/errors.ts";
import type { Kind, PreprocessReport, Profile, RejectedRecord } from "../../schemas/types.ts";
import { type Batch, recordIn } from "./examine/batch.ts";
import { Crew } from "./examine/crew.ts";
import * as at from "./examine/examined.ts";
import type { Broken, KindReader, RecordFacets } from "./kinds/kind.ts";
import { readKind } from "./kinds/kinds.ts";
import { MAX_RECORD_BYTES } from "./limits.ts";
import { ProfileCounter } from "./profile/profile.ts";
import { type ExportHeader, HeaderReader } from "./read/header.ts";
import { idOf, isHeader, type ReadRecord, readRecord } from "./read/record.ts";
import { readSource, type SourceFacts } from "./read/source.ts";
import { ExportSplitter, type RecordPlace } from "./read/splitter.ts";
import { Tokens } from "./read/tokens.ts";
import { identifierKinds } from "./report/identifiers.ts";
import type { Findings } from "./report/problems.ts";
import { emptyReport, labelWarnings } from "./report/report.ts";
import { DigestMap } from "./sides/digest-map.ts";
import { sideOfClaim } from "./sides/documents.ts";
import { Groups } from "./sides/groups.ts";
import { Shares } from "./sides/shares.ts";
import type { Side } from "./sides/split.ts";
import type { LineWriter } from "./write/line-file.ts";

// Every record is garbage as soon as it is written. Left alone, V8 grows the space of new objects to 100 MB for that, a
// third of what a gigabyte may take. At its first size nothing is slower: 34 s of CPU for 1 GB either way.
setFlagsFromString("--semi-space-growth-factor=1");

/** Where the lines of a preparation go. */
export type Outputs = Record<Side | "notes" | "missing" | "rejects" | "facets", LineWriter>;

// Values in the map of texts: in the embedding store only, or seen in this export.
const SEEN = 1;
/** Rejects kept in memory and told in the error: enough to see what is wrong. */
const FIRST_REJECTS = 20;
const BYTE_ORDER_MARK_BYTES = 3;
const repeated: Broken = {
  at: "/recordId",
  rule: "duplicate-record-id",
  expected: "an id that no record before has",
};
/** Facets that are not parsed again for each record: most exports have few combinations. */
const MOST_FACETS = 1000;

/** What an execution asks of the walk. */
export type Choices = {
  testFraction: number;
  /** Whether something is chosen by a validation side, which is known with the kind. */
  validates: (kind: Kind) => boolean;
  /** Whether shares of the training groups are to be drawn, for a learning curve. */
  draws?: boolean;
};

type Started = { kind: KindReader; header: ReturnType<HeaderReader["forRecords"]>; validates: boolean };

/** The walk of one export, record by record, from stored bytes to rows, notes, rejects and counts. */
export class Preparation {
  readonly report: PreprocessReport = emptyReport();
  readonly firstRejects: RejectedRecord[] = [];
  /** What the export is like, as far as it was read; null without a record. */
  profile: Profile | null = null;
  /** Distinct texts without a vector. */
  missing = 0;
  /** Set by the first record. */
  private started: Started | null = null;
  private readonly outputs: Outputs;
  private readonly texts: DigestMap;
  private readonly choices: Choices;
  private readonly splitter: ExportSplitter;
  private source: SourceFacts = { sha256: "", byteOrderMark: false };
  private readonly header = new HeaderReader();
  private readonly recordIds = new DigestMap({ bits: 64, values: Uint8Array });
  private readonly groups = new Groups();
  /** Of each document, for a learning curve. */
  readonly shares: Shares | null;
  private readonly tokens = new Tokens();
  private crew: Crew | null = null;
  /** Of the record that is being entered. */
  private recordPlace: RecordPlace = { byte: 0 };
  private readonly knownFacets = new Map<string, RecordFacets>();

  /** @param options.stored Texts that have a vector; taken over and added to. */
  constructor(options: { outputs: Outputs; stored: DigestMap; choices: Choices }) {
    this.outputs = options.outputs;
    this.texts = options.stored;
    this.choices = options.choices;
    this.shares = options.choices.draws ? new Shares() : null;
    this.splitter = new ExportSplitter({
      header: (key, value) => this.header.add(key, value),
      record: (bytes, index) => this.record(bytes, index, false),
      tooLarge: (index, head) => this.record(head, index, true),
    });
  }

  /**
   * Reads the whole export. Throws InvalidExport where its structure or its header breaks; `report` then holds the
   * counts up to there.
   */
  async read(stored: Readable): Promise<{ header: ExportHeader; sha256: string }> {
    const { chunks, facts } = readSource(stored);
    this.source = facts;
    try {
      await this.walk(chunks);
      return { header: this.header.finish(), sha256: facts.sha256 };
    } finally {
      await this.crew?.close();
      this.closeReport();
    }
  }

  private async walk(chunks: AsyncIterable<Uint8Array>) {
    try {
      for await (const chunk of chunks) {
        this.splitter.push(chunk);
        await this.crew?.settle();
      }
      this.splitter.end();
    } finally {
      // Also where the export breaks: what stands before was read.
      await this.crew?.finish();
    }
  }

  /** The annotated texts of an export that has at least one record. */
  kind(): KindReader {
    return (this.started ?? this.start()).kind;
  }

  /** Whether some of the training groups were set aside, to choose by. */
  hasValidation(): boolean {
    return (this.started ?? this.start()).validates;
  }

  /** What there is to judge the export by, once it has been read. */
  findings(): Findings {
    const { report, profile, firstRejects, started } = this;
    return { report, profile, firstRejects, started };
  }

  private start(): Started {
    const header = this.header.forRecords();
    this.report.kind = header.kind;
    this.report.warnings.push(...labelWarnings(header.labels));
    const profile = new ProfileCounter(header.labels);
    const kind = readKind[header.kind]({ header, report: this.report, profile });
    const validates = this.choices.validates(header.kind);
    this.started = { kind, header, validates };
    const { testFraction } = this.choices;
    this.crew = new Crew({ header, testFraction, validates }, (batch, examined) =>
      this.enter(batch, examined),
    );
    return this.started;
  }

  private record(bytes: Uint8Array, index: number, isTooLarge: boolean) {
    if (!this.started) this.start();
    this.crew!.add(bytes, index, this.placeOf(this.splitter.place()), isTooLarge);
  }

  /** Enters records as they were examined, in the order of the export. */
  private enter(batch: Batch, examined: at.Examined) {
    for (const found = new at.ExaminedCursor(examined); found.number < batch.count; found.next()) {
      this.report.records++;
      this.recordPlace = batch.places[found.number]!;
      if (this.isGood(batch, found)) this.enterGood(found);
    }
  }

  private enterGood(found: at.ExaminedCursor) {
    found.copy(at.NOTE_BYTES, this.outputs.notes);
    if (this.isMissing(found.text)) found.copy(at.MISSING_BYTES, this.outputs.missing);
    const identifiers = found.fact(at.IDENTIFIERS);
    if (identifiers) this.identified(identifiers);
    if (found.fact(at.STATUS) === at.UNANNOTATED) {
      this.report.unannotated++;
      return;
    }
    const side = this.annotated(found);
    if (!side) return;
    found.copy(at.FACETS_BYTES, this.outputs.facets);
    found.copy(at.ROWS_BYTES, this.outputs[side]);
  }

  /** Whether the record counts; if not, it is rejected. */
  private isGood(batch: Batch, found: at.ExaminedCursor): boolean {
    const status = found.fact(at.STATUS);
    if (status === at.TOO_LARGE || status === at.UNREADABLE) {
      const pointer = `/records/${batch.indexes[found.number]}`;
      if (isHeader(recordIn(batch, found.number))) throw this.secondHeader(pointer);
      const tooLarge = { pointer, rule: "too-large", expected: `at most ${MAX_RECORD_BYTES} bytes` } as const;
      this.reject((found.reject as RejectedRecord | undefined) ?? tooLarge);
      return false;
    }
    const { id } = found;
    const isRepeated = this.recordIds.get(id) >= 0;
    if (isRepeated) this.rejectAgain(batch, found.number, repeated);
    else {
      if (found.fact(at.MISFIT) === 1 && this.started!.kind.isLooking) this.look(batch, found.number);
      if (status === at.BROKEN) this.rejectAgain(batch, found.number, found.reject as Broken);
      else this.recordIds.set(id, 0);
    }
    return !isRepeated && status !== at.BROKEN;
  }

  /** Rejects a record that could be read, and so has an id that may be told: few are, and these are read again. */
  private rejectAgain(batch: Batch, number: number, { at: where, rule, expected }: Broken) {
    const pointer = `/records/${batch.indexes[number]}`;
    const record = readRecord(recordIn(batch, number), pointer);
    this.reject({ pointer: pointer + where, rule, expected, ...idOf(record) });
  }

  private look(batch: Batch, number: number) {
    const record = readRecord(recordIn(batch, number), "") as ReadRecord;
    this.tokens.read(record.text);
    this.started!.kind.look(record, this.tokens);
  }

  /** Enters an annotated record. @returns the file for its rows; null when they are there already. */
  private annotated(found: at.ExaminedCursor): Side | null {
    const { group } = found;
    const claim = at.claims[found.fact(at.CLAIM)]!;
    this.report.annotated++;
    this.report.split[at.groupings[found.fact(at.GROUPING)]!]++;
    if (found.fact(at.IS_GROUPED)) this.groups.enter(group, sideOfClaim(claim));
    this.shares?.enter(found.document, group);
    const place = {
      reading: found.reading,
      claim,
      part: found.fact(at.PART),
      tokens: found.fact(at.TOKENS),
    };
    const facets = this.facetsOf(found.facets);
    return this.started!.kind.enter(place, facets, found.facts, found.kindFactsFrom, found.said);
  }

  private identified(bits: number) {
    for (const [bit, kind] of identifierKinds.entries())
      if (bits & (1 << bit)) this.report.identifiers[kind]++;
  }

  private facetsOf(json: string): RecordFacets {
    const known = this.knownFacets.get(json);
    if (known) return known;
    const facets: RecordFacets = json === "" ? {} : JSON.parse(json);
    if (this.knownFacets.size < MOST_FACETS) this.knownFacets.set(json, facets);
    return facets;
  }

  /** Enters a record's text for embedding: each exact text once. @returns whether it needs a vector. */
  private isMissing(digest: string): boolean {
    const known = this.texts.get(digest);
    if (known === SEEN) return false;
    this.texts.set(digest, SEEN);
    this.report.texts++;
    if (known >= 0) return false;
    this.missing++;
    return true;
  }

  /** What follows a second header may count its offsets otherwise, and mean other labels. */
  private secondHeader(pointer: string): NamedError {
    // It was counted as one.
    this.report.records--;
    const [[kind, at]] = Object.entries(this.recordPlace) as [[string, number]];
    return new NamedError(
      "InvalidExport",
      `The header of another export stands at ${pointer} (${kind} ${at}): two exports seem to have been joined. Give each to the pipeline by itself; or take the second header out, if both have the same labels and offsetUnit.`,
    );
  }

  private placeOf(place: RecordPlace): RecordPlace {
    return "byte" in place && this.source.byteOrderMark
      ? { byte: place.byte + BYTE_ORDER_MARK_BYTES }
      : place;
  }

  private reject(rejected: RejectedRecord) {
    const reject = { ...rejected, ...this.recordPlace };
    this.report.rejected++;
    this.report.rejectedByRule[reject.rule] = (this.report.rejectedByRule[reject.rule] ?? 0) + 1;
    if (this.firstRejects.length < FIRST_REJECTS) this.firstRejects.push(reject);
    this.outputs.rejects.text(`${JSON.stringify(reject)}\n`);
  }

  private closeReport() {
    this.report.byteOrderMark = this.source.byteOrderMark;
    this.report.split.straddlingGroups = this.groups.straddling;
    const { kind } = this.started ?? {};
    if (!kind) return;
    const { registry } = kind;
    this.report.annotatedTexts = registry.count;
    this.report.duplicates = {
      records: registry.repeated,
      conflicting: registry.conflicting,
      movedFromTest: registry.movedFromTest,
      movedFromTrain: registry.movedFromTrain,
    };
    const counted = kind.closeReport();
    const { annotated, duplicates, identifiers, classes } = this.report;
    this.profile = {
      kind: this.report.kind!,
      records: annotated + this.report.unannotated,
      annotated,
      duplicates,
      conflicts: classes?.conflicts ?? null,
      identifiers,
      ...counted,
    };
  }
}

import type { Readable } from "node:stream";
import { NamedError } from "../../schemas/tables/errors.ts";
import type { ExportRecord, Kind, PreprocessReport, Profile, RejectedRecord } from "../../schemas/types.ts";
import type { KindReader } from "./kinds/kind.ts";
import { readKind } from "./kinds/kinds.ts";
import { MAX_RECORD_BYTES } from "./limits.ts";
import { partOf } from "./profile/parts.ts";
import { ProfileCounter } from "./profile/profile.ts";
import { type ExportHeader, HeaderReader } from "./read/header.ts";
import { idOf, isHeader, isReject, readRecord } from "./read/record.ts";
import { readSource, type SourceFacts } from "./read/source.ts";
import { ExportSplitter, type RecordPlace } from "./read/splitter.ts";
import { Tokens } from "./read/tokens.ts";
import { identifiersIn } from "./report/identifiers.ts";
import type { Findings } from "./report/problems.ts";
import { emptyReport, labelWarnings } from "./report/report.ts";
import { DigestMap, digestOf } from "./sides/digest-map.ts";
import { type Claim, sideOfClaim } from "./sides/documents.ts";
import { fold, readingDigest } from "./sides/fold.ts";
import { Groups } from "./sides/groups.ts";
import { Shares } from "./sides/shares.ts";
import { groupOf, type Side, sideOf, validates } from "./sides/split.ts";
import { writeFacets } from "./write/facets.ts";
import type { LineWriter } from "./write/line-file.ts";

/** Where the lines of a preparation go. */
export type Outputs = Record<Side | "notes" | "missing" | "rejects" | "facets", LineWriter>;

// Values in the map of texts: in the embedding store only, or seen in this export.
const SEEN = 1;
/** Rejects kept in memory and told in the error: enough to see what is wrong. */
const FIRST_REJECTS = 20;
const BYTE_ORDER_MARK_BYTES = 3;

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
  private facts: SourceFacts = { sha256: "", byteOrderMark: false };
  private readonly header = new HeaderReader();
  private readonly recordIds = new DigestMap({ bits: 64, values: Uint8Array });
  private readonly groups = new Groups();
  /** Of each document, for a learning curve. */
  readonly shares: Shares | null;
  private readonly tokens = new Tokens();

  /** @param options.stored Texts that have a vector; taken over and added to. */
  constructor(options: { outputs: Outputs; stored: DigestMap; choices: Choices }) {
    this.outputs = options.outputs;
    this.texts = options.stored;
    this.choices = options.choices;
    this.shares = options.choices.draws ? new Shares() : null;
    this.splitter = new ExportSplitter({
      header: (key, value) => this.header.add(key, value),
      record: (bytes, index) => this.record(bytes, index),
      tooLarge: (index, head) => this.tooLarge(index, head),
    });
  }

  /**
   * Reads the whole export. Throws InvalidExport where its structure or its header breaks; `report` then holds the
   * counts up to there.
   */
  async read(stored: Readable): Promise<{ header: ExportHeader; sha256: string }> {
    const { chunks, facts } = readSource(stored);
    this.facts = facts;
    try {
      for await (const chunk of chunks) this.splitter.push(chunk);
      this.splitter.end();
      return { header: this.header.finish(), sha256: facts.sha256 };
    } finally {
      this.closeReport();
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
    const kind = readKind[header.kind]({ header, outputs: this.outputs, report: this.report, profile });
    this.started = { kind, header, validates: this.choices.validates(header.kind) };
    return this.started;
  }

  private record(bytes: Buffer, index: number) {
    const started = this.started ?? this.start();
    this.report.records++;
    const pointer = `/records/${index}`;
    const record = readRecord(bytes, pointer);
    if (isReject(record)) {
      if (isHeader(bytes)) throw this.secondHeader(pointer);
      return this.reject(record);
    }
    const idDigest = digestOf(record.recordId);
    if (this.recordIds.get(idDigest) >= 0)
      return this.reject({
        pointer: `${pointer}/recordId`,
        rule: "duplicate-record-id",
        expected: "an id that no record before has",
        ...idOf(record),
      });
    this.tokens.read(record.text);
    if (this.tokens.count === 0)
      return this.reject({
        pointer: `${pointer}/text`,
        rule: "no-token",
        expected: "a word or a punctuation mark",
        ...idOf(record),
      });
    const read = started.kind.read(record, this.tokens);
    if (typeof read === "object") {
      const { at, rule, expected } = read;
      return this.reject({ pointer: pointer + at, rule, expected, ...idOf(record) });
    }
    this.recordIds.set(idDigest, 0);
    this.accept(record, read === "annotated", started);
  }

  private accept(record: ExportRecord, isAnnotated: boolean, started: Started) {
    const folded = fold(record.text);
    const document = digestOf(folded).slice(0, 16);
    const group = groupOf(record, document);
    const part = partOf(group.digest);
    this.note(record, part);
    for (const kind of identifiersIn(folded)) this.report.identifiers[kind]++;
    if (!isAnnotated) {
      this.report.unannotated++;
      return;
    }
    this.report.annotated++;
    const reading = readingDigest(folded);
    const claim = this.claim(record, group, started.validates);
    this.shares?.enter(document, group.digest);
    const { registry } = started.kind;
    const before = registry.count;
    started.kind.add({ document, reading, claim, part }, record, this.tokens);
    if (registry.count > before) writeFacets(this.outputs.facets, document, record);
  }

  /** Decides the side of an annotated record. */
  private claim(record: ExportRecord, group: ReturnType<typeof groupOf>, cutsValidation: boolean): Claim {
    const side = record.split ?? sideOf(group.digest, this.choices.testFraction);
    this.report.split[record.split ? "pinned" : group.by]++;
    const test = record.split ? "pinned-test" : "hashed-test";
    const training = cutsValidation && validates(group.digest) ? "validation" : "train";
    const claim = side === "test" ? test : training;
    if (group.by !== "byText") this.groups.enter(group.digest, sideOfClaim(claim));
    return claim;
  }

  /** Enters the record's text for embedding: each exact text once. */
  private note(record: ExportRecord, part: number) {
    const digest = digestOf(record.text);
    const { notes, missing } = this.outputs;
    notes.text('{"recordId":');
    notes.string(record.recordId);
    notes.text(`,"text":"${digest}","part":${part}}\n`);
    const known = this.texts.get(digest);
    if (known === SEEN) return;
    this.texts.set(digest, SEEN);
    this.report.texts++;
    if (known >= 0) return;
    this.missing++;
    missing.text(`{"text":"${digest}","content":`);
    missing.string(record.text);
    missing.text("}\n");
  }

  private tooLarge(index: number, head: Buffer) {
    if (!this.started) this.start();
    this.report.records++;
    const pointer = `/records/${index}`;
    if (isHeader(head)) throw this.secondHeader(pointer);
    this.reject({ pointer, rule: "too-large", expected: `at most ${MAX_RECORD_BYTES} bytes` });
  }

  /** What follows a second header may count its offsets otherwise, and mean other labels. */
  private secondHeader(pointer: string): NamedError {
    // It was counted as one.
    this.report.records--;
    const [[kind, at]] = Object.entries(this.recordPlace()) as [[string, number]];
    return new NamedError(
      "InvalidExport",
      `The header of another export stands at ${pointer} (${kind} ${at}): two exports seem to have been joined. Give each to the pipeline by itself; or take the second header out, if both have the same labels and offsetUnit.`,
    );
  }

  private recordPlace(): RecordPlace {
    const place = this.splitter.place();
    return "byte" in place && this.facts.byteOrderMark ? { byte: place.byte + BYTE_ORDER_MARK_BYTES } : place;
  }

  private reject(rejected: RejectedRecord) {
    const reject = { ...rejected, ...this.recordPlace() };
    this.report.rejected++;
    this.report.rejectedByRule[reject.rule] = (this.report.rejectedByRule[reject.rule] ?? 0) + 1;
    if (this.firstRejects.length < FIRST_REJECTS) this.firstRejects.push(reject);
    this.outputs.rejects.text(`${JSON.stringify(reject)}\n`);
  }

  private closeReport() {
    this.report.byteOrderMark = this.facts.byteOrderMark;
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

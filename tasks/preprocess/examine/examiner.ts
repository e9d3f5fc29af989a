import type { Broken, KindExaminer } from "../kinds/kind.ts";
import { examinerOf } from "../kinds/kinds.ts";
import { partOf } from "../profile/parts.ts";
import type { ExportHeader } from "../read/header.ts";
import { isReject, type ReadRecord, readRecord } from "../read/record.ts";
import { Tokens } from "../read/tokens.ts";
import { identifierKinds, identifiersIn } from "../report/identifiers.ts";
import { digestOf } from "../sides/digest-map.ts";
import type { Claim } from "../sides/documents.ts";
import { fold, readingDigest } from "../sides/fold.ts";
import { groupOf, sideOf, validates } from "../sides/split.ts";
import { writeFacets } from "../write/facets.ts";
import { LineWriter } from "../write/line-file.ts";
import { type Memory, type Records, recordIn, withRoom } from "./batch.ts";
import * as at from "./examined.ts";

/** What must be known to examine a record: the same for all of an export. */
export type Examination = {
  header: Pick<ExportHeader, "kind" | "labels" | "offsetUnit">;
  testFraction: number;
  /** Whether a part of the training groups validates. */
  validates: boolean;
};

/** Looks at records one by one: all that can be said of each without the others. Most of the work, on any thread. */
export class Examiner {
  private readonly examination: Examination;
  private readonly kind: KindExaminer;
  private readonly stride: number;
  private readonly tokens = new Tokens();
  private readonly lines = new LineWriter((bytes) => {
    this.out = withRoom(this.out, this.length, bytes.length);
    this.out.set(bytes, this.length);
    this.length += bytes.length;
  });
  /** JSON of the most frequent facets: those of a specialty alone. */
  private readonly specialties = new Map<string, string>();
  /** What the lines are flushed to. */
  private out: Memory = Buffer.alloc(0);
  private length = 0;

  constructor(examination: Examination) {
    this.examination = examination;
    this.kind = examinerOf[examination.header.kind](examination.header);
    this.stride = at.KIND_FACTS + this.kind.facts;
  }

  examine(records: Records): at.Examined {
    const { stride } = this;
    const count = records.ends.length;
    const facts = new Int32Array(count * stride);
    const digests = Buffer.allocUnsafeSlow(count * at.DIGITS);
    const examined: at.Examined = {
      facts,
      stride,
      digests,
      facets: [],
      said: [],
      rejects: new Map(),
      out: records.out,
    };
    this.out = records.out;
    this.length = 0;
    for (let number = 0; number < count; number++) this.one(records, number, examined);
    this.lines.flush();
    examined.out = this.out;
    return examined;
  }

  private one(records: Records, number: number, examined: at.Examined) {
    const { facts, rejects } = examined;
    const fact = number * this.stride;
    if (records.tooLarge.has(number)) return tell(examined);
    const record = readRecord(recordIn(records, number), `/records/${records.indexes[number]}`);
    if (isReject(record)) {
      facts[fact + at.STATUS] = at.UNREADABLE;
      rejects.set(number, record);
      return tell(examined);
    }
    const id = digestOf(record.recordId).slice(0, at.TEXT_FROM);
    this.tokens.read(record.text);
    const read = this.tokens.count === 0 ? noToken : this.kind.read(record, this.tokens);
    facts[fact + at.MISFIT] = this.tokens.count > 0 && this.kind.isMisfit ? 1 : 0;
    if (typeof read === "object") {
      facts[fact + at.STATUS] = at.BROKEN;
      rejects.set(number, read);
      return tell(examined, id);
    }
    facts[fact + at.STATUS] = read === "annotated" ? at.ANNOTATED : at.UNANNOTATED;
    this.accepted(record, id, fact, examined);
  }

  private accepted(record: ReadRecord, id: string, fact: number, examined: at.Examined) {
    const { facts } = examined;
    const { lines, tokens } = this;
    const isAnnotated = facts[fact + at.STATUS] === at.ANNOTATED;
    const folded = fold(record.text);
    const document = digestOf(folded).slice(0, at.READING_FROM - at.DOCUMENT_FROM);
    const text = digestOf(record.text);
    const group = groupOf(record, document);
    const part = partOf(group.digest);
    facts[fact + at.PART] = part;
    for (const kind of identifiersIn(folded))
      facts[fact + at.IDENTIFIERS]! |= 1 << identifierKinds.indexOf(kind);
    const begin = this.written;
    writeNote(lines, record.recordId, text, part);
    const note = this.written;
    writeMissing(lines, text, record.text);
    const missing = this.written;
    facts[fact + at.NOTE_BYTES] = note - begin;
    facts[fact + at.MISSING_BYTES] = missing - note;
    if (!isAnnotated) return tell(examined, id + text + document);
    const reading = readingDigest(folded).slice(0, at.GROUP_FROM - at.READING_FROM);
    facts[fact + at.GROUPING] = at.groupings.indexOf(record.split ? "pinned" : group.by);
    facts[fact + at.IS_GROUPED] = group.by === "byText" ? 0 : 1;
    facts[fact + at.CLAIM] = at.claims.indexOf(this.claimOf(record, group.digest));
    facts[fact + at.TOKENS] = tokens.count;
    const facetsJson = this.facetsOf(record);
    writeFacets(lines, document, record, facetsJson);
    const facets = this.written;
    const said = this.kind.write(document, record, tokens, lines, facts, fact + at.KIND_FACTS);
    facts[fact + at.FACETS_BYTES] = facets - missing;
    facts[fact + at.ROWS_BYTES] = this.written - facets;
    tell(examined, id + text + document + reading + group.digest, facetsJson, said);
  }

  private get written(): number {
    return this.length + this.lines.waiting;
  }

  /** Specialty and facets as JSON, "" without any. */
  private facetsOf({ specialty, facets }: ReadRecord): string {
    if (facets || specialty === undefined) return facets ? JSON.stringify({ specialty, facets }) : "";
    const known = this.specialties.get(specialty);
    if (known !== undefined) return known;
    const json = JSON.stringify({ specialty });
    if (this.specialties.size < MOST_SPECIALTIES) this.specialties.set(specialty, json);
    return json;
  }

  private claimOf(record: ReadRecord, groupDigest: string): Claim {
    const side = record.split ?? sideOf(groupDigest, this.examination.testFraction);
    if (side === "test") return record.split ? "pinned-test" : "hashed-test";
    return this.examination.validates && validates(groupDigest) ? "validation" : "train";
  }
}

/** So many are remembered: a value that no two records share is no specialty. */
const MOST_SPECIALTIES = 1000;
const noToken: Broken = { at: "/text", rule: "no-token", expected: "a word or a punctuation mark" };

function tell(examined: at.Examined, digests = "", facets = "", said = "") {
  // As bytes at once: strings that live as long as a batch would fill the old generation.
  examined.digests.write(digests, examined.said.length * at.DIGITS, "latin1");
  examined.facets.push(facets);
  examined.said.push(said);
}

function writeNote(lines: LineWriter, recordId: string, text: string, part: number) {
  lines.text('{"recordId":');
  lines.string(recordId);
  lines.text(`,"text":"${text}","part":${part}}\n`);
}

function writeMissing(lines: LineWriter, digest: string, text: string) {
  lines.text(`{"text":"${digest}","content":`);
  lines.string(text);
  lines.text("}\n");
}

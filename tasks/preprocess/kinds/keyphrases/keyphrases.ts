import { NamedError } from "../../../../schemas/tables/errors.ts";
import type {
  ExportRecord,
  LabelledRow,
  PreprocessReport,
  RejectedRecord,
} from "../../../../schemas/types.ts";
import type { CountedProfile } from "../../profile/profile.ts";
import { checkPart } from "../../read/header.ts";
import { checkOf } from "../../read/schema-check.ts";
import type { Tokens } from "../../read/tokens.ts";
import type { Documents } from "../../sides/documents.ts";
import type { Side } from "../../sides/split.ts";
import { reroute } from "../../write/reroute.ts";
import type { SideCounts, Spool } from "../../write/spool.ts";
import type { KindReader, Place, ReadKind, RecordFacets } from "../kind.ts";
import { Alignment } from "./alignment.ts";
import { type KeyphraseCounts, LabelledDocuments } from "./labelled-documents.ts";
import { likelyCause, misaligned } from "./misaligned.ts";
import type { OffsetUnit } from "./spans.ts";

/** Rules that offsets break when they were counted otherwise than the header says. */
const offsetRules: RejectedRecord["rule"][] = ["span-text", "span-outside", "no-token"];

// Once for all exports: what is compiled stays in memory, and a warm function reads thousands of them.
const labelsCheck = checkOf<unknown>("training-export.schema.json#/$defs/keyphraseLabels");

export const readKeyphrases: ReadKind = ({ header, report, profile }) => {
  checkPart("labels", labelsCheck, header.labels);
  const counts = noKeyphrases();
  Object.assign(report, counts);
  const { labels, offsetUnit } = header as { labels: string[]; offsetUnit: OffsetUnit };
  const documents = new LabelledDocuments(report, counts, labels, profile);
  return new Keyphrases(offsetUnit, documents, report, counts);
};

class Keyphrases implements KindReader {
  readonly registry: Documents;
  readonly documents: Record<Side, number>;
  private readonly labelled: LabelledDocuments;
  private readonly report: PreprocessReport;
  private readonly counts: KeyphraseCounts;
  private readonly unit: OffsetUnit;
  private readonly alignment: Alignment;

  constructor(
    unit: OffsetUnit,
    documents: LabelledDocuments,
    report: PreprocessReport,
    counts: KeyphraseCounts,
  ) {
    this.registry = documents.registry;
    this.documents = documents.registry.sides;
    this.labelled = documents;
    this.report = report;
    this.counts = counts;
    this.unit = unit;
    this.alignment = new Alignment(unit, counts.offsets);
  }

  get isLooking(): boolean {
    return this.alignment.isLooking;
  }

  look({ text, keyphrases }: ExportRecord, tokens: Tokens) {
    this.alignment.look(text, keyphrases!, tokens);
  }

  enter(place: Place, facets: RecordFacets, facts: Int32Array, at: number): Side | null {
    return this.labelled.enter(place, facets, facts, at);
  }

  closeReport(): CountedProfile {
    return this.labelled.closeReport();
  }

  causeOfRejects(): string | null {
    const { rejected, rejectedByRule } = this.report;
    const misread = offsetRules.reduce((sum, rule) => sum + (rejectedByRule[rule] ?? 0), 0);
    return misread > rejected / 2 ? likelyCause(this.counts, this.unit) : null;
  }

  misread(): NamedError | null {
    return misaligned(this.counts, this.unit);
  }

  /** Never any: a keyphrase that is not in a row would silently be neither trained on nor scored. */
  problems(): NamedError[] {
    const { goldLost } = this.counts.tokens;
    if (goldLost === 0) return [];
    return [
      new NamedError("TaskFailed", `${goldLost} labelled tokens are in no row: a fault of Preprocess.`),
    ];
  }

  async write(spool: Spool) {
    const counts = this.labelled.written;
    return { files: await reroute(spool, this.registry, counts, countsOf), counts };
  }
}

function countsOf(row: Buffer): SideCounts {
  const { tokens, tags } = JSON.parse(row.toString()) as LabelledRow;
  const items = tags.filter((tag) => tag.startsWith("B-")).length;
  return { rows: 1, tokens: tokens.length, units: tokens.length, items };
}

function noKeyphrases(): KeyphraseCounts {
  return {
    spans: { read: 0, kept: 0, snapped: 0, overlapping: 0, duplicate: 0 },
    offsets: {
      tried: 0,
      fits: {
        utf16: 0,
        codepoint: 0,
        utf8: 0,
        grapheme: 0,
        lineEndsAsOne: 0,
        lineEndsAsTwo: 0,
        oneLess: 0,
        oneMore: 0,
        endIncluded: 0,
        fromOne: 0,
      },
    },
    tokens: { total: 0, gold: 0, goldInRows: 0, goldLost: 0 },
    longNotes: 0,
  };
}

import type { ExportRecord, PreprocessReport } from "../../../../schemas/types.ts";
import { binOf, HistogramCounter } from "../../profile/histogram.ts";
import { PARTS } from "../../profile/parts.ts";
import type { CountedProfile, ProfileCounter } from "../../profile/profile.ts";
import type { Tokens } from "../../read/tokens.ts";
import { Documents } from "../../sides/documents.ts";
import type { Side } from "../../sides/split.ts";
import type { LineWriter } from "../../write/line-file.ts";
import { noCounts, type SideCounts } from "../../write/spool.ts";
import type { Place } from "../kind.ts";
import { LabelMasks } from "./label-masks.ts";
import { RowWriter } from "./rows.ts";
import { cutRows } from "./sentences.ts";
import { isInside, type SpanCounts, type Tags } from "./spans.ts";

/** What the report has of keyphrases alone. */
export type KeyphraseCounts = Required<Pick<PreprocessReport, "spans" | "offsets" | "tokens" | "longNotes">>;

/** Cuts annotated texts into rows and writes each distinct one to its side. */
export class LabelledDocuments {
  readonly registry = new Documents();
  /** Rows as written, before any moves to another side. */
  readonly written: Record<Side, SideCounts> = {
    train: noCounts(),
    validation: noCounts(),
    test: noCounts(),
  };
  private readonly outputs: Record<Side, LineWriter>;
  private readonly report: PreprocessReport;
  private readonly counts: KeyphraseCounts;
  private readonly writer: RowWriter;
  private readonly profile: ProfileCounter;
  private readonly labels: LabelMasks;
  /** Kept spans of each label by part; and of the document that was entered last. */
  private readonly spans: Float64Array;
  private readonly labelled: Float64Array;
  private readonly windows = new HistogramCounter();
  private rowEnds = new Int32Array(1024);

  constructor(
    outputs: Record<Side, LineWriter>,
    report: PreprocessReport,
    counts: KeyphraseCounts,
    labels: string[],
    profile: ProfileCounter,
  ) {
    this.outputs = outputs;
    this.report = report;
    this.counts = counts;
    this.writer = new RowWriter(labels);
    this.profile = profile;
    this.labels = new LabelMasks(labels.length);
    this.spans = new Float64Array(labels.length * PARTS);
    this.labelled = new Float64Array(labels.length);
  }

  /** Enters an annotated text; a copy of one entered before is only counted. May change `tags`. */
  add(
    { document, reading, claim, part }: Place,
    record: ExportRecord,
    tokens: Tokens,
    tags: Tags,
    spans: SpanCounts,
  ) {
    const { text } = record;
    const { side } = this.registry.enter(reading, claim, hashTags(tags, tokens.count));
    if (side === null) return;
    for (const key of ["read", "kept", "snapped", "overlapping", "duplicate"] as const)
      this.counts.spans[key] += spans[key];
    this.count(tags, tokens.count, part);
    this.profile.enter(part, record, tokens.count);
    this.counts.tokens.total += tokens.count;
    if (this.rowEnds.length < tokens.count) this.rowEnds = new Int32Array(tokens.starts.length);
    const rows = cutRows(text, tokens, tags, this.rowEnds);
    this.report.rows += rows;
    if (rows > 1) this.counts.longNotes++;
    this.windows.add(binOf(rows), part);
    const written = this.written[side];
    written.rows += rows;
    for (let row = 0, from = 0; row < rows; row++) {
      const to = this.rowEnds[row] as number;
      this.writer.write(this.outputs[side], document, text, tokens, tags, from, to);
      this.counts.tokens.goldInRows += countGold(tags, from, to);
      written.tokens += to - from;
      written.units += to - from;
      for (let i = from; i < to; i++) if ((tags[i] as number) % 2 === 1) written.items++;
      from = to;
    }
  }

  private count(tags: Tags, count: number, part: number) {
    this.labelled.fill(0);
    for (let i = 0; i < count; i++) {
      const tag = tags[i] as number;
      if (tag === 0) continue;
      this.counts.tokens.gold++;
      if (!isInside(tag)) (this.labelled[tag >> 1] as number)++;
    }
    this.labels.enter(this.labelled);
    for (let label = 0; label < this.labelled.length; label++)
      this.spans[label * PARTS + part]! += this.labelled[label] as number;
  }

  /** Brings the counts that copies may still have changed into the report. @returns the export's profile. */
  closeReport(): CountedProfile {
    const { tokens } = this.counts;
    tokens.goldLost = tokens.gold - tokens.goldInRows;
    return this.profile.profile(
      (number) => ({
        side: this.registry.sideOf(number),
        labels: this.labels.labelsOf(number),
        items: this.labels.itemsOf(number),
      }),
      {
        itemsOf: (label) => [...this.spans.subarray(label * PARTS, (label + 1) * PARTS)],
        windows: this.windows.bins(),
      },
    );
  }
}

function countGold(tags: Tags, from: number, to: number): number {
  let gold = 0;
  for (let i = from; i < to; i++) if (tags[i] !== 0) gold++;
  return gold;
}

/** FNV-1a over the places and tags that are not O: tells whether two copies of a text carry the same keyphrases. */
function hashTags(tags: Tags, count: number): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < count; i++) {
    const tag = tags[i] as number;
    if (tag === 0) continue;
    hash = Math.imul(hash ^ i, 0x01000193);
    hash = Math.imul(hash ^ (isInside(tag) ? tag : -tag), 0x01000193);
  }
  return hash >>> 0;
}

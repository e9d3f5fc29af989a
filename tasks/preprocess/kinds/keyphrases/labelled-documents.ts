import type { PreprocessReport } from "../../../../schemas/types.ts";
import type { Tokens } from "../../read/tokens.ts";
import { Documents } from "../../sides/documents.ts";
import type { Side } from "../../sides/split.ts";
import type { LineWriter } from "../../write/line-file.ts";
import { noCounts, type SideCounts } from "../../write/spool.ts";
import type { Place } from "../kind.ts";
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
  private readonly labels: readonly string[];
  /** Kept spans of each label. */
  private readonly labelled: Float64Array;
  private rowEnds = new Int32Array(1024);

  constructor(
    outputs: Record<Side, LineWriter>,
    report: PreprocessReport,
    counts: KeyphraseCounts,
    labels: string[],
  ) {
    this.outputs = outputs;
    this.report = report;
    this.counts = counts;
    this.writer = new RowWriter(labels);
    this.labels = labels;
    this.labelled = new Float64Array(labels.length);
  }

  /** Enters an annotated text; a copy of one entered before is only counted. May change `tags`. */
  add({ document, reading, claim }: Place, text: string, tokens: Tokens, tags: Tags, spans: SpanCounts) {
    const { side } = this.registry.enter(reading, claim, hashTags(tags, tokens.count));
    if (side === null) return;
    for (const key of ["read", "kept", "snapped", "overlapping", "duplicate"] as const)
      this.counts.spans[key] += spans[key];
    this.count(tags, tokens.count);
    this.counts.tokens.total += tokens.count;
    if (this.rowEnds.length < tokens.count) this.rowEnds = new Int32Array(tokens.starts.length);
    const rows = cutRows(text, tokens, tags, this.rowEnds);
    this.report.rows += rows;
    if (rows > 1) this.counts.longNotes++;
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

  private count(tags: Tags, count: number) {
    for (let i = 0; i < count; i++) {
      const tag = tags[i] as number;
      if (tag === 0) continue;
      this.counts.tokens.gold++;
      if (!isInside(tag)) (this.labelled[tag >> 1] as number)++;
    }
  }

  /** Brings the counts that copies may still have changed into the report. */
  closeReport() {
    this.report.labels = Object.fromEntries(
      this.labels.map((label, index) => [label, this.labelled[index] as number]),
    );
    const { tokens } = this.counts;
    tokens.goldLost = tokens.gold - tokens.goldInRows;
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

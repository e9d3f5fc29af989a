import type { ExportRecord } from "../../../../schemas/types.ts";
import type { Tokens } from "../../read/tokens.ts";
import type { LineWriter } from "../../write/line-file.ts";
import type { Broken, ExamineKind, KindExaminer } from "../kind.ts";
import * as fact from "./facts.ts";
import { RowWriter } from "./rows.ts";
import { cutRows } from "./sentences.ts";
import { isInside, type OffsetUnit, type SpanCounts, SpanReader, type Tags } from "./spans.ts";

export const examineKeyphrases: ExamineKind = (header) =>
  new KeyphraseExaminer(header as { labels: string[]; offsetUnit: OffsetUnit });

/** Turns the keyphrases of a record into tags, cuts its text into rows, and writes these. */
class KeyphraseExaminer implements KindExaminer {
  readonly facts: number;
  isMisfit = false;
  private readonly spans: SpanReader;
  private readonly writer: RowWriter;
  private rowEnds = new Int32Array(1024);
  /** Of the record that was read last. */
  private counts: SpanCounts | null = null;

  constructor(header: { labels: string[]; offsetUnit: OffsetUnit }) {
    this.facts = fact.OF_LABELS + header.labels.length;
    this.spans = new SpanReader(header);
    this.writer = new RowWriter(header.labels);
  }

  read({ text, keyphrases, classes }: ExportRecord, tokens: Tokens): Broken | "annotated" | "unannotated" {
    this.isMisfit = false;
    if (classes)
      return {
        at: "/classes",
        rule: "other-kind",
        expected: 'no classes where the header\'s kind is "keyphrases"',
      };
    if (!keyphrases) return "unannotated";
    const spans = this.spans.read(text, keyphrases, tokens);
    const broken = "rule" in spans;
    this.isMisfit = broken ? spans.rule !== "span-label" : spans.snapped > 0;
    if (broken) return spans;
    this.counts = spans;
    return "annotated";
  }

  write(
    document: string,
    { text }: ExportRecord,
    tokens: Tokens,
    lines: LineWriter,
    facts: Int32Array,
    at: number,
  ): string {
    const { tags } = this.spans;
    for (let i = 0; i < fact.spanCounts.length; i++)
      facts[at + fact.SPANS + i] = this.counts![fact.spanCounts[i]!];
    facts[at + fact.ANNOTATION_HASH] = hashTags(tags, tokens.count);
    for (let i = 0; i < tokens.count; i++) {
      const tag = tags[i] as number;
      if (tag === 0) continue;
      (facts[at + fact.GOLD] as number)++;
      if (!isInside(tag)) (facts[at + fact.OF_LABELS + (tag >> 1)] as number)++;
    }
    if (this.rowEnds.length < tokens.count) this.rowEnds = new Int32Array(tokens.starts.length);
    const rows = cutRows(text, tokens, tags, this.rowEnds);
    facts[at + fact.ROWS] = rows;
    for (let row = 0, from = 0; row < rows; row++) {
      const to = this.rowEnds[row] as number;
      this.writer.write(lines, document, text, tokens, tags, from, to);
      facts[at + fact.ROW_TOKENS]! += to - from;
      for (let i = from; i < to; i++) {
        const tag = tags[i] as number;
        if (tag === 0) continue;
        (facts[at + fact.GOLD_IN_ROWS] as number)++;
        if (!isInside(tag)) (facts[at + fact.ROW_ITEMS] as number)++;
      }
      from = to;
    }
    return "";
  }
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

import type { ExportRecord } from "../../../../schemas/types.ts";
import type { Tokens } from "../../read/tokens.ts";
import type { Broken } from "../kind.ts";

/** What start and end count. */
export type OffsetUnit = "utf16" | "codepoint";

type Keyphrases = NonNullable<ExportRecord["keyphrases"]>;

/** Counts of what became of a record's spans; read = kept + overlapping + duplicate. */
export type SpanCounts = {
  read: number;
  kept: number;
  snapped: number;
  overlapping: number;
  duplicate: number;
};

/** Tag of a token: 0 is O, 2l + 1 is B and 2l + 2 is I of label l. 64 labels give 129 tags. */
export type Tags = Uint8Array;

/** Whether a tag continues a span. */
export function isInside(tag: number): boolean {
  return tag !== 0 && tag % 2 === 0;
}

/**
 * Turns the keyphrases of records into tags, one label set and offset unit for all records.
 * The buffers are reused: `tags` holds those of the last record only.
 */
export class SpanReader {
  tags: Tags = new Uint8Array(1024);
  private readonly unit: OffsetUnit;
  private readonly labels: Map<string, number>;

  constructor({ labels, offsetUnit }: { labels: readonly string[]; offsetUnit: OffsetUnit }) {
    this.unit = offsetUnit;
    this.labels = new Map(labels.map((label, index) => [label, index]));
  }

  /** Fills `tags`; or says which keyphrase breaks which rule, and how. */
  read(text: string, keyphrases: Keyphrases, tokens: Tokens): SpanCounts | Broken {
    if (this.tags.length < tokens.count) this.tags = new Uint8Array(tokens.starts.length);
    this.tags.fill(0, 0, tokens.count);
    const spans: Span[] = [];
    const units = offsetsOf(text, this.unit, keyphrases);
    for (let i = 0; i < keyphrases.length; i++) {
      const checked = this.check(text, keyphrases[i]!, units, tokens);
      if ("rule" in checked) return { ...checked, at: `/keyphrases/${i}${checked.at}` };
      spans.push(checked);
    }
    return this.mark(spans);
  }

  private check(text: string, span: Keyphrases[number], units: Offsets, tokens: Tokens): Span | Broken {
    const label = this.labels.get(span.label);
    if (label === undefined) return broken("/label", "span-label", "one of the labels that the header lists");
    if (span.start === span.end)
      return broken("/end", "span-empty", "more than start: a span has at least one character");
    if (span.start > span.end) return broken("/end", "span-order", "more than start");
    if (span.end > units.length)
      return broken(
        "/end",
        "span-outside",
        `at most the length of the text, ${units.length} ${this.unit} units`,
      );
    const start = units.at(span.start);
    const end = units.at(span.end);
    if (span.text !== undefined && !(span.text.length === end - start && text.startsWith(span.text, start)))
      return broken("/text", "span-text", `the slice of the text from start to end, in ${this.unit} units`);
    const first = firstEndingAfter(tokens, start);
    const last = firstStartingAt(tokens, end) - 1;
    if (first > last) return broken("", "no-token", "a word or a punctuation mark inside the span");
    const snapped = (tokens.starts[first] as number) < start || (tokens.ends[last] as number) > end;
    return { label, first, last, start, end, snapped };
  }

  /** Longest first; of equals, the one that begins first, then the label that the header names first. */
  private mark(spans: Span[]): SpanCounts {
    const counts = { read: spans.length, kept: 0, snapped: 0, overlapping: 0, duplicate: 0 };
    if (!isApart(spans))
      spans.sort(
        (a, b) =>
          b.last - b.first - (a.last - a.first) ||
          b.end - b.start - (a.end - a.start) ||
          a.start - b.start ||
          a.label - b.label,
      );
    let before: Span | undefined;
    for (const span of spans) {
      const repeated =
        before !== undefined &&
        before.start === span.start &&
        before.end === span.end &&
        before.label === span.label;
      before = span;
      if (repeated) {
        counts.duplicate++;
        continue;
      }
      // No kept span is shorter, so one that overlaps covers an end of this one.
      if (this.tags[span.first] !== 0 || this.tags[span.last] !== 0) {
        counts.overlapping++;
        continue;
      }
      this.tags.fill(2 * span.label + 2, span.first, span.last + 1);
      this.tags[span.first] = 2 * span.label + 1;
      counts.kept++;
      if (span.snapped) counts.snapped++;
    }
    return counts;
  }
}

type Span = { label: number; first: number; last: number; start: number; end: number; snapped: boolean };

/** Whether each span begins behind the one before: then none overlaps another, and their order does not matter. */
function isApart(spans: readonly Span[]): boolean {
  for (let i = 1; i < spans.length; i++) if (spans[i]!.first <= spans[i - 1]!.last) return false;
  return true;
}

function broken(at: string, rule: Broken["rule"], expected: string): Broken {
  return { at, rule, expected };
}

/** Turns offsets of the export's unit into UTF-16 units. */
type Offsets = { length: number; at(offset: number): number };

function offsetsOf(text: string, unit: OffsetUnit, keyphrases: Keyphrases): Offsets {
  if (unit === "utf16" || keyphrases.length === 0 || !/[\ud800-\udfff]/.test(text))
    return { length: text.length, at: (offset) => offset };
  // With characters of two units, code point n begins at unit offsets[n].
  const offsets: number[] = [];
  let at = 0;
  for (const character of text) {
    offsets.push(at);
    at += character.length;
  }
  offsets.push(at);
  return { length: offsets.length - 1, at: (offset) => offsets[offset] as number };
}

/** Index of the first token that ends after `offset`. */
export function firstEndingAfter(tokens: Tokens, offset: number): number {
  return search(tokens.ends, tokens.count, offset + 1);
}

/** Index of the first token that starts at `offset` or later. */
export function firstStartingAt(tokens: Tokens, offset: number): number {
  return search(tokens.starts, tokens.count, offset);
}

function search(sorted: Int32Array, count: number, least: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as number) < least) low = middle + 1;
    else high = middle;
  }
  return low;
}

import GraphemeSplitter from "grapheme-splitter";
import type { SourceSpan, Unit } from "./record.ts";

/** Start and end in UTF-16 code units, as JavaScript slices. */
export type Place = { start: number; end: number };

// Where all units agree: ASCII, without a carriage return, which makes one cluster with a line feed.
const plain = /^(?:(?!\r)\p{ASCII})*$/u;

/** A part of a text that is not one UTF-16 code unit for one of another unit; all between such parts is. */
type Part = { start: number; length: number; at: number; counts: number };

/** Finds what a unit counts otherwise: pieces of the text with what each counts for. */
const unequal: Record<
  Exclude<Unit, "utf16">,
  (text: string) => Iterable<{ index: number; piece: string; counts: number }>
> = {
  *codepoint(text) {
    for (const { 0: piece, index } of text.matchAll(/[\u{10000}-\u{10ffff}]/gu))
      yield { index, piece, counts: 1 };
  },
  *byte(text) {
    for (const { 0: piece, index } of text.matchAll(/\P{ASCII}/gu))
      yield { index, piece, counts: Buffer.byteLength(piece) };
  },
  *grapheme(text) {
    // Between two characters of ASCII a cluster always ends, but for CR LF: only what is around the others is segmented.
    for (const { 0: region, index } of text.matchAll(/(?:\p{ASCII}?\P{ASCII}+)+(?:(?!\r)\p{ASCII})?|\r\n/gu))
      for (let inside = 0; inside < region.length; ) {
        const next = clusters.nextBreak(region, inside);
        if (next - inside > 1) yield { index: index + inside, piece: region.slice(inside, next), counts: 1 };
        inside = next;
      }
  },
};
// doccano's own: by the rules of Unicode 10, whereas Intl.Segmenter keeps conjuncts of Indic scripts and later emoji whole.
const clusters = new GraphemeSplitter() as GraphemeSplitter & { nextBreak(text: string, at: number): number };

/** A text's positions in each unit. What is asked for is worked out once, and only where units differ. */
export class Positions {
  readonly text: string;
  private readonly isPlain: boolean;
  private readonly parts = new Map<Unit, Part[]>();

  constructor(text: string) {
    this.text = text;
    this.isPlain = plain.test(text);
  }

  /** Where a span lies; null: not within the text, or in the middle of a character. */
  place({ start, end }: Pick<SourceSpan, "start" | "end">, unit: Unit): Place | null {
    const [from, to] = [this.inUtf16(start, unit), this.inUtf16(end, unit)];
    if (from === null || to === null || from < 0 || to > this.text.length || from >= to) return null;
    return { start: from, end: to };
  }

  private inUtf16(position: number, unit: Unit): number | null {
    if (this.isPlain || unit === "utf16") return position;
    const part = this.partsOf(unit).findLast(({ at }) => at <= position);
    if (!part) return position;
    const behind = position - part.at - part.counts;
    if (behind >= 0) return part.start + part.length + behind;
    return position === part.at ? part.start : null;
  }

  private partsOf(unit: Exclude<Unit, "utf16">): Part[] {
    const known = this.parts.get(unit);
    if (known) return known;
    const parts: Part[] = [];
    let shift = 0; // by how much positions in the unit run ahead of those in UTF-16
    for (const { index, piece, counts } of unequal[unit](this.text)) {
      parts.push({ start: index, length: piece.length, at: index + shift, counts });
      shift += counts - piece.length;
    }
    this.parts.set(unit, parts);
    return parts;
  }
}

/** Whether a span's place is what the file says is there, or where the file does not say, begins and ends with a word. */
export function agrees(text: string, { start, end }: Place, said: string | undefined): boolean {
  if (said !== undefined) return loosely(text.slice(start, end)) === loosely(said);
  return isEdge(text, start, start) && isEdge(text, end, end - 1);
}

/** Tools write a line break as backslash-n, CRLF as two of these, or as a blank; brat joins the parts of a span by one. */
const loosely = (text: string) => text.replace(/(?:\\[nrt]|\s)+/g, " ").trim();

const inWord = /[\p{L}\p{N}\p{M}]/u;
// Written without blanks between words, or with endings that people leave out: a word ends wherever they say.
const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;

/** Whether a span begins and ends with a word, white space at its ends aside. */
export function isWhole(text: string, place: Place): boolean {
  const inside = trimmed(text, place);
  return inside !== null && agrees(text, inside, undefined);
}

/** A word begins or ends at `at`, and `inside` is a character of the span that is not white space. */
function isEdge(text: string, at: number, inside: number): boolean {
  const before = characterBefore(text, at);
  const after = characterAt(text, at);
  const own = inside < at ? before : characterAt(text, inside);
  if (/^\s?$/.test(own)) return false;
  // A mark belongs to the letter before it, the second half of a pair to the first.
  if (/^(?:\p{M}|\u200d|\p{Surrogate})/u.test(after) && before !== "") return false;
  if (unspaced.test(before) || unspaced.test(after)) return true;
  return !(inWord.test(before) && inWord.test(after));
}

const characterAt = (text: string, at: number) =>
  at < text.length ? String.fromCodePoint(text.codePointAt(at)!) : "";

function characterBefore(text: string, at: number): string {
  if (at === 0) return "";
  const isPair = at > 1 && /[\udc00-\udfff]/.test(text[at - 1]!) && /[\ud800-\udbff]/.test(text[at - 2]!);
  return text.slice(at - (isPair ? 2 : 1), at);
}

/** Without the white space at its ends; null where there is nothing else. */
export function trimmed(text: string, { start, end }: Place): Place | null {
  const slice = text.slice(start, end);
  const from = start + (slice.length - slice.trimStart().length);
  const to = end - (slice.length - slice.trimEnd().length);
  return from < to ? { start: from, end: to } : null;
}

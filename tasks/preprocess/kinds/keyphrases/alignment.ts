import type { ExportRecord, PreprocessReport } from "../../../../schemas/types.ts";
import type { Tokens } from "../../read/tokens.ts";
import { firstEndingAfter, firstStartingAt, type OffsetUnit } from "./spans.ts";

/** Ways to count offsets: the units of the format, and what exports use by mistake. */
export type Reading = keyof NonNullable<PreprocessReport["offsets"]>["fits"];

type Keyphrase = NonNullable<ExportRecord["keyphrases"]>[number];
/** Where offset n of a text begins, in UTF-16 units; undefined where it lies inside a character or outside the text. */
type Starts = (offset: number) => number | undefined;

// Enough to tell shares to 3 %, and so few that no export takes noticeably longer to read.
const MOST_SPANS = 1000;
// A longer text costs more than it can tell.
const MOST_UNITS = 100_000;

/** Tries how spans would fit words if their offsets were counted otherwise: the likely cause of spans that do not fit. */
export class Alignment {
  private readonly unit: OffsetUnit;
  private readonly offsets: NonNullable<PreprocessReport["offsets"]>;

  /** @param offsets Counted up. */
  constructor(unit: OffsetUnit, offsets: NonNullable<PreprocessReport["offsets"]>) {
    this.unit = unit;
    this.offsets = offsets;
  }

  /** Whether it has yet to see more spans. */
  get isLooking(): boolean {
    return this.offsets.tried < MOST_SPANS;
  }

  /** Looks at the spans of a text of which one does not fit. */
  look(text: string, keyphrases: readonly Keyphrase[], tokens: Tokens) {
    const { offsets } = this;
    if (!this.isLooking || text.length > MOST_UNITS) return;
    const declared = startsIn(text, this.unit);
    const units = unitsOf(text, this.unit, declared);
    for (const span of keyphrases) {
      if (!this.isLooking) return;
      offsets.tried++;
      const count = (reading: Reading, starts: Starts, start = 0, end = start) => {
        if (fits(span, starts(span.start + start), starts(span.end + end), text, tokens))
          offsets.fits[reading]++;
      };
      for (const unit of unitReadings) count(unit, units[unit]);
      count("oneLess", declared, -1);
      count("oneMore", declared, 1);
      count("endIncluded", declared, 0, 1);
      count("fromOne", declared, -1, 0);
    }
  }
}

/** Whether a span begins and ends where words do; or is its text, where it has one. */
function fits(
  span: Keyphrase,
  start: number | undefined,
  end: number | undefined,
  text: string,
  tokens: Tokens,
): boolean {
  if (start === undefined || end === undefined || start >= end) return false;
  if (span.text !== undefined) return text.slice(start, end) === span.text;
  const first = firstEndingAfter(tokens, start);
  const last = firstStartingAt(tokens, end) - 1;
  return first <= last && tokens.starts[first] === start && tokens.ends[last] === end;
}

/** Readings that differ in what they count. Of two that fit as many spans, the one before is told. */
export const unitReadings = [
  "utf16",
  "codepoint",
  "utf8",
  "lineEndsAsOne",
  "lineEndsAsTwo",
  "grapheme",
] as const;
type Unit = (typeof unitReadings)[number];

function unitsOf(text: string, unit: OffsetUnit, declared: Starts): Record<Unit, Starts> {
  const width = (character: string) => (unit === "utf16" ? character.length : 1);
  const lineEndsAsTwo = text.includes("\n")
    ? starts(text, (character) => (character === "\n" ? 2 : width(character)))
    : declared;
  // ASCII whose lines end in LF is counted alike by all the others.
  if (!/[^ -~\t\n]/.test(text))
    return {
      utf16: declared,
      codepoint: declared,
      utf8: declared,
      lineEndsAsOne: declared,
      lineEndsAsTwo,
      grapheme: declared,
    };
  const lines = text.split(/(\r\n)/).flatMap((part) => (part === "\r\n" ? [part] : [...part]));
  return {
    utf16: startsIn(text, "utf16"),
    codepoint: startsIn(text, "codepoint"),
    utf8: starts(text, (character) => Buffer.byteLength(character)),
    lineEndsAsOne: starts(lines, (character) => (character === "\r\n" ? 1 : width(character))),
    lineEndsAsTwo,
    grapheme: starts(graphemes(text), () => 1),
  };
}

function startsIn(text: string, unit: OffsetUnit): Starts {
  if (unit === "utf16") return (offset) => (offset >= 0 && offset <= text.length ? offset : undefined);
  return starts(text, () => 1);
}

/** For pieces that follow each other and `width` of each. */
function starts(pieces: Iterable<string>, width: (piece: string) => number): Starts {
  const at = new Map<number, number>();
  let offset = 0;
  let units = 0;
  at.set(0, 0);
  for (const piece of pieces) {
    offset += width(piece);
    units += piece.length;
    at.set(offset, units);
  }
  return (wanted) => at.get(wanted);
}

// Made when it is first needed: it loads rules of 60 ms, and few exports need it.
let segmenter: Intl.Segmenter | undefined;

function* graphemes(text: string): Generator<string> {
  segmenter ??= new Intl.Segmenter("en", { granularity: "grapheme" });
  for (const { segment } of segmenter.segment(text)) yield segment;
}

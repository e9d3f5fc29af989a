import { MAX_TOKEN_LENGTH } from "../limits.ts";

const WORD = 0;
const SPACE = 1;
const SINGLE = 2;
/** Belongs to a word but makes none: what BERT strips (control, format, private use) and combining marks. */
const FOLLOWER = 3;
/** White space that ends a line, and the one that ends a paragraph. */
const LINE_END = 4;
const PARAGRAPH_END = 5;

const PUNCTUATION = /^[!-/:-@[-`{-~\p{P}]$/u;
const SPACES = /^[\s\u0085]$/u;
// Unicode's newline guidelines (Unicode Standard, 5.8): LF, VT, FF, CR, NEL and the line separator.
const LINE_ENDS = /^[\n\v\f\r\u0085\u2028]$/;
const PARAGRAPH_SEPARATOR = 0x2029;
const CARRIAGE_RETURN = 0x0d;
const LINE_FEED = 0x0a;
const FOLLOWERS = /^[\p{Cc}\p{Cf}\p{Co}\p{Mn}\ufffd]$/u;

function classOf(codePoint: number): number {
  const character = String.fromCodePoint(codePoint);
  // U+FEFF is space to JavaScript, a format character to Unicode and BERT.
  if (codePoint === PARAGRAPH_SEPARATOR) return PARAGRAPH_END;
  if (LINE_ENDS.test(character)) return LINE_END;
  if (codePoint !== 0xfeff && SPACES.test(character)) return SPACE;
  if (isCjk(codePoint) || PUNCTUATION.test(character)) return SINGLE;
  return FOLLOWERS.test(character) ? FOLLOWER : WORD;
}

/** The ranges of BERT's BasicTokenizer: ideographs, each a token; not Hiragana, Katakana or Hangul. */
function isCjk(codePoint: number): boolean {
  return (
    (codePoint >= 0x4e00 && codePoint <= 0x9fff) ||
    (codePoint >= 0x3400 && codePoint <= 0x4dbf) ||
    (codePoint >= 0xf900 && codePoint <= 0xfaff) ||
    (codePoint >= 0x20000 && codePoint <= 0x2a6df) ||
    (codePoint >= 0x2a700 && codePoint <= 0x2ceaf) ||
    (codePoint >= 0x2f800 && codePoint <= 0x2fa1f)
  );
}

// One byte for each UTF-16 unit, filled in on first sight: a table of all would cost every cold start 20 ms.
const UNKNOWN = 255;
const classes = new Uint8Array(65536).fill(UNKNOWN);
for (let unit = 0; unit < 128; unit++) classes[unit] = classOf(unit);

/** No line break, one, or a blank line between this token and the one before. */
export const SAME_LINE = 0;
const SPACED = 1;
export const NEW_LINE = 2;
export const BLANK_LINE = 3;

/** The tokens of one text, as offsets in UTF-16 units. Reused from text to text, so that none is allocated. */
export class Tokens {
  count = 0;
  starts = new Int32Array(1024);
  ends = new Int32Array(1024);
  /** What stands before the token: SAME_LINE (nothing), SPACED, NEW_LINE or BLANK_LINE. */
  gaps = new Uint8Array(1024);
  /** The text's UTF-16 units: an element of an array is read several times as fast as a character of a string. */
  units = new Uint16Array(4096);
  private unitBytes = Buffer.from(this.units.buffer);

  /**
   * Cuts a text as BERT's BasicTokenizer does: at white space, with each punctuation mark and each ideograph on its
   * own; so that the word pieces of the tokens are those of the text. A token holds at least one character that
   * BERT keeps, and at most 1,000 units: a longer word becomes several.
   */
  read(text: string) {
    this.count = 0;
    const length = text.length;
    if (length > this.units.length) {
      this.units = new Uint16Array(2 * length);
      this.unitBytes = Buffer.from(this.units.buffer);
    }
    this.unitBytes.write(text, 0, "utf16le");
    const { units } = this;
    let at = 0;
    let gap = SAME_LINE;
    while (at < length) {
      const unit = units[at] as number;
      let kind = classes[unit] as number;
      if (kind === UNKNOWN) kind = classAt(text, at);
      if (kind === SPACE) {
        if (gap === SAME_LINE) gap = SPACED;
        at++;
        continue;
      }
      if (kind >= LINE_END) {
        gap = kind === PARAGRAPH_END || gap >= NEW_LINE ? BLANK_LINE : NEW_LINE;
        at += unit === CARRIAGE_RETURN && at + 1 < length && units[at + 1] === LINE_FEED ? 2 : 1;
        continue;
      }
      const width = unitsAt(text, unit, at);
      if (kind === FOLLOWER) {
        at += width;
        continue;
      }
      const end = kind === SINGLE ? at + width : wordEnd(text, units, at + width, at);
      if (this.count === this.starts.length) this.grow();
      this.starts[this.count] = at;
      this.ends[this.count] = end;
      this.gaps[this.count] = gap;
      this.count++;
      gap = SAME_LINE;
      at = end;
    }
  }

  private grow() {
    const capacity = this.starts.length * 2;
    const starts = new Int32Array(capacity);
    starts.set(this.starts);
    this.starts = starts;
    const ends = new Int32Array(capacity);
    ends.set(this.ends);
    this.ends = ends;
    const gaps = new Uint8Array(capacity);
    gaps.set(this.gaps);
    this.gaps = gaps;
  }
}

function wordEnd(text: string, units: Uint16Array, from: number, start: number): number {
  const most = Math.min(text.length, start + MAX_TOKEN_LENGTH);
  let at = from;
  while (at < most) {
    const unit = units[at] as number;
    let kind = classes[unit] as number;
    // Known by its unit, so it is no half of a character.
    if (kind === WORD) {
      at++;
      continue;
    }
    if (kind === UNKNOWN) kind = classAt(text, at);
    if (kind !== WORD && kind !== FOLLOWER) break;
    const width = unitsAt(text, unit, at);
    if (at + width > most) break;
    at += width;
  }
  return at;
}

function unitsAt(text: string, unit: number, at: number): number {
  return unit >= 0xd800 && unit <= 0xdbff && (text.codePointAt(at) as number) > 0xffff ? 2 : 1;
}

function classAt(text: string, at: number): number {
  const codePoint = text.codePointAt(at) as number;
  const kind = classOf(codePoint);
  if (codePoint <= 0xffff && (codePoint < 0xd800 || codePoint > 0xdfff)) classes[codePoint] = kind;
  return kind;
}

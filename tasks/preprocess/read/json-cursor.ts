import { isAscii } from "node:buffer";

const QUOTE = 0x22;
const ZERO = 0x30;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const SMALL_U = 0x75;
/** No schema of ours allows a whole number of more digits. */
const MOST_DIGITS = 9;

const SOMETHING = "-";

/** A place in JSON, in bytes of valid UTF-8. */
export class JsonCursor {
  private bytes: Buffer = Buffer.alloc(0);
  private at = 0;
  /** The bytes as a string, where each is a character. */
  private ascii: string | null = null;
  /** Whether what strings hold is not wanted, but for whether they hold something. */
  isSkipping = false;

  begin(bytes: Buffer) {
    this.bytes = bytes;
    this.at = 0;
    this.isSkipping = false;
    this.ascii = isAscii(bytes) ? bytes.toString("latin1") : null;
  }

  isAtEnd(): boolean {
    return this.at === this.bytes.length;
  }

  /** Moves behind a byte, and behind white space before it, if it is the next one. */
  takes(byte: number): boolean {
    this.skipSpace();
    if (this.bytes[this.at] !== byte) return false;
    this.at++;
    return true;
  }

  /** Which of these keys is the next one, colon included; -1 for none. It is probably that of number `likely`. */
  key(keys: readonly Uint8Array[], likely: number): number {
    this.skipSpace();
    for (let turn = 0; turn < keys.length; turn++) {
      const number = (likely + turn) % keys.length;
      const key = keys[number] as Uint8Array;
      if (!this.startsWith(key)) continue;
      this.at += key.length;
      return this.takes(COLON) ? number : -1;
    }
    return -1;
  }

  /** A string that takes at most so many bytes; undefined when it is longer, or has a character as \uXXXX. */
  string(mostBytes: number): string | undefined {
    if (!this.takes(QUOTE)) return undefined;
    const { bytes } = this;
    const from = this.at;
    let at = from;
    let isEscaped = false;
    for (; ; at++) {
      const byte = bytes[at] as number;
      if (byte === QUOTE) break;
      // Also behind the last byte, where there is none.
      if (!(byte >= 0x20)) return undefined;
      if (byte !== BACKSLASH) continue;
      isEscaped = true;
      if (bytes[++at] === SMALL_U) return undefined;
    }
    this.at = at + 1;
    if (at - from > mostBytes) return undefined;
    if (this.isSkipping && !isEscaped) return at === from ? "" : SOMETHING;
    return isEscaped ? unescaped(this.slice(from - 1, at + 1)) : this.slice(from, at);
  }

  /** A whole number without sign, -1 where there is none. What follows it, the next one to read will find. */
  integer(): number {
    this.skipSpace();
    const { bytes } = this;
    const from = this.at;
    let value = 0;
    let at = from;
    for (; at - from <= MOST_DIGITS; at++) {
      const digit = (bytes[at] as number) - ZERO;
      if (!(digit >= 0 && digit <= 9)) break;
      value = 10 * value + digit;
    }
    this.at = at;
    const isPadded = at - from > 1 && bytes[from] === ZERO;
    return at === from || isPadded ? -1 : value;
  }

  private skipSpace() {
    const { bytes } = this;
    for (; ; this.at++) {
      const byte = bytes[this.at] as number;
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return;
    }
  }

  private startsWith(expected: Uint8Array): boolean {
    const { bytes, at } = this;
    for (let i = 0; i < expected.length; i++) if (bytes[at + i] !== expected[i]) return false;
    return true;
  }

  private slice(from: number, to: number): string {
    return this.ascii === null ? this.bytes.toString("utf8", from, to) : this.ascii.slice(from, to);
  }
}

function unescaped(text: string): string | undefined {
  try {
    return JSON.parse(text) as string;
  } catch {
    return undefined;
  }
}

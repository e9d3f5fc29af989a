const QUOTE = 0x22;
const BACKSLASH = 0x5c;

// What a byte means outside a string.
const PART = 0;
const OPENS = 1;
const CLOSES = 2;
const QUOTES = 3;
/** Ends a number or a literal, and separates within containers. */
const ENDS = 4;
/** The like, behind a key. */
const COLON = 5;
const meaning = new Uint8Array(256).fill(PART);
for (const byte of "[{") meaning[byte.charCodeAt(0)] = OPENS;
for (const byte of "]}") meaning[byte.charCodeAt(0)] = CLOSES;
for (const byte of ", \t\r\n") meaning[byte.charCodeAt(0)] = ENDS;
meaning[":".charCodeAt(0)] = COLON;
meaning[QUOTE] = QUOTES;

/**
 * Finds where a JSON value ends, over any number of pieces of it, without parsing it. Counts depth instead of
 * recursing, so that no nesting can exhaust the stack. What lies inside is not checked: JSON.parse does that.
 */
export class ValueScanner {
  /** Containers open now. */
  private depth = 0;
  private inString = false;
  private escaped = false;
  /** Within a number or a literal that is the value itself. */
  private bare = false;
  /** The deepest nesting met. */
  deepest = 0;
  /** Colons outside strings: in valid JSON, the keys of all objects, those that stand twice included. */
  keys = 0;

  /** Forgets the last value. */
  begin() {
    this.depth = 0;
    this.inString = false;
    this.escaped = false;
    this.bare = false;
    this.deepest = 0;
    this.keys = 0;
  }

  /** Reads bytes [from, to) and returns the index behind the value's last byte, or -1 when it continues. */
  scan(bytes: Uint8Array, from: number, to: number): number {
    // Kept in locals: this loop sees every byte of the export.
    let at = from;
    let { depth, inString } = this;
    let end = -1;
    if (this.escaped && at < to) {
      this.escaped = false;
      at++;
    }
    while (at < to) {
      if (inString) {
        let byte = 0;
        while (at < to) {
          byte = bytes[at] as number;
          if (byte === QUOTE || byte === BACKSLASH) break;
          at++;
        }
        if (at >= to) break;
        if (byte === QUOTE) {
          inString = false;
          at++;
          if (depth > 0) continue;
          end = at;
          break;
        }
        at += 2;
        if (at > to) this.escaped = true;
        continue;
      }
      const means = meaning[bytes[at] as number] as number;
      if (means !== PART && depth === 0 && (this.bare || means === CLOSES || means >= ENDS)) {
        end = at;
        break;
      }
      if (means === OPENS) {
        depth++;
        if (depth > this.deepest) this.deepest = depth;
      } else if (means === CLOSES) {
        depth--;
        if (depth === 0) {
          end = at + 1;
          break;
        }
      } else if (means === QUOTES) inString = true;
      else if (means === COLON) this.keys++;
      else if (depth === 0) this.bare = true;
      at++;
    }
    this.depth = depth;
    this.inString = inString;
    return end;
  }
}

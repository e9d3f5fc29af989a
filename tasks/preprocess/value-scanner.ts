const QUOTE = 0x22;
const BACKSLASH = 0x5c;

// What a byte means outside a string: 1 opens a container, 2 closes one, 3 starts a string, 4 ends a bare value.
const meaning = new Uint8Array(256);
for (const byte of "[{") meaning[byte.charCodeAt(0)] = 1;
for (const byte of "]}") meaning[byte.charCodeAt(0)] = 2;
meaning[QUOTE] = 3;
for (const byte of ", \t\r\n:") meaning[byte.charCodeAt(0)] = 4;

/**
 * Finds where a JSON value ends, over any number of pieces of it, without parsing it. Counts depth instead of
 * recursing, so that no nesting can exhaust the stack. What lies inside is not checked: JSON.parse does that.
 */
export class ValueScanner {
  /** Containers open now. */
  private depth = 0;
  private inString = false;
  private escaped = false;
  private bare = false;
  private started = false;
  /** The deepest nesting met. */
  deepest = 0;

  /** Forgets the last value. */
  begin() {
    this.depth = 0;
    this.inString = false;
    this.escaped = false;
    this.bare = false;
    this.started = false;
    this.deepest = 0;
  }

  /** Reads bytes [from, to) and returns the index behind the value's last byte, or -1 when it goes on. */
  scan(bytes: Uint8Array, from: number, to: number): number {
    let at = from;
    while (at < to) {
      if (this.inString) {
        at = this.skipString(bytes, at, to);
        if (this.inString) return -1;
        if (this.depth === 0) return at;
        continue;
      }
      const means = meaning[bytes[at] as number];
      if (means === 0) {
        if (!this.started) this.bare = true;
      } else if (means === 1) {
        if (this.bare) return at;
        this.depth++;
        if (this.depth > this.deepest) this.deepest = this.depth;
      } else if (means === 2) {
        if (this.depth === 0) return at;
        this.depth--;
        if (this.depth === 0) return at + 1;
      } else if (means === 3) {
        if (this.bare) return at;
        this.inString = true;
      } else if (this.depth === 0) return at;
      this.started = true;
      at++;
    }
    return -1;
  }

  private skipString(bytes: Uint8Array, from: number, to: number): number {
    let at = from;
    if (this.escaped && at < to) {
      this.escaped = false;
      at++;
    }
    while (at < to) {
      const byte = bytes[at] as number;
      if (byte === QUOTE) {
        this.inString = false;
        return at + 1;
      }
      if (byte === BACKSLASH) {
        if (at + 1 >= to) {
          this.escaped = true;
          return to;
        }
        at++;
      }
      at++;
    }
    return to;
  }
}

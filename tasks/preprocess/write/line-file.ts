import { createHash, randomUUID } from "node:crypto";
import { closeSync, createReadStream, openSync, read, unlinkSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";

const BUFFER_BYTES = 512 * 1024;
const READ_BYTES = 128 * 1024;
/** A native call takes as long as a loop over so many characters. */
const SHORT_UNITS = 64;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;

/** Slices of a text, whose UTF-16 units are in an array. */
type Slices = { starts: Int32Array; ends: Int32Array; units: Uint16Array };

/**
 * Writes lines of JSON as bytes into one reused buffer, which `flush` empties: a string per token would be garbage of
 * several times the export's size.
 */
export class LineWriter {
  private readonly buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  private length = 0;
  private readonly flushed: (bytes: Uint8Array) => void;

  constructor(flushed: (bytes: Uint8Array) => void) {
    this.flushed = flushed;
  }

  /** Bytes that were written since the last flush. */
  get waiting(): number {
    return this.length;
  }

  /** Bytes as they are, of any length. */
  bytes(bytes: Uint8Array) {
    if (bytes.length > BUFFER_BYTES) {
      this.flush();
      this.flushed(bytes);
      return;
    }
    this.reserve(bytes.length);
    this.buffer.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** The bytes [from, to) of a buffer, of any length. */
  copy(source: Buffer, from: number, to: number) {
    const count = to - from;
    if (count > BUFFER_BYTES) {
      this.bytes(source.subarray(from, to));
      return;
    }
    this.reserve(count);
    source.copy(this.buffer, this.length, from, to);
    this.length += count;
  }

  /** The like for a few bytes: a loop is faster than a call of Buffer.set. */
  few(bytes: Uint8Array) {
    const count = bytes.length;
    this.reserve(count);
    for (let i = 0; i < count; i++) this.buffer[this.length + i] = bytes[i] as number;
    this.length += count;
  }

  /** A string of ASCII, or any string, as UTF-8; at most a third of a buffer. */
  text(text: string) {
    this.reserve(text.length * 3);
    const { buffer, length } = this;
    if (text.length <= SHORT_UNITS) {
      let at = 0;
      for (; at < text.length; at++) {
        const unit = text.charCodeAt(at);
        if (unit > 0x7f) break;
        buffer[length + at] = unit;
      }
      if (at === text.length) {
        this.length += at;
        return;
      }
    }
    this.length += buffer.write(text, length);
  }

  /** A string of any length, as UTF-8. */
  long(text: string) {
    const units = BUFFER_BYTES / 4;
    if (text.length <= units) {
      this.text(text);
      return;
    }
    for (let at = 0; at < text.length; ) {
      // Not between the two halves of a character.
      const cut = isHighSurrogate(text.charCodeAt(at + units - 1)) ? units - 1 : units;
      this.text(text.slice(at, at + cut));
      at += cut;
    }
  }

  /** A string as JSON, quotes included. */
  string(text: string) {
    this.long(JSON.stringify(text));
  }

  /** The slices [from, to) of a text as JSON strings, with commas between them; each of at most 1,000 units. */
  slices(text: string, { starts, ends, units }: Slices, from: number, to: number) {
    for (let slice = from; slice < to; slice++) {
      const start = starts[slice] as number;
      const end = ends[slice] as number;
      this.reserve((end - start) * 6 + 3);
      const { buffer } = this;
      let length = this.length;
      if (slice > from) buffer[length++] = COMMA;
      buffer[length++] = QUOTE;
      let at = start;
      for (; at < end; at++) {
        const unit = units[at] as number;
        if (unit < 0x20 || unit > 0x7e || unit === QUOTE || unit === BACKSLASH) break;
        buffer[length++] = unit;
      }
      if (at === end) buffer[length++] = QUOTE;
      else {
        length -= at - start + 1;
        length += buffer.write(JSON.stringify(text.slice(start, end)), length);
      }
      this.length = length;
    }
  }

  /** Those of the given pieces whose numbers stand in [from, to); together at most half a buffer. */
  pieces(pieces: readonly Uint8Array[], numbers: Uint8Array, from: number, to: number) {
    let longest = 0;
    for (let i = from; i < to; i++) longest += (pieces[numbers[i] as number] as Uint8Array).length;
    this.reserve(longest);
    const { buffer } = this;
    let { length } = this;
    for (let i = from; i < to; i++) {
      const piece = pieces[numbers[i] as number] as Uint8Array;
      for (let at = 0; at < piece.length; at++) buffer[length++] = piece[at] as number;
    }
    this.length = length;
  }

  /** Hands on what is buffered. */
  flush() {
    if (this.length > 0) this.flushed(this.buffer.subarray(0, this.length));
    this.length = 0;
  }

  private reserve(bytes: number) {
    if (this.length + bytes > BUFFER_BYTES) this.flush();
  }
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

/**
 * A temporary file of lines, with the digest of its bytes. It has no name: patients' notes are in it, and so not even
 * a killed process leaves it behind.
 */
export class LineFile {
  readonly lines: LineWriter;
  private readonly descriptor: number;
  private readonly digest = createHash("sha256");
  private sha256 = "";

  constructor() {
    const path = join(tmpdir(), `pbp-${randomUUID()}`);
    this.descriptor = openSync(path, "wx+", 0o600);
    try {
      unlinkSync(path);
    } catch (error) {
      closeSync(this.descriptor);
      throw error;
    }
    this.lines = new LineWriter((bytes) => {
      this.digest.update(bytes);
      for (let at = 0; at < bytes.length; ) at += writeSync(this.descriptor, bytes, at);
    });
  }

  /** Ends the writing and returns the SHA-256 of all lines. */
  finish(): string {
    if (this.sha256 === "") {
      this.lines.flush();
      this.sha256 = this.digest.digest("hex");
    }
    return this.sha256;
  }

  /** The finished file from its beginning; it must be read before it is closed. */
  read(): Readable {
    this.finish();
    // A reader that stops early destroys its stream, which closes the descriptor whatever autoClose says. By the time of
    // our own close, that number may be another file's.
    const fs = { read, close: (_: number, closed: (error: null) => void) => closed(null) };
    const whole = { fd: this.descriptor, fs, start: 0, autoClose: false, highWaterMark: READ_BYTES };
    return createReadStream("", whole);
  }

  /** Gives the disk space back. */
  close() {
    try {
      closeSync(this.descriptor);
    } catch {
      // Closed it is, and nobody wants the file any more; the next one must be closed too.
    }
  }
}

import { NamedError } from "../../../schemas/tables/errors.ts";
import { MAX_DEPTH, MAX_HEADER_BYTES, MAX_RECORD_BYTES } from "../limits.ts";
import { ValueScanner } from "./value-scanner.ts";

/** What the splitter finds, in the order of the file. */
export type SplitterEvents = {
  /** A property of the header. */
  header(key: string, value: unknown): void;
  /** The bytes of a record, valid only until this returns. */
  record(bytes: Buffer, index: number): void;
  /** A record that is too large to be looked into, and how it begins. */
  tooLarge(index: number, head: Buffer): void;
};

/** A line from 1, in JSON Lines; or a byte from 0, in an object. */
export type RecordPlace = { line: number } | { byte: number };

type Phase =
  | "start"
  | "key"
  | "colon"
  | "value"
  | "record"
  | "after-record"
  | "after-value"
  | "lines"
  | "tail";

const NEWLINE = 0x0a;
/** Of a record that is too large: enough to tell whether it is a header. */
const HEAD_BYTES = 4096;
const FIRST_WINDOW_BYTES = 256 * 1024;

/**
 * Finds the header and the records of an export, object or JSON Lines, in chunks cut anywhere. Holds one record at a
 * time. Throws InvalidExport where the structure breaks; a record that breaks inside its own braces is the receiver's.
 */
export class ExportSplitter {
  private readonly events: SplitterEvents;
  private readonly scanner = new ValueScanner();
  private window = Buffer.allocUnsafe(FIRST_WINDOW_BYTES);
  private length = 0;
  /** Next byte to look at. */
  private at = 0;
  /** First byte of the value or line being scanned, -1 between values. */
  private valueStart = -1;
  private oversized = false;
  /** How the record that is oversized begins: the rest of it is dropped. */
  private oversizedHead: Buffer = Buffer.alloc(0);
  private droppedBytes = 0;
  private phase: Phase = "start";
  private key = "";
  private afterComma = false;
  private index = 0;
  private sawRecords = false;
  private firstLine = true;
  /** Lines ended so far; counted in the header and in JSON Lines. */
  private lines = 0;
  private recordAt = 0;

  constructor(events: SplitterEvents) {
    this.events = events;
  }

  /** Where the record that was handed on last stands in the file. */
  place(): RecordPlace {
    return this.phase === "lines" ? { line: this.lines } : { byte: this.recordAt };
  }

  push(chunk: Uint8Array) {
    this.append(chunk);
    while (this.step()) {
      // Each step consumes one structural part of what is in the window.
    }
    this.compact();
  }

  /** Says that the file has ended. Throws InvalidExport when it ended too early. */
  end() {
    if (this.phase === "lines") {
      // The last line may lack its newline.
      if (this.length > 0 || this.oversized) this.push(Buffer.from("\n"));
    }
    if (this.phase !== "lines" && this.phase !== "tail")
      throw this.broken(this.position() === 0 ? "is empty" : "ends too early");
    if (!this.sawRecords && this.index === 0)
      throw new NamedError(
        "InvalidExport",
        'The export holds no record: expected "records" in the object, or a line each after the header. Export it again.',
      );
  }

  private append(chunk: Uint8Array) {
    if (this.length + chunk.length > this.window.length) {
      const grown = Buffer.allocUnsafe(Math.max(this.window.length * 2, this.length + chunk.length));
      this.window.copy(grown, 0, 0, this.length);
      this.window = grown;
    }
    this.window.set(chunk, this.length);
    this.length += chunk.length;
  }

  private compact() {
    const keepFrom = this.valueStart >= 0 && !this.oversized ? this.valueStart : this.at;
    if (keepFrom === 0) return;
    this.window.copyWithin(0, keepFrom, this.length);
    this.length -= keepFrom;
    this.at -= keepFrom;
    if (this.valueStart >= 0) this.valueStart = 0;
    this.droppedBytes += keepFrom;
  }

  /** Takes one step; false when it needs more bytes. */
  private step(): boolean {
    if (this.phase === "lines") return this.line();
    if (this.valueStart < 0 && !this.skipSpace()) return false;
    const byte = this.window[this.at];
    switch (this.phase) {
      case "start":
        return this.expect(byte === 0x7b, "{", "key");
      case "key":
        if (byte === 0x7d && !this.afterComma && this.valueStart < 0) return this.closeObject();
        if (byte !== 0x22 && this.valueStart < 0) throw this.expected("a property name");
        return this.headerKey();
      case "colon":
        return this.expect(byte === 0x3a, ":", "value");
      case "value":
        if (this.key === "records" && this.valueStart < 0) {
          if (this.sawRecords) throw this.twice();
          this.sawRecords = true;
          this.afterComma = false;
          return this.expect(byte === 0x5b, "[", "record");
        }
        return this.headerValue();
      case "record":
        if (byte === 0x5d && !this.afterComma && this.valueStart < 0)
          return this.expect(true, "]", "after-value");
        return this.arrayRecord();
      case "after-record":
        this.afterComma = byte === 0x2c;
        return this.afterComma
          ? this.expect(true, ",", "record")
          : this.expect(byte === 0x5d, ", or ]", "after-value");
      case "after-value":
        if (byte === 0x7d) return this.closeObject();
        this.afterComma = true;
        return this.expect(byte === 0x2c, ", or }", "key");
      default:
        if (byte === 0x7b || byte === 0x5b)
          throw new NamedError(
            "InvalidExport",
            `More JSON follows the end of the export at byte ${this.position()}: two exports seem to have been joined. Give each to the pipeline by itself.`,
          );
        throw this.expected("nothing more");
    }
  }

  private expect(met: boolean, what: string, next: Phase): boolean {
    if (!met) throw this.expected(what);
    this.at++;
    this.phase = next;
    return true;
  }

  private closeObject(): boolean {
    this.at++;
    this.phase = this.sawRecords ? "tail" : "lines";
    return true;
  }

  private headerKey(): boolean {
    const end = this.scanValue(MAX_HEADER_BYTES);
    if (this.oversized) throw this.oversizedHeader();
    if (end < 0) return false;
    this.key = String(this.parseHeader(this.valueStart, end));
    this.valueStart = -1;
    this.phase = "colon";
    return true;
  }

  private headerValue(): boolean {
    const end = this.scanValue(MAX_HEADER_BYTES);
    if (this.oversized) throw this.oversizedHeader();
    if (end < 0) return false;
    if (end === this.valueStart) throw this.expected("a value");
    const value = this.parseHeader(this.valueStart, end);
    for (let at = this.valueStart; at < end; at++) if (this.window[at] === NEWLINE) this.lines++;
    this.valueStart = -1;
    this.phase = "after-value";
    this.events.header(this.key, value);
    return true;
  }

  private parseHeader(from: number, to: number): unknown {
    if (this.scanner.deepest > MAX_DEPTH)
      throw new NamedError("InvalidExport", `The header is nested deeper than ${MAX_DEPTH} levels.`);
    try {
      return JSON.parse(this.window.toString("utf8", from, to));
    } catch {
      throw this.broken("has a header property that is not JSON");
    }
  }

  private arrayRecord(): boolean {
    const end = this.scanValue(MAX_RECORD_BYTES);
    if (end < 0) return false;
    if (end === this.valueStart) throw this.expected("a record");
    this.emit(this.valueStart, end);
    this.phase = "after-record";
    return true;
  }

  /** Scans on from `at`; returns the end of the value, or -1 when it continues behind the window. */
  private scanValue(limit: number): number {
    if (this.valueStart < 0) {
      this.scanner.begin();
      this.valueStart = this.at;
    }
    const end = this.scanner.scan(this.window, this.at, this.length);
    this.at = end < 0 ? this.length : end;
    if (this.at - this.valueStart > limit) this.refuseSize();
    return end;
  }

  private refuseSize() {
    if (!this.oversized)
      this.oversizedHead = Buffer.from(this.window.subarray(this.valueStart, this.valueStart + HEAD_BYTES));
    this.oversized = true;
  }

  private line(): boolean {
    if (this.valueStart < 0) this.valueStart = this.at;
    const found = this.window.indexOf(NEWLINE, this.at);
    const newline = found < this.length ? found : -1;
    this.at = newline < 0 ? this.length : newline;
    if (this.at - this.valueStart > MAX_RECORD_BYTES) this.refuseSize();
    if (newline < 0) return false;
    let from = this.valueStart;
    let to = newline;
    while (from < to && isSpace(this.window[from])) from++;
    while (to > from && isSpace(this.window[to - 1])) to--;
    this.at = newline + 1;
    this.lines++;
    if (this.firstLine) {
      this.valueStart = -1;
      this.firstLine = false;
      if (from < to) throw this.expected("a new line after the header, or records inside it");
      return true;
    }
    if (from === to && !this.oversized) {
      // A blank line is not a record, but it counts as a line, so that a pointer still leads to the right one.
      this.valueStart = -1;
      this.index++;
      return true;
    }
    this.emit(from, to);
    return true;
  }

  private emit(from: number, to: number) {
    const index = this.index++;
    const oversized = this.oversized;
    this.recordAt = this.droppedBytes + from;
    this.valueStart = -1;
    this.oversized = false;
    if (oversized) this.events.tooLarge(index, this.oversizedHead);
    else this.events.record(this.window.subarray(from, to), index);
  }

  private skipSpace(): boolean {
    while (this.at < this.length && isSpace(this.window[this.at])) {
      if (this.window[this.at] === NEWLINE) this.lines++;
      this.at++;
    }
    return this.at < this.length;
  }

  private position(): number {
    return this.droppedBytes + this.at;
  }

  private where(): string {
    return this.sawRecords && this.phase !== "tail" && this.index > 0
      ? `after /records/${this.index - 1} (byte ${this.position()})`
      : `at byte ${this.position()}`;
  }

  private expected(what: string): NamedError {
    return this.broken(`is not JSON of the expected shape: expected ${what}`);
  }

  private broken(how: string): NamedError {
    return new NamedError("InvalidExport", `The export ${how} ${this.where()}. Export it again.`);
  }

  private oversizedHeader(): NamedError {
    return this.broken(`has a header property of more than ${MAX_HEADER_BYTES} bytes`);
  }

  private twice(): NamedError {
    return new NamedError("InvalidExport", "/records stands twice in the export. Export it again.");
  }
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

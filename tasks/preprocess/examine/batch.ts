import type { RecordPlace } from "../read/splitter.ts";

/** Records enough that passing them to a thread costs next to nothing, and so few that several batches need no memory. */
const BATCH_BYTES = 128 * 1024;
/** The last record of a batch ends behind that: most need no larger buffer. */
const ROOM_BYTES = 160 * 1024;
/** What is kept of a record beside its bytes counts too: a million empty ones are no small batch. */
const RECORD_BYTES = 128;
/** A batch that needed more room, for one huge record, gives it back. */
const MOST_KEPT_BYTES = 2 * 1024 * 1024;

/** A buffer whose memory is its own, so that it passes from thread to thread as it is. */
export type Memory = Buffer<ArrayBuffer>;

/** Records of an export, and room for what is made of them; in a form that passes between threads. */
export type Records = {
  bytes: Memory;
  /** Where each record ends; the next one begins there. */
  ends: number[];
  indexes: number[];
  /** Numbers of those of which only the beginning is here. */
  tooLarge: Set<number>;
  out: Memory;
};

/** Collects records that follow each other in the export. */
export class Batch implements Records {
  bytes = room();
  out = room();
  ends: number[] = [];
  indexes: number[] = [];
  tooLarge = new Set<number>();
  places: RecordPlace[] = [];
  private length = 0;

  get count(): number {
    return this.ends.length;
  }

  /** About how much memory it takes. */
  get size(): number {
    return this.length + this.count * RECORD_BYTES;
  }

  get isFull(): boolean {
    return this.size >= BATCH_BYTES;
  }

  add(record: Uint8Array, index: number, place: RecordPlace, isTooLarge: boolean) {
    this.bytes = withRoom(this.bytes, this.length, record.length);
    this.bytes.set(record, this.length);
    this.length += record.length;
    if (isTooLarge) this.tooLarge.add(this.count);
    this.ends.push(this.length);
    this.indexes.push(index);
    this.places.push(place);
  }

  clear() {
    this.length = 0;
    this.ends = [];
    this.indexes = [];
    this.places = [];
    this.tooLarge.clear();
    if (this.bytes.length + this.out.length <= MOST_KEPT_BYTES) return;
    this.bytes = room();
    this.out = room();
  }
}

function room(): Memory {
  return Buffer.allocUnsafeSlow(ROOM_BYTES);
}

/** The bytes of a record. */
export function recordIn({ bytes, ends }: Records, number: number): Buffer {
  return bytes.subarray(number === 0 ? 0 : ends[number - 1], ends[number]);
}

/** The buffer, or a larger one with what was in it, so that `more` bytes fit behind `length`. */
export function withRoom(buffer: Memory, length: number, more: number): Memory {
  if (length + more <= buffer.length) return buffer;
  const grown = Buffer.allocUnsafeSlow(Math.max(2 * buffer.length, length + more));
  buffer.copy(grown, 0, 0, length);
  return grown;
}

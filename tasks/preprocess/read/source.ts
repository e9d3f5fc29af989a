import { isUtf8 } from "node:buffer";
import { createHash } from "node:crypto";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { NamedError } from "../../../schemas/tables/errors.ts";
import { HEAD_BYTES, refuseForeign } from "./foreign.ts";

// Large enough that the work per chunk vanishes, small enough that a few in flight cost nothing.
const GUNZIP_CHUNK_BYTES = 256 * 1024;

/** What is known of an export's bytes once they have all been read. */
export type SourceFacts = { sha256: string; byteOrderMark: boolean };

/**
 * Reads an export as stored, gzip or plain, and yields its bytes as valid UTF-8 text without byte order mark.
 *
 * A chunk is valid until the next is asked for, and ends where a character ends. `facts` are complete when the iteration has
 * ended. Throws InvalidExport for a broken gzip, for invalid UTF-8, and for a file of another kind.
 */
export function readSource(stored: Readable): { chunks: AsyncIterable<Uint8Array>; facts: SourceFacts } {
  const facts: SourceFacts = { sha256: "", byteOrderMark: false };
  return { chunks: decode(stored, facts), facts };
}

async function* decode(stored: Readable, facts: SourceFacts): AsyncGenerator<Uint8Array> {
  const text = new TextGate(facts);
  const bytes = inflate(stored, facts);
  try {
    const { head, ended } = await firstBytes(bytes, HEAD_BYTES);
    refuseForeign(head.subarray(0, HEAD_BYTES));
    if (head.length > 0) yield* text.pass(head);
    if (!ended) for await (const chunk of bytes) yield* text.pass(chunk);
    text.end();
  } finally {
    // Whoever stops early leaves the rest unread.
    await bytes.return(undefined);
    stored.destroy();
  }
}

/** Hashes the stored bytes and inflates them when they begin as gzip does. */
async function* inflate(stored: Readable, facts: SourceFacts): AsyncGenerator<Buffer> {
  const digest = createHash("sha256");
  const hashed = async function* () {
    for await (const chunk of stored) {
      digest.update(chunk as Buffer);
      yield chunk as Buffer;
    }
    facts.sha256 = digest.digest("hex");
  };
  const bytes = hashed();
  const { head, ended } = await firstBytes(bytes, 2);
  const whole = async function* () {
    if (head.length > 0) yield head;
    if (!ended) yield* bytes;
  };
  if (head[0] !== 0x1f || head[1] !== 0x8b) {
    yield* whole();
    return;
  }
  const gunzip = createGunzip({ chunkSize: GUNZIP_CHUNK_BYTES });
  const fed = feed(whole(), gunzip);
  // A broken source destroys gunzip with its own error, which the loop then throws.
  fed.catch(() => undefined);
  try {
    for await (const chunk of gunzip) yield chunk as Buffer;
    await fed;
  } catch (error) {
    throw isZlibError(error)
      ? new NamedError(
          "InvalidExport",
          "The gzip of the export is damaged or cut off, or another file is joined to it. Upload it again.",
        )
      : error;
  } finally {
    gunzip.destroy();
  }
}

/** Feeds a gzip, of one member or several. Zeros may follow it, as a tape pads; anything else would silently be lost. */
async function feed(from: AsyncIterable<Buffer>, gunzip: ReturnType<typeof createGunzip>) {
  let fed = 0;
  let isOver = false;
  try {
    for await (const chunk of from) {
      if (gunzip.destroyed && !isOver) return;
      let padding = chunk;
      if (!isOver) {
        await written(gunzip, chunk);
        fed += chunk.length;
        // What gunzip leaves, it takes for no member.
        const left = fed - gunzip.bytesWritten;
        isOver = left > 0;
        padding = chunk.subarray(chunk.length - left);
      }
      if (isOver && padding.some((byte) => byte !== 0)) throw behindGzip();
    }
    if (!isOver) gunzip.end();
  } catch (error) {
    gunzip.destroy(error as Error);
    throw error;
  }
}

async function written(gunzip: ReturnType<typeof createGunzip>, chunk: Buffer) {
  await new Promise<void>((resolve) => {
    const done = () => {
      gunzip.off("close", done);
      resolve();
    };
    gunzip.once("close", done);
    gunzip.write(chunk, done);
  });
}

function behindGzip(): NamedError {
  return new NamedError(
    "InvalidExport",
    "The export holds more behind the end of its gzip: two files seem to have been joined. Give each to the pipeline by itself.",
  );
}

/** The first chunk, or more when it has fewer bytes than `least`, which show what the file is. */
async function firstBytes(
  bytes: AsyncIterator<Buffer>,
  least: number,
): Promise<{ head: Buffer; ended: boolean }> {
  let head: Buffer = Buffer.alloc(0);
  while (head.length < least) {
    const next = await bytes.next();
    if (next.done) return { head, ended: true };
    head = head.length === 0 ? next.value : Buffer.concat([head, next.value]);
  }
  return { head, ended: false };
}

function isZlibError(error: unknown): boolean {
  return error instanceof Error && "code" in error && String(error.code).startsWith("Z_");
}

/** Lets valid UTF-8 through, whole characters at a time, and takes off the byte order mark. */
class TextGate {
  private readonly facts: SourceFacts;
  private rest: Buffer = Buffer.alloc(0);
  private position = 0;
  private started = false;

  constructor(facts: SourceFacts) {
    this.facts = facts;
  }

  *pass(chunk: Buffer): Generator<Uint8Array> {
    let bytes: Buffer = this.rest.length > 0 ? Buffer.concat([this.rest, chunk]) : chunk;
    // Three bytes show whether there is a mark; fewer than that wait.
    if (!this.started && bytes.length < 3) {
      this.rest = Buffer.from(bytes);
      return;
    }
    if (!this.started) {
      this.started = true;
      this.facts.byteOrderMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
      if (this.facts.byteOrderMark) bytes = bytes.subarray(3);
    }
    const end = lastBoundary(bytes);
    const whole = bytes.subarray(0, end);
    if (!isUtf8(whole)) throw this.invalid(whole.length);
    this.position += whole.length;
    this.rest = Buffer.from(bytes.subarray(end));
    if (whole.length > 0) yield whole;
  }

  /** Throws when the file ended inside a character. Fewer than three bytes in all are not an export either way. */
  end() {
    if (this.rest.length > 0 && this.started) throw this.invalid(this.rest.length);
    if (this.rest.length > 0)
      throw new NamedError("InvalidExport", "The export is not JSON: it is too short to be one.");
  }

  private invalid(length: number): NamedError {
    return new NamedError(
      "InvalidExport",
      `The export is not valid UTF-8 between bytes ${this.position} and ${this.position + length}. Export it again as UTF-8.`,
    );
  }
}

/** Where the last whole character ends: a multi-byte character begun in the last three bytes is left for the next chunk. */
function lastBoundary(bytes: Buffer): number {
  const length = bytes.length;
  for (let back = 1; back <= 3 && back <= length; back++) {
    const byte = bytes[length - back] as number;
    if (byte < 0x80) return length;
    if (byte >= 0xc0) {
      const width = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return width > back ? length - back : length;
    }
  }
  return length;
}

// Reads model.tar.gz strictly and as a stream: a flat folder of plain files under names that a model's files have.
// Everything else that a tar can hold (links, devices, folders, long names, sparse files, names that leave the folder)
// is refused, not skipped: an archive that our own jobs did not write must not become a model.
import { join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { NamedError } from "../../schemas/tables/errors.ts";
import type { BundleFiles } from "../models/bundle.ts";
import { codeOf } from "../models/durable.ts";
import { measure, receive } from "./receive.ts";

const memberName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,98}\.(json|txt|safetensors)$/;
// The manifest names at most 32 files next to itself.
const maxMembers = 33;
// S3 copies an object of up to 5 GB in one request; BERT-large, the largest base model in sight, has 1.3 GB.
const maxUnpackedBytes = 5e9;
// Weights shrink by a tenth, vocabularies to a quarter. A hundred times is a bomb; a mebibyte is for tiny models.
const maxExpansion = 100;
const expansionFreeBytes = 1024 * 1024;
// Extended headers hold a time or an owner: a few hundred bytes.
const maxExtendedHeaderBytes = 64 * 1024;
// Times and owners, and what node-tar and libarchive note about where a file lay.
const harmlessRecord = /^([amc]time|[ug]id|[ug]name|SCHILY\.(dev|ino|nlink)|LIBARCHIVE\.creationtime)$/;
const blockBytes = 512;

/** A file of an archive. Its content must be read to its end before the next member is asked for. */
export type Member = { name: string; sizeBytes: number; content: AsyncIterable<Buffer> };

/**
 * Unpacks an archive into an empty folder, file by file through fsync, and hashes both it and its files on the way.
 *
 * @returns the files by their name. Throws as {@link readArchive}. File-system errors pass.
 */
export async function unpackModel(
  archive: Readable,
  expected: { sha256: string; sizeBytes: number },
  folder: string,
): Promise<BundleFiles> {
  const files: BundleFiles = {};
  for await (const { name, content } of readArchive(archive, expected))
    files[name] = await receive(content, join(folder, name));
  return files;
}

/**
 * The files of an archive, as a stream. Whether it is the expected one is known only at its end.
 *
 * Throws PromotionFailed when the archive is refused or is not the expected one; the message tells the rule, never a name.
 */
export async function* readArchive(
  archive: Readable,
  expected: { sha256: string; sizeBytes: number },
): AsyncGenerator<Member> {
  const measured = measure();
  const unzipped = createGunzip({ chunkSize: 256 * 1024 });
  const ended = pipeline(archive, measured.through, unzipped);
  // Whoever reads is told by what they read.
  ended.catch(() => undefined);
  try {
    const limit = Math.min(maxUnpackedBytes, expected.sizeBytes * maxExpansion + expansionFreeBytes);
    yield* membersOf(byteReader(unzipped, limit));
  } catch (error) {
    refuseUnless(!/^(Z_|ERR_STREAM_PREMATURE)/.test(codeOf(error) ?? ""), "is not one whole gzip file");
    throw error;
  } finally {
    unzipped.destroy();
    await ended.catch(() => undefined);
  }
  const { sha256, sizeBytes } = measured.received();
  refuseUnless(
    sha256 === expected.sha256 && sizeBytes === expected.sizeBytes,
    "is not the one that was checked and evaluated",
  );
}

async function* membersOf(source: ByteReader): AsyncGenerator<Member> {
  const seen = new Set<string>();
  for (;;) {
    const header = parseHeader(await source.exactly(blockBytes));
    if (header === null) break;
    if (header.type === "x" || header.type === "g") {
      refuseUnless(header.size <= maxExtendedHeaderBytes, "has an oversized extended header");
      checkExtendedHeader(await source.exactly(header.size));
    } else if (header.type === "5") {
      refuseUnless(/^\.\/?$/.test(header.name) && header.size === 0, "holds a folder");
    } else {
      refuseUnless(header.type === "0" || header.type === "\0", "holds something that is not a plain file");
      const name = header.name.replace(/^\.\//, "");
      refuseUnless(memberName.test(name), "holds a file with a name that no model file has");
      // A reader's file system may not tell upper from lower case.
      refuseUnless(!seen.has(name.toLowerCase()), "holds the same name twice");
      refuseUnless(seen.add(name.toLowerCase()).size <= maxMembers, `holds more than ${maxMembers} files`);
      yield { name, sizeBytes: header.size, content: source.pieces(header.size) };
    }
    await source.exactly((blockBytes - (header.size % blockBytes)) % blockBytes);
  }
  refuseUnless(isZero(await source.exactly(blockBytes)), "does not end as an archive does");
  for await (const piece of source.rest()) refuseUnless(isZero(piece), "goes on after its end");
}

type Header = { name: string; size: number; type: string };

/** null: a block of zeros, with which the end begins. */
function parseHeader(block: Buffer): Header | null {
  if (isZero(block)) return null;
  const text = (from: number, to: number) => block.toString("latin1", from, to).replace(/\0.*$/s, "");
  refuseUnless(block.toString("latin1", 257, 262) === "ustar", "is not a tar archive");
  const checksum = block.reduce((sum, byte, index) => sum + (index >= 148 && index < 156 ? 32 : byte), 0);
  refuseUnless(octal(text(148, 156)) === checksum, "has a damaged header");
  refuseUnless(text(345, 500) === "", "holds a long name");
  return {
    name: text(0, 100),
    size: octal(text(124, 136)),
    type: block.toString("latin1", 156, 157),
  };
}

function octal(field: string): number {
  refuseUnless(/^ *[0-7]+ *$/.test(field), "has a header with a damaged number");
  return Number.parseInt(field.trim(), 8);
}

/** "<length> <key>=<value>\n", repeated. Those that would change what or where a file is are refused. */
function checkExtendedHeader(body: Buffer): void {
  let rest = body.toString("utf8");
  while (rest !== "") {
    const record = rest.match(/^([1-9][0-9]*) ([A-Za-z._]+)=/);
    const length = Number(record?.[1]);
    refuseUnless(
      record !== null && length <= Buffer.byteLength(rest) && harmlessRecord.test(record[2]!),
      "has an extended header that renames or resizes a file",
    );
    rest = Buffer.from(rest).subarray(length).toString("utf8");
  }
}

type ByteReader = ReturnType<typeof byteReader>;

function byteReader(unzipped: AsyncIterable<Buffer>, limitBytes: number) {
  const chunks = unzipped[Symbol.asyncIterator]();
  let chunk: Buffer = Buffer.alloc(0);
  let total = 0;

  async function next(): Promise<boolean> {
    while (chunk.length === 0) {
      const found = await chunks.next();
      if (found.done) return false;
      chunk = found.value;
      total += chunk.length;
      refuseUnless(total <= limitBytes, "unpacks to more than a model can have");
    }
    return true;
  }

  async function* pieces(count: number): AsyncGenerator<Buffer> {
    for (let missing = count; missing > 0; ) {
      refuseUnless(await next(), "ends too early");
      const piece = chunk.subarray(0, missing);
      chunk = chunk.subarray(piece.length);
      missing -= piece.length;
      yield piece;
    }
  }

  return {
    pieces,
    async exactly(count: number): Promise<Buffer> {
      const parts: Buffer[] = [];
      for await (const piece of pieces(count)) parts.push(piece);
      return Buffer.concat(parts);
    },
    async *rest(): AsyncGenerator<Buffer> {
      while (await next()) {
        yield chunk;
        chunk = Buffer.alloc(0);
      }
    },
  };
}

function isZero(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0);
}

function refuseUnless(condition: boolean, problem: string): asserts condition {
  if (!condition) throw new NamedError("PromotionFailed", `The model archive ${problem}.`);
}

import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { refuseForeign } from "../../../tasks/preprocess/read/foreign.ts";
import { readSource } from "../../../tasks/preprocess/read/source.ts";
import { failure } from "../../tasks/deployment.ts";
import { cut } from "./pieces.ts";

async function read(pieces: Buffer[]) {
  const { chunks, facts } = readSource(Readable.from(pieces));
  const read: Buffer[] = [];
  // A chunk counts only until the next, hence the copy.
  for await (const chunk of chunks) read.push(Buffer.from(chunk));
  return { read, facts };
}

function mayBeExport(text: string): boolean {
  try {
    refuseForeign(Buffer.from(text));
    return true;
  } catch {
    return false;
  }
}

test("gives the text back, gzip or plain, cut anywhere, in whole characters", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit: "binary", minLength: 3 }),
      fc.boolean(),
      fc.boolean(),
      fc.array(fc.nat()),
      async (text, packed, marked, cuts) => {
        fc.pre(!text.startsWith("\ufeff"));
        fc.pre(mayBeExport(text));
        const plain = Buffer.from(`${marked ? "\ufeff" : ""}${text}`);
        const stored = packed ? gzipSync(plain) : plain;
        const { read: chunks, facts } = await read(cut(stored, cuts));
        expect(chunks.map((chunk) => chunk.toString()).join("")).toBe(text);
        expect(facts).toEqual({
          byteOrderMark: marked,
          sha256: createHash("sha256").update(stored).digest("hex"),
        });
      },
    ),
    { numRuns: 200 },
  );
});

test.each([
  ["a continuation byte alone", [0x61, 0x62, 0x63, 0x80, 0x61]],
  ["a character cut off at the end", [0x61, 0x62, 0x63, 0xe2, 0x82]],
  ["an overlong slash", [0x61, 0x62, 0x63, 0xc0, 0xaf]],
  ["half of a surrogate pair", [0x61, 0x62, 0x63, 0xed, 0xa0, 0xbd]],
  ["more than Unicode has", [0x61, 0x62, 0x63, 0xf5, 0x80, 0x80, 0x80]],
])("refuses %s, wherever the chunks end", async (_, bytes) => {
  for (let at = 0; at <= bytes.length; at++) {
    const thrown = await failure(read(cut(Buffer.from(bytes), [at])));
    expect(thrown).toMatchObject({
      name: "InvalidExport",
      message: expect.stringContaining("not valid UTF-8"),
    });
  }
});

test("refuses a gzip that is cut off, wherever", async () => {
  const whole = gzipSync("a stone");
  for (let length = 2; length < whole.length; length++)
    expect(await failure(read([whole.subarray(0, length)]))).toMatchObject({ name: "InvalidExport" });
});

test("reads a gzip of several members, and zeros behind it, cut anywhere", async () => {
  const stored = Buffer.concat([gzipSync("one stone"), gzipSync(", two stones"), Buffer.alloc(700)]);
  for (let at = 0; at < stored.length; at += 7) {
    const { read: chunks, facts } = await read(cut(stored, [at, at + 30]));
    expect(chunks.map((chunk) => chunk.toString()).join("")).toBe("one stone, two stones");
    expect(facts.sha256).toBe(createHash("sha256").update(stored).digest("hex"));
  }
});

test.each([
  ["another gzip behind zeros", Buffer.concat([Buffer.alloc(20), gzipSync("two stones")])],
  ["text behind zeros", Buffer.concat([Buffer.alloc(20), Buffer.from("two stones")])],
  ["text", Buffer.from("two stones")],
])("refuses %s behind a gzip, wherever the chunks end", async (_, behind) => {
  const stored = Buffer.concat([gzipSync("one stone"), behind]);
  for (let at = 0; at < stored.length; at++)
    expect(await failure(read(cut(stored, [at])))).toMatchObject({
      name: "InvalidExport",
      message: expect.stringMatching(/joined/),
    });
});

test("a file of another kind is known by its first bytes, wherever the chunks end", async () => {
  const stored = Buffer.from("id,text\n1,A stone\n", "utf16le");
  for (let at = 0; at <= stored.length; at++)
    expect(await failure(read(cut(stored, [at])))).toMatchObject({
      name: "InvalidExport",
      message: expect.stringContaining("text in UTF-16LE"),
    });
});

test("passes on the error of a source that breaks, and lets go of it", async () => {
  for (const first of [Buffer.from("{}{}"), gzipSync("{}").subarray(0, 12)]) {
    const broken = Readable.from(
      (async function* () {
        yield first;
        throw Object.assign(new Error("gone"), { code: "ECONNRESET" });
      })(),
    );
    const drain = async () => {
      for await (const _ of readSource(broken).chunks);
    };
    expect(await failure(drain())).toEqual({ name: "Error", message: "gone" });
    expect(broken.destroyed).toBe(true);
  }
});

test("lets go of the source when its reader stops", async () => {
  const stored = Readable.from([Buffer.from("one two"), Buffer.from("three")]);
  for await (const _ of readSource(stored).chunks) break;
  expect(stored.destroyed).toBe(true);
});

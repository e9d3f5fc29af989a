import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import fc from "fast-check";
import { expect, it } from "vitest";
import { boundaryIn, readUpload } from "../../pipeline/web/multipart.ts";

const boundary = "----WebKitFormBoundaryAaB03x";

/** What a browser sends, RFC 7578. */
function form(fields: [string, string][], fileName: string, file: Buffer): Buffer {
  const parts = fields.map(
    ([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="export"; filename="${fileName}"\r\nContent-Type: application/json\r\n\r\n`;
  return Buffer.concat([Buffer.from(parts.join("") + head), file, Buffer.from(`\r\n--${boundary}--\r\n`)]);
}

/** Cut where nobody expects it. */
function cut(bytes: Buffer, sizes: readonly number[]): Readable {
  const chunks: Buffer[] = [];
  for (let from = 0, at = 0; from < bytes.length; at++) {
    const to = from + (sizes[at % sizes.length] ?? 1);
    chunks.push(bytes.subarray(from, to));
    from = to;
  }
  return Readable.from(chunks);
}

// Bytes that look like the beginning of a delimiter, among others.
const tricky = fc
  .array(fc.constantFrom("\r\n", "--", boundary, "\r\n--", `\r\n--${boundary.slice(0, -1)}`, "x", "\r"))
  .map((pieces) => Buffer.from(pieces.join("")))
  .filter((bytes) => !bytes.includes(`\r\n--${boundary}`));

it("gives back every byte of a file, however it is cut", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        tricky,
        fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
      ),
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 }),
      async (file, sizes) => {
        const body = cut(
          form(
            [
              ["formToken", "t"],
              ["model", "m"],
            ],
            "a.json",
            file,
          ),
          sizes,
        );
        const upload = await readUpload(body, boundary);
        expect([...upload.fields]).toEqual([
          ["formToken", "t"],
          ["model", "m"],
        ]);
        expect(upload.fileName).toBe("a.json");
        expect(await buffer(Readable.from(upload.file))).toEqual(file);
      },
    ),
  );
});

it("never takes a form that was cut off for a whole one", async () => {
  const whole = form([["formToken", "t"]], "a.json", Buffer.from("{}"));
  // What follows the last boundary's name says no more.
  for (let length = 0; length < whole.length - 4; length++) {
    const reading = readUpload(Readable.from([whole.subarray(0, length)]), boundary).then(({ file }) =>
      buffer(Readable.from(file)),
    );
    await expect(reading).rejects.toThrow("cut off");
  }
});

it("takes a file's name as browsers escape it, and no field without bounds", async () => {
  const { fileName } = await readUpload(
    Readable.from([form([], "a%22b%0D.json", Buffer.from("x"))]),
    boundary,
  );
  expect(fileName).toBe('a"b\r.json');
  const long = form([["model", "m".repeat(5000)]], "a.json", Buffer.from("x"));
  await expect(readUpload(Readable.from([long]), boundary)).rejects.toThrow("too long");
  const many = form(
    Array.from({ length: 20 }, (_, at) => [`f${at}`, "x"]),
    "a.json",
    Buffer.from("x"),
  );
  await expect(readUpload(Readable.from([many]), boundary)).rejects.toThrow("no file");
});

it.each([
  ["multipart/form-data; boundary=abc", "abc"],
  ['multipart/form-data; boundary="a b"', "a b"],
  ["multipart/form-data", null],
  ["text/plain; boundary=abc", null],
  [undefined, null],
])("finds the boundary in %s", (type, expected) => {
  expect(boundaryIn(type)).toBe(expected);
});

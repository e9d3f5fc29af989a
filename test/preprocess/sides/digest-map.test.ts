import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { DigestMap, digestOf } from "../../../tasks/preprocess/sides/digest-map.ts";

test("a text's digest is the first half of its SHA-256, as the jobs compute it", () => {
  const text = "caf\u00e9 \u{1f600}";
  expect(digestOf(text)).toBe(createHash("sha256").update(text, "utf8").digest("hex").slice(0, 32));
});

test.each([
  { bits: 128, values: Uint8Array, largest: 2 ** 8 - 2 },
  { bits: 64, values: Uint32Array, largest: 2 ** 32 - 2 },
] as const)("keeps what a Map keeps, over many growths ($bits bits)", ({ bits, values, largest }) => {
  const map = new DigestMap({ bits, values });
  const model = new Map<string, number>();
  for (let index = 0; index < 30_000; index++) {
    // Every third is entered again.
    const digest = digestOf(String(index % 20_000)).slice(0, bits / 4);
    const value = (index * 2_654_435_761) % (largest + 1);
    expect(map.get(digest)).toBe(model.get(digest) ?? -1);
    map.set(digest, value);
    model.set(digest, value);
  }
  expect(map.size).toBe(model.size);
  for (const [digest, value] of model) expect(map.get(digest)).toBe(value);
});

test("tells digests apart that differ in any one digit", () => {
  const map = new DigestMap({ bits: 128, values: Uint8Array });
  const digits = "0".repeat(32);
  for (let at = 0; at < 32; at++)
    for (const digit of "19af") map.set(`${digits.slice(0, at)}${digit}${digits.slice(at + 1)}`, at);
  expect(map.size).toBe(128);
  expect(map.get(digits)).toBe(-1);
  expect(map.get(`${digits.slice(1)}f`)).toBe(31);
});

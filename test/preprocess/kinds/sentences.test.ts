import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { expect, test } from "vitest";
import { cutRows } from "../../../tasks/preprocess/kinds/keyphrases/sentences.ts";
import { Tokens } from "../../../tasks/preprocess/read/tokens.ts";
import { noteText } from "../arbitraries.ts";
import cases from "./sentences.json" with { type: "json" };

const root = fileURLToPath(new URL("../../../", import.meta.url));
const tokens = new Tokens();

function rows(text: string, tags: Uint8Array = new Uint8Array(10_000)): [from: number, to: number][] {
  tokens.read(text);
  const ends = new Int32Array(tokens.count);
  const count = cutRows(text, tokens, tags, ends);
  return Array.from({ length: count }, (_, i) => [i === 0 ? 0 : ends[i - 1]!, ends[i]!]);
}

const sentences = (text: string) =>
  rows(text).map(([from, to]) => text.slice(tokens.starts[from], tokens.ends[to - 1]));

test.each(cases)("cuts $text into sentences", ({ text, sentences: expected }) => {
  expect(sentences(text)).toEqual(expected);
});

// The reader has a splitter of its own, which must cut as the model was trained.
test("the Python reader cuts the same, and random texts as this one", () => {
  const seed = Date.now();
  const random = fc.sample(noteText, { numRuns: 500, seed }).filter((text) => text.isWellFormed());
  const texts = [...cases.map(({ text }) => text), ...random];
  // Node knows a newer Unicode than Python may: null for what this Python has not heard of.
  const script = `import json, sys, unicodedata
from pbp_reader.words import cut_rows, read_words
for text in json.load(sys.stdin):
    words = read_words(text)
    unknown = any(unicodedata.category(character) == "Cn" for character in text)
    print(json.dumps(None if unknown else [text[words[row[0]].start:words[row[-1]].end] for row in cut_rows(text, words)]))`;
  const { stdout, stderr } = spawnSync(join(root, ".venv/bin/python"), ["-c", script], {
    env: { PATH: process.env.PATH, PYTHONPATH: join(root, "reader/python"), PYTHONIOENCODING: "utf-8" },
    input: JSON.stringify(texts),
    encoding: "utf8",
  });
  expect(stderr).toBe("");
  let compared = 0;
  for (const [index, line] of stdout.trimEnd().split("\n").entries()) {
    const theirs = JSON.parse(line) as string[] | null;
    const text = texts[index]!;
    if (theirs) expect(theirs, `seed ${seed}: ${JSON.stringify(text)}`).toEqual(sentences(text));
    if (theirs) compared++;
  }
  expect(compared).toBeGreaterThan(0.7 * texts.length);
});

test("a keyphrase is never cut at a full stop", () => {
  const tags = Uint8Array.of(0, 1, 2, 2, 0);
  expect(rows("a St. Jude b", tags)).toEqual([[0, 5]]);
  expect(rows("a b. C d", Uint8Array.of(0, 1, 2, 2, 0))).toEqual([[0, 5]]);
});

test("a long sentence is cut behind a comma in the second half of the window", () => {
  const text = `${"a ".repeat(199)}a, ${"b ".repeat(200)}`;
  expect(rows(text)).toEqual([
    [0, 201],
    [201, 401],
  ]);
});

test("a long sentence without commas is cut before the keyphrase that would be cut", () => {
  const tags = new Uint8Array(400);
  tags[250] = 1;
  tags.fill(2, 251, 262);
  expect(rows("a ".repeat(400), tags)).toEqual([
    [0, 250],
    [250, 400],
  ]);
  expect(tags[250]).toBe(1);
});

test("only a keyphrase longer than a window is cut, and goes on with a B", () => {
  const tags = new Uint8Array(600).fill(2);
  tags[0] = 1;
  expect(rows("a ".repeat(600), tags)).toEqual([
    [0, 256],
    [256, 512],
    [512, 600],
  ]);
  expect([tags[0], tags[256], tags[512], tags[513]]).toEqual([1, 1, 1, 2]);
});

test("every token is in one row, no row is over 256 tokens, none begins inside a keyphrase", () => {
  const long = fc.array(noteText, { maxLength: 30 }).map((parts) => parts.join(" "));
  fc.assert(
    fc.property(long, fc.array(fc.tuple(fc.nat(40), fc.nat(300)), { maxLength: 10 }), (text, spans) => {
      tokens.read(text);
      const tags = new Uint8Array(tokens.count);
      const starts = new Map<number, number>();
      let at = 0;
      for (const [gap, length] of spans) {
        const end = Math.min(at + gap + length + 1, tokens.count);
        if (at + gap >= end) break;
        tags.fill(2, at + gap, end);
        tags[at + gap] = 1;
        starts.set(at + gap, end);
        at = end;
      }
      const gold = tags.filter((tag) => tag !== 0).length;
      let next = 0;
      for (const [from, to] of rows(text, tags)) {
        expect(from).toBe(next);
        expect(to - from).toBeGreaterThan(0);
        expect(to - from).toBeLessThanOrEqual(256);
        expect(tags[from] === 0 || tags[from]! % 2 === 1).toBe(true);
        next = to;
      }
      expect(next).toBe(tokens.count);
      expect(tags.filter((tag) => tag !== 0)).toHaveLength(gold);
      // What is cut is longer than a window.
      for (const [start, end] of starts)
        if (end - start <= 256) expect(tags.subarray(start + 1, end).every((tag) => tag === 2)).toBe(true);
    }),
    { numRuns: 500 },
  );
});

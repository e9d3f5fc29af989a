import fc from "fast-check";
import { expect, test } from "vitest";
import { Tokens } from "../../../tasks/preprocess/read/tokens.ts";
import { noteText } from "../arbitraries.ts";

const tokens = new Tokens();

function words(text: string): string[] {
  tokens.read(text);
  return Array.from({ length: tokens.count }, (_, i) => text.slice(tokens.starts[i], tokens.ends[i]));
}

test.each([
  ["Dr. Smith's 3.5-cm stone", ["Dr", ".", "Smith", "'", "s", "3", ".", "5", "-", "cm", "stone"]],
  ["BP 120/80, T=98.6\u00b0F", ["BP", "120", "/", "80", ",", "T", "=", "98", ".", "6\u00b0F"]],
  ["\u201cpain\u201d \u2013 none", ["\u201c", "pain", "\u201d", "\u2013", "none"]],
  ["\u4e2d\u6587 \u30c6\u30b9\u30c8", ["\u4e2d", "\u6587", "\u30c6\u30b9\u30c8"]],
  ["\u{20000}a\u{1f600}b \u{1f600}", ["\u{20000}", "a\u{1f600}b", "\u{1f600}"]],
  ["cafe\u0301 kid\u00adney a\u200bb", ["cafe\u0301", "kid\u00adney", "a\u200bb"]],
  ["a\u00a0b\u3000c\u2028d\u0085e\u000bf", ["a", "b", "c", "d", "e", "f"]],
  ["\ufeff \u200b \ufffd \u0301 \ue000", []],
])("cuts %j as BERT does", (text, expected) => {
  expect(words(text)).toEqual(expected);
});

test("a word of more than 1,000 units becomes several, never in the middle of a character", () => {
  expect(words("k".repeat(2500)).map((word) => word.length)).toEqual([1000, 1000, 500]);
  const faces = words(`a${"\u{1f600}".repeat(1000)}`);
  expect(faces.map((word) => word.length)).toEqual([999, 1000, 2]);
  expect(faces.every((word) => word.isWellFormed())).toBe(true);
});

test("grows with a long text", () => {
  expect(words("a.".repeat(5000))).toHaveLength(10_000);
});

/** BasicTokenizer's cleaning and splitting as its authors wrote it: character by character, over the whole text. */
function basicTokenizer(text: string): string[] {
  let spaced = "";
  for (const character of text) {
    const code = character.codePointAt(0)!;
    if (/^[\s\u0085]$/u.test(character) && code !== 0xfeff) spaced += " ";
    else if (/^[\p{Cc}\p{Cf}\p{Co}\ufffd]$/u.test(character)) continue;
    else if (/^[!-/:-@[-`{-~\p{P}]$/u.test(character) || isIdeograph(code)) spaced += ` ${character} `;
    else spaced += character;
  }
  return spaced.split(" ").filter((word) => word !== "");
}

const isIdeograph = (code: number) =>
  [
    [0x4e00, 0x9fff],
    [0x3400, 0x4dbf],
    [0x20000, 0x2a6df],
    [0x2a700, 0x2b73f],
    [0x2b740, 0x2b81f],
    [0x2b820, 0x2ceaf],
    [0xf900, 0xfaff],
    [0x2f800, 0x2fa1f],
  ].some(([first, last]) => code >= first! && code <= last!);

test("the tokens, cleaned, are those of BasicTokenizer", () => {
  fc.assert(
    fc.property(noteText, (text) => {
      fc.pre(text.isWellFormed());
      const cleaned = words(text).flatMap((word) => basicTokenizer(word));
      // A combining mark on its own has no word piece once accents are stripped, and so is no token of ours.
      const theirs = basicTokenizer(text).filter((word) => !/^\p{Mn}+$/u.test(word));
      expect(cleaned.map(withoutLeadingMarks)).toEqual(theirs.map(withoutLeadingMarks));
    }),
    { numRuns: 2000 },
  );
});

const withoutLeadingMarks = (word: string) => word.replace(/^\p{Mn}+/u, "");

test("tokens stand in order, apart, and hold every character that is neither space nor stripped", () => {
  fc.assert(
    fc.property(noteText, (text) => {
      words(text);
      let at = 0;
      let between = "";
      for (let i = 0; i < tokens.count; i++) {
        expect(tokens.starts[i]).toBeGreaterThanOrEqual(at);
        expect(tokens.ends[i]).toBeGreaterThan(tokens.starts[i]!);
        between += text.slice(at, tokens.starts[i]);
        at = tokens.ends[i]!;
      }
      expect(between + text.slice(at)).toMatch(/^[\s\u0085\p{Cc}\p{Cf}\p{Co}\p{Mn}\ufffd]*$/u);
    }),
    { numRuns: 1000 },
  );
});

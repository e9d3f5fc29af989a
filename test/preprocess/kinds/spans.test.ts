import fc from "fast-check";
import { expect, test } from "vitest";
import { SpanReader } from "../../../tasks/preprocess/kinds/keyphrases/spans.ts";
import { Tokens } from "../../../tasks/preprocess/read/tokens.ts";
import { noteText } from "../arbitraries.ts";

const labels = ["problem", "test"];
const tokens = new Tokens();

function read(
  text: string,
  spans: [start: number, end: number, label?: string][],
  offsetUnit: "utf16" | "codepoint" = "utf16",
) {
  const reader = new SpanReader({ labels, offsetUnit });
  tokens.read(text);
  const result = reader.read(
    text,
    spans.map(([start, end, label = "problem"]) => ({ start, end, label })),
    tokens,
  );
  return { result, tags: [...reader.tags.subarray(0, tokens.count)] };
}

test("a span that cuts words is widened to whole tokens, and counted", () => {
  const { result, tags } = read("left kidney stone seen", [[7, 14]]);
  expect(tags).toEqual([0, 1, 2, 0]);
  expect(result).toEqual({ read: 1, kept: 1, snapped: 1, overlapping: 0, duplicate: 0 });
});

test("white space at the ends of a span is not a cut word", () => {
  expect(read("left kidney stone", [[4, 12]])).toMatchObject({ result: { snapped: 0 }, tags: [0, 1, 0] });
});

test("of overlapping spans the longest stays, wherever it stands in the list", () => {
  const spans: [number, number, string?][] = [
    [5, 11],
    [0, 17, "test"],
    [12, 22],
  ];
  for (const order of [spans, spans.toReversed()]) {
    const { result, tags } = read("left kidney stone seen", order);
    expect(tags).toEqual([3, 4, 4, 0]);
    expect(result).toMatchObject({ read: 3, kept: 1, overlapping: 2 });
  }
});

test("the same span twice is a duplicate; under another label it overlaps, and the header's first label wins", () => {
  const { result, tags } = read("a stone", [
    [2, 7, "test"],
    [2, 7, "problem"],
    [2, 7, "test"],
  ]);
  expect(tags).toEqual([0, 1]);
  expect(result).toMatchObject({ kept: 1, overlapping: 1, duplicate: 1 });
});

test("spans that touch both stay, each with its own B", () => {
  expect(
    read("kidney stone", [
      [0, 6],
      [7, 12],
    ]).tags,
  ).toEqual([1, 1]);
});

test("the tags of a text do not leak into the next", () => {
  const reader = new SpanReader({ labels, offsetUnit: "utf16" });
  tokens.read("a b c");
  reader.read("a b c", [{ start: 0, end: 5, label: "test" }], tokens);
  reader.read("a b c", [], tokens);
  expect([...reader.tags.subarray(0, 3)]).toEqual([0, 0, 0]);
});

test("offsets in code points and in UTF-16 units give the same tags", () => {
  const spans = fc.array(fc.tuple(fc.nat(70), fc.integer({ min: 1, max: 20 })), { maxLength: 5 });
  fc.assert(
    fc.property(noteText, spans, (text, places) => {
      fc.pre(text.isWellFormed());
      const characters = [...text];
      const points = places.map(([start, length]): [number, number] => [start, start + length]);
      const unit = (point: number) =>
        point <= characters.length ? characters.slice(0, point).join("").length : text.length + point;
      const units = points.map(([start, end]): [number, number] => [unit(start), unit(end)]);
      const inPoints = read(text, points, "codepoint");
      const inUnits = read(text, units, "utf16");
      if ("rule" in inPoints.result)
        expect(inUnits.result).toMatchObject({ rule: inPoints.result.rule, at: inPoints.result.at });
      else expect(inUnits).toEqual(inPoints);
    }),
    { numRuns: 1000 },
  );
});

test("every kept span is whole in the tags, and every span is accounted for", () => {
  const spans = fc.array(fc.tuple(fc.nat(50), fc.integer({ min: 1, max: 30 }), fc.constantFrom(...labels)), {
    maxLength: 30,
  });
  fc.assert(
    fc.property(noteText, spans, (text, places) => {
      const inside = places
        .map(([start, length, label]): [number, number, string] => [start, start + length, label])
        .filter(([, end]) => end <= text.length);
      const { result, tags } = read(text, inside);
      if ("rule" in result) {
        expect(result.rule).toBe("no-token");
        return;
      }
      expect(result.kept + result.overlapping + result.duplicate).toBe(inside.length);
      expect(tags.filter((tag) => tag % 2 === 1)).toHaveLength(result.kept);
      tags.forEach((tag, i) => {
        if (tag !== 0 && tag % 2 === 0) expect([tag, tag - 1]).toContain(tags[i - 1]);
      });
    }),
    { numRuns: 1000 },
  );
});

import { expect, test } from "vitest";
import { analysisTables, errorTable } from "../../../pipeline/cli/output/errors.ts";
import { annotated } from "../../../pipeline/cli/output/notes.ts";
import { analysisFigures, suspectsByKind } from "../../../pipeline/results/analysis.ts";
import analysisSchema from "../../../schemas/evaluation/analysis.schema.json" with { type: "json" };
import errorSchema from "../../../schemas/evaluation/model-error.schema.json" with { type: "json" };
import type { Analysis, ModelAnalysis, ModelError } from "../../../schemas/types.ts";
import { pbp } from "../helpers.ts";

const [example] = analysisSchema.examples as unknown as [Analysis];
const errors = errorSchema.examples as ModelError[];

const lines = (text: string) => text.split("\n");
const fits = (text: string) => lines(text).every((line) => [...line].length <= 80);

test("the counts fit 80 columns, for one model and for two", () => {
  const one = analysisTables(example);
  expect(one).toContain("29 errors in 240 documents with 1,489 entities.");
  expect(one).toMatch(/^too long +4 +0\.3 %$/m);
  expect(one).toMatch(/^invented +11 +0\.7 %$/m);
  expect(one).toMatch(/^problem +850 +7 +9 +test 3$/m);
  expect(one).toMatch(/^never +100 +0\.8200 +0\.8200 +0\.8200$/m);
  expect(one).toMatch(/^Urology +200 +1,300 /m);
  expect(fits(one), one).toBe(true);
  const two = analysisTables({ ...example, champion: example.challenger });
  expect(two).toMatch(/^never .* 0\.8200 +0\.8200$/m);
  expect(fits(two), two).toBe(true);
});

test("of a thousand labels with long names, those with the most errors are told", () => {
  const name = (number: number) => `Cardiovascular and ${number} pulmonary diseases of the younger adult`;
  const many: ModelAnalysis = {
    ...example.challenger,
    boundaries: null,
    confusion: {
      labels: Array.from({ length: 1000 }, (_, number) => ({
        label: name(number),
        right: 10,
        missed: number,
        invented: 0,
      })),
      pairs: [1, 2, 3, 4].map((number) => ({ gold: name(999), predicted: name(number), count: 5 })),
      rest: { pairs: 12, count: 12 },
    },
  };
  const text = analysisTables({ kind: "single-label", documents: 9, challenger: many, champion: null });
  expect(text).toContain("and 980 labels with fewer errors.");
  expect(text).not.toContain("too long");
  expect(fits(text), text).toBe(true);
});

test("what show has room for", () => {
  expect(analysisFigures(example)).toEqual({
    errors: 29,
    mostConfused: { gold: "problem", predicted: "test", count: 3 },
    wrongBounds: 7 / 1478,
    f1: { unseen: 0.82, seen: 1 },
  });
  const { challenger } = example;
  const bare = { ...challenger, boundaries: null, bySeen: null };
  expect(analysisFigures({ ...example, challenger: bare })).toMatchObject({ wrongBounds: null, f1: null });
  // Where nothing was found, no share of it has wrong bounds.
  const found = { exact: 0, longer: 0, shorter: 0, overlapping: 0 };
  const blind = { ...example.challenger, boundaries: { ...example.challenger.boundaries!, ...found } };
  expect(analysisFigures({ ...example, challenger: blind })).toMatchObject({ wrongBounds: null });
  expect(analysisFigures(null)).toBeNull();
});

test("a list has digests and places, no text", () => {
  const text = errorTable(errors);
  expect(text).toMatch(/^5d41402abc4b2a76 +12–14 +too short +problem +problem +0\.9312$/m);
  expect(text).toMatch(/^5d41402abc4b2a76 .* invented +– +Radiology +0\.7100$/m);
  expect(fits(text), text).toBe(true);
  expect(errorTable([])).toBe("No such error.");
});

test("suspects are listed by kind, some of each, in the order of the file", () => {
  const one = errors[0]!;
  const suspects = (["missed", "missed", "longer", "invented", "missed", "overlapping"] as const).map(
    (kind, place) => ({ ...one, kind, start: place }),
  );
  const groups = suspectsByKind(suspects, 2);
  expect(groups.map(({ name, suspects: some }) => [name, some.map(({ start }) => start)])).toEqual([
    ["Invented", [3]],
    ["Wrong bounds", [2, 5]],
    ["Missed", [0, 1]],
  ]);
});

test("with text, both annotations are marked in it", () => {
  const tokens = "a b c d e f g h i j k CT kidney stone left ureter ; seen".split(" ");
  const rows = [
    { document: "5d41402abc4b2a76", tokens: tokens.slice(0, 13), tags: tokens.slice(0, 13).map(() => "O") },
    { document: "5d41402abc4b2a76", tokens: tokens.slice(13), tags: tokens.slice(13).map(() => "O") },
  ];
  const [shorter, other] = errors as [ModelError, ModelError];
  expect(lines(annotated({ ...shorter, rows }))).toEqual([
    "5d41402abc4b2a76  tokens 12–14  too short  0.9312",
    "  annotated  a b c d e f g h i j k CT [kidney stone left]problem ureter ; seen",
    "  model      a b c d e f g h i j k CT kidney [stone left]problem ureter ; seen",
  ]);
  const missed = { ...shorter, kind: "missed" as const, predicted: null };
  expect(annotated({ ...missed, rows })).toContain(
    "  model      a b c d e f g h i j k CT kidney stone left ureter",
  );
  const classes = [{ document: "5d41402abc4b2a76", text: "\u001b[2J A long\nnote", classes: ["Urology"] }];
  expect(lines(annotated({ ...other, rows: classes }))).toEqual([
    "5d41402abc4b2a76  other label  0.9987",
    "  annotated  Urology",
    "  model      Radiology",
    "  note       \\u001b[2J A long\\nnote",
  ]);
  expect(annotated({ ...shorter, rows: [] })).toContain("its rows are no longer here");
});

test.each([
  [["latest", "--limit", "3"], "--limit goes with a list"],
  [["latest", "--suspects", "--limit", "some"], "--limit takes a whole number from 1"],
])("pbp errors %s", async (args, message) => {
  const { code, stderr } = await pbp("errors", ...args, "--home", "/nonexistent");
  expect(code).toBe(1);
  expect(stderr).toContain(message);
});

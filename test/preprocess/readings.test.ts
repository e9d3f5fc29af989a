import { Readable } from "node:stream";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sampleRecords } from "../../samples/records.ts";
import type { ExportRecord } from "../../schemas/types.ts";
import { digestOf } from "../../tasks/preprocess/sides/digest-map.ts";
import { fold, readingDigest, readingOf } from "../../tasks/preprocess/sides/fold.ts";
import { validateExport } from "../../tasks/preprocess/validate-export.ts";
import { deploy } from "../tasks/deployment.ts";
import { noteText } from "./arbitraries.ts";
// What a real tokeniser reads as one: make_readings.py.
import cases from "./golden/readings.json" with { type: "json" };
import { exportOf, filesOf, preprocess } from "./world.ts";

const keyOf = (text: string) => readingOf(fold(text));

let deployment: Awaited<ReturnType<typeof deploy>>;
beforeAll(async () => {
  deployment = await deploy();
});
afterAll(() => deployment.remove());

test.each(cases)("$text and what tokenisers read the same have one key", ({ text, uncased, cased }) => {
  for (const form of [...uncased, ...cased]) expect(keyOf(form), JSON.stringify(form)).toBe(keyOf(text));
});

test.each([
  ["A stone.", "A stone"],
  ["3.5 mg", "35 mg"],
  ["\u03b1", "a"],
  ["\u4e2d", "\u6587"],
  ["\u{1f600}", "\u{1f601}"],
  ["na\u00efve", "nave"],
])("%j and %j are two", (one, other) => {
  expect(keyOf(one)).not.toBe(keyOf(other));
});

/** Changes that no BERT tokeniser sees, lower-casing or not. */
const unseen: ((text: string) => string)[] = [
  ...["\u200b", "\u00ad", "\u200e", "\u202e", "\u2060", "\ufeff", "\u0007", "\u007f", "\ufffd"].map(
    (character) => (text: string) => [...text].join(character),
  ),
  (text) => text.replaceAll(" ", "\u00a0"),
  (text) => text.replaceAll(" ", "\r\n"),
  (text) => text.replace(/[.,;:]/g, " $& "),
  (text) => text.replace(/ (?=[.,;:])/g, ""),
];
/** Changes that one that lower-cases does not see. */
const unseenUncased: ((text: string) => string)[] = [
  (text) => text.normalize("NFD"),
  (text) => text.normalize("NFC"),
  (text) => text.replace(/\p{L}/gu, "$&\ufe0f"),
  (text) => text.toLowerCase(),
];

test("the digest of a reading is that of its bytes", () => {
  fc.assert(
    fc.property(noteText, fc.boolean(), (text, isLong) => {
      const folded = fold(isLong ? `${"a stone, ".repeat(1000)}${text}` : text);
      expect(readingDigest(folded)).toBe(digestOf(readingOf(folded)));
    }),
  );
});

test("any text keeps its key under changes that tokenisers do not see", () => {
  const changes = fc.subarray([...unseen, ...unseenUncased], { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(noteText, changes, (text, chosen) => {
      fc.pre(text.isWellFormed());
      const form = chosen.reduce((changed, change) => change(changed), text);
      expect(keyOf(form), JSON.stringify(form)).toBe(keyOf(text));
    }),
    { numRuns: 2000 },
  );
});

const forms = [...unseen, ...unseenUncased];
const notes = [...sampleRecords({ records: 150, extra: 0, seed: "3" })]
  .filter(({ keyphrases }) => keyphrases)
  .map((record, index): ExportRecord => ({ ...record, recordId: `n-${index}`, keyphrases: [] }));

test("the same note in another form is never on the other side, whichever comes first", async () => {
  const changed = notes.map((note, index): ExportRecord => {
    // Enough to be another text by every byte.
    const text = `\u200b${forms[index % forms.length]!(note.text)}`;
    return { ...note, recordId: `c-${index}`, patientId: `other-${index}`, text };
  });
  for (const records of [[...notes, ...changed], [...changed, ...notes], mixed(notes, changed)]) {
    const dataset = await preprocess(deployment.store, exportOf(records));
    const { train, test: tested, report } = await filesOf(deployment.store, dataset);
    const keys = (rows: typeof train) => {
      const texts = Map.groupBy(rows, (row) => row.document);
      return [...texts.values()].map((of) => keyOf(of.flatMap((row) => row.tokens).join(" ")));
    };
    const trained = new Set(keys(train));
    expect(keys(tested).filter((key) => trained.has(key))).toEqual([]);
    expect(report.annotatedTexts).toBe(new Set(notes.map(({ text }) => keyOf(text))).size);
    expect(report.duplicates.records).toBe(records.length - report.annotatedTexts);
    expect(dataset.train.documents).toBe(new Set(train.map((row) => row.document)).size);
    expect(dataset.test.documents).toBe(new Set(tested.map((row) => row.document)).size);
  }
});

const mixed = <T>(one: T[], other: T[]): T[] => one.flatMap((item, index) => [other[index]!, item]).reverse();

test("a note's id is the same in forms that nobody sees, so that a champion's notes are found again", () => {
  const text = "A stone, na\u00efve \u{1f469}\u200d\u2695\ufe0f.";
  for (const form of [
    text.normalize("NFD"),
    `\ufeff${text}`,
    text.replace("stone", "st\u00adone"),
    `${text}\u0007`,
  ])
    expect(fold(form)).toBe(fold(text));
  expect(fold(text)).toBe(text.toLowerCase());
});

test("identifiers are found through characters that nobody sees", async () => {
  const records = [{ recordId: "r", text: "SSN 219-\u200b09-\u00ad9999", keyphrases: [] }];
  const stored = Readable.from([Buffer.from(exportOf(records))]);
  const policy = { minSamples: 1, testFraction: 0.2, identifiedText: "report" } as const;
  expect((await validateExport(stored, policy)).report.identifiers.socialSecurityNumber).toBe(1);
});

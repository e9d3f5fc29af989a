import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { sampleRecords } from "../../../samples/records.ts";
import type { ExportRecord } from "../../../schemas/types.ts";
import type { Reading } from "../../../tasks/preprocess/kinds/keyphrases/alignment.ts";
import { validateExport } from "../../../tasks/preprocess/validate-export.ts";
import { exportOf, type header } from "../world.ts";

const policy = { minSamples: 1, testFraction: 0.2, identifiedText: "report" } as const;
const labels = ["problem", "procedure", "test", "medication", "anatomy"];
const sample = [...sampleRecords({ records: 600, extra: 0, seed: "1" })];

async function validate(records: ExportRecord[], more: Partial<typeof header> = {}) {
  const stored = Readable.from([Buffer.from(exportOf(records, { labels, ...more }))]);
  const { report, profile, problems } = await validateExport(stored, policy);
  return { report, profile, messages: problems.map(({ name, message }) => `${name}: ${message}`) };
}

/** The sample's records with other texts, and offsets that count the characters before them as `count` does. */
function recounted(
  change: (text: string) => string,
  count: (before: string) => number,
  move: [start: number, end: number] = [0, 0],
  withText = false,
): ExportRecord[] {
  return sample.map((record) => ({
    ...record,
    text: change(record.text),
    keyphrases: record.keyphrases?.map(({ start, end, label, text }) => ({
      start: Math.max(0, count(change(record.text.slice(0, start))) + move[0]),
      end: count(change(record.text.slice(0, end))) + move[1],
      label,
      ...(withText && text !== undefined ? { text } : {}),
    })) as ExportRecord["keyphrases"],
  }));
}

const same = (text: string) => text;
// In front, so that spans of every note are behind it.
const behind = (front: string) => (text: string) => `${front} ${text}`;
const units = (text: string) => text.length;
const points = (text: string) => [...text].length;

test("the sample's own spans are seldom cut, and no unit explains those that are", async () => {
  const { report, profile, messages } = await validate(sample);
  expect(messages).toEqual([]);
  expect(report.spans!.snapped / report.spans!.kept).toBeLessThan(0.03);
  expect(profile!.labels.map(({ label }) => label)).toEqual(labels);
  expect(profile!.labels.reduce((sum, { items }) => sum + items, 0)).toBe(report.spans!.kept);
});

const face = behind("\u{1f600}\u{1f600}");
const accents = behind("\u00e9\u00e8\u00b5");
const family = behind("\u{1f469}\u{1f3fd}\u200d\u2695\ufe0f");
const crlf = (text: string) => `ab\r\nc\r\n${text.replaceAll("\n", "\r\n")}`;
const misread: [Reading, ExportRecord[], string][] = [
  [
    "codepoint",
    recounted(face, points),
    'were Unicode code points, (under )?\\d+ % do as they are. Set "offsetUnit"',
  ],
  ["utf8", recounted(accents, Buffer.byteLength), "were UTF-8 bytes"],
  [
    "grapheme",
    recounted(family, (text) => [...new Intl.Segmenter("en").segment(text)].length),
    "were grapheme clusters",
  ],
  ["lineEndsAsOne", recounted(crlf, (text) => text.replaceAll("\r\n", "\n").length), "counted each line end"],
  [
    "lineEndsAsTwo",
    recounted(
      (text) => `a\nb\nc\n${text}`,
      (text) => text.replaceAll("\n", "\r\n").length,
    ),
    "counted each line end as two",
  ],
  ["oneLess", recounted(same, units, [1, 1]), "were one less"],
  ["oneMore", recounted(same, units, [-1, -1]), "were one more"],
  ["endIncluded", recounted(same, units, [0, -1]), "named the last character as their end"],
  ["fromOne", recounted(same, units, [1, 0]), "counted from 1 and named the last character"],
];

test.each(misread)(
  "spans without text counted as %s are refused, with that as the cause",
  async (reading, records, cause) => {
    const { report, messages } = await validate(records);
    expect(messages[0]).toMatch(new RegExp(`^InvalidExport: .*would fit words if offsets ${cause}`));
    expect(report.offsets!.fits[reading]).toBe(Math.max(...Object.values(report.offsets!.fits)));
    expect(report.offsets!.tried).toBeLessThanOrEqual(1000);
  },
);

test("offsets in UTF-16 units under a header that says code points", async () => {
  const { messages } = await validate(recounted(face, units), { offsetUnit: "codepoint" });
  expect(messages[0]).toContain('Set "offsetUnit": "utf16" in the header, and export again.');
});

test("spans with text are rejected one by one, and the likely cause is told too", async () => {
  const { report, messages } = await validate(recounted(accents, Buffer.byteLength, [0, 0], true));
  expect(report.rejectedByRule["span-text"]).toBeGreaterThan(100);
  expect(messages[0]).toMatch(/ Likely cause: .* were UTF-8 bytes/);
});

test("the wrong unit is found though few notes have characters that units count differently", async () => {
  const few = recounted(accents, Buffer.byteLength).slice(0, 12);
  const { report, messages } = await validate([...few, ...sample.slice(12)]);
  expect(report.spans!.snapped).toBeLessThan(report.spans!.kept * 0.1);
  expect(messages[0]).toMatch(/\(\d %\) begin or end inside a word: .* were UTF-8 bytes/);
});

test("keyphrases cut anywhere are refused without a cause that there is not", async () => {
  const cut = sample.map((record, index) => ({
    ...record,
    keyphrases: record.keyphrases
      ?.filter(({ start, end }) => end - start > 8)
      .map(({ start, end, label }, at) => ({
        start: start + 1 + ((index + at) % 3),
        end: end - 1 - ((index * at) % 3),
        label,
      })) as ExportRecord["keyphrases"],
  }));
  const { messages } = await validate(cut);
  expect(messages[0]).toContain("No other way to count offsets fits better");
});

test("two cut words in a few are no sign of anything", async () => {
  const cut = { start: 0, end: 3, label: "problem" };
  const records = ["stones", "fevers"].map(
    (text, index): ExportRecord => ({
      recordId: text,
      text,
      split: index === 0 ? "train" : "test",
      keyphrases: [cut],
    }),
  );
  const { report, messages } = await validate(records);
  expect(messages).toEqual([]);
  expect(report.spans!).toMatchObject({ kept: 2, snapped: 2 });
});

test("labels that differ only in case are a warning", async () => {
  const { report, messages } = await validate(sample, { labels: [...labels, "Problem", "TEST"] });
  expect(messages).toEqual([]);
  expect(report.warnings).toEqual([
    "Labels differ only in case: problem and Problem; test and TEST. The model learns each by itself: use one spelling.",
  ]);
});

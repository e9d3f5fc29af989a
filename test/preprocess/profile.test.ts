import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import profileSchema from "../../schemas/data/profile.schema.json" with { type: "json" };
import type { ExportRecord, Profile } from "../../schemas/types.ts";
import { door } from "../../tasks/lambda/door.ts";
import { binOf, HistogramCounter } from "../../tasks/preprocess/profile/histogram.ts";
import { validateExport } from "../../tasks/preprocess/validate-export.ts";
import { deploy } from "../tasks/deployment.ts";
import { exportOf, filesOf, preprocess } from "./world.ts";

let deployment: Awaited<ReturnType<typeof deploy>>;
beforeAll(async () => {
  deployment = await deploy();
});
afterAll(() => deployment.remove());

const policy = { minSamples: 1, testFraction: 0.2, identifiedText: "report" } as const;
const checkProfile = door<Profile>(profileSchema, { what: "The profile", name: "TaskFailed" });
const sample = "samples/exports/sample-export.json.gz";
const sum = (counts: readonly number[]) => counts.reduce((one, other) => one + other, 0);

async function profileOf(records: ExportRecord[]): Promise<Profile> {
  const { profile } = await validateExport(Readable.from([Buffer.from(exportOf(records))]), policy);
  return checkProfile(structuredClone(profile));
}

const annotated = (index: number, more: Partial<ExportRecord> = {}): ExportRecord => ({
  recordId: `r-${index}`,
  text: `Note number ${index}.`,
  keyphrases: [{ start: 0, end: 4, label: index % 2 ? "test" : "problem" }],
  ...more,
});

test("the profile counts what the rows hold, on every side", async () => {
  const content = await text(createReadStream(sample).pipe((await import("node:zlib")).createGunzip()));
  const dataset = await preprocess(deployment.store, content);
  const files = await filesOf(deployment.store, dataset);
  const profile = checkProfile(
    JSON.parse(await text(await deployment.store.read(`${dataset.prefix}profile.json`))),
  );
  for (const side of ["train", "test"] as const) {
    const labelsOf = Map.groupBy(files[side], ({ document }) => document);
    expect(profile.documents[side]).toBe(labelsOf.size);
    for (const { label, documents } of profile.labels)
      expect(documents[side], label).toBe(
        [...labelsOf.values()].filter((rows) => rows.some(({ tags }) => tags.includes(`B-${label}`))).length,
      );
  }
  const rows = [...files.train, ...files.test];
  for (const { label, items } of profile.labels)
    expect(items).toBe(sum(rows.map(({ tags }) => tags.filter((tag) => tag === `B-${label}`).length)));
  const documents = [...Map.groupBy(rows, ({ document }) => document).values()];
  const counted = (of: (rows: (typeof documents)[number]) => number) => {
    const counter = new HistogramCounter();
    for (const one of documents) counter.add(binOf(of(one)), 0);
    return counter.bins().map(({ from, to, documents }) => ({ from, to, documents }));
  };
  const bins = (histogram: Profile["lengths"]) =>
    histogram.map(({ from, to, documents }) => ({ from, to, documents }));
  expect(bins(profile.windows!)).toEqual(counted((one) => one.length));
  expect(bins(profile.lengths)).toEqual(counted((one) => sum(one.map(({ tokens }) => tokens.length))));
  const items = (one: (typeof documents)[number]) =>
    sum(one.map(({ tags }) => tags.filter((tag) => tag.startsWith("B-")).length));
  expect(bins(profile.annotations)).toEqual(counted(items));
  for (const { documents, parts } of [...profile.lengths, ...profile.facets.flatMap(({ values }) => values)])
    expect(sum(parts)).toBe(documents);
  const [specialty] = profile.facets;
  expect(specialty!.facet).toBe("specialty");
  expect(sum(specialty!.values.map(({ documents }) => documents))).toBe(documents.length);
  // The sixteen parts are alike: none has less than half or more than twice its share.
  const parts = profile.lengths[0]!.parts.map((_, part) =>
    sum(profile.lengths.map((bin) => bin.parts[part]!)),
  );
  for (const part of parts) expect(part / (documents.length / 16)).toBeGreaterThan(0.5);
  for (const part of parts) expect(part / (documents.length / 16)).toBeLessThan(2);
}, 60_000);

test("a patient's notes are in one part, so that halves differ as exports of other patients do", async () => {
  const records = Array.from({ length: 40 }, (_, index) => annotated(index, { patientId: "p" }));
  const profile = await profileOf(records);
  for (const { items, parts } of profile.labels) expect(parts.filter((count) => count > 0)).toEqual([items]);
});

test("a bin of a histogram ends where the next one begins", () => {
  const counter = new HistogramCounter();
  for (let count = 0; count < 2 ** 20; count += 1 + (count >> 6)) {
    const bin = binOf(count);
    expect(bin).toBeGreaterThanOrEqual(binOf(Math.max(0, count - 1)));
    counter.add(bin, 3);
  }
  const bins = counter.bins();
  for (const [index, { from, to, parts, documents }] of bins.entries()) {
    expect([binOf(from), binOf(to), parts[3]]).toEqual([index, index, documents]);
    if (index > 0) expect(from).toBe(bins[index - 1]!.to + 1);
  }
  expect(binOf(10_000_000)).toBeLessThan(64);
});

test("a value with fewer than five documents is not named, nor what is left out by subtraction", async () => {
  const specialties = [
    ...Array(20).fill("Urology"),
    ...Array(5).fill("Cardiology"),
    ...Array(4).fill("Rare"),
  ];
  const profile = await profileOf([
    ...specialties.map((specialty, index) => annotated(index, { specialty })),
    annotated(99),
  ]);
  const [facet] = profile.facets;
  expect(facet!.values.map(({ value, documents }) => [value, documents])).toEqual([
    ["Urology", 20],
    ["Cardiology", 5],
  ]);
  expect(facet!.rest).toMatchObject({ values: 1, documents: 4 });
  expect(facet!.absent.documents).toBe(1);
  expect(JSON.stringify(profile)).not.toContain("Rare");
  expect(facet!.values[0]).toMatchObject({ classImbalance: (10 - 20) / 30 });
});

test("balance is signed, a value against all others: below 0 where the value has more of a label", async () => {
  const of = (count: number, specialty: string, label: string): Partial<ExportRecord>[] =>
    Array.from({ length: count }, () => ({ specialty, keyphrases: [{ start: 0, end: 4, label }] }));
  const records = [
    ...of(6, "Rarer", "test"),
    ...of(2, "Rarer", "problem"),
    ...of(8, "Common", "test"),
    ...of(24, "Common", "problem"),
  ];
  const profile = await profileOf(records.map((more, index) => annotated(index, more)));
  const [common, rarer] = profile.facets[0]!.values;
  const differenceOf = (value: typeof common) =>
    value!.labels.find(({ label }) => label === "test")!.difference;
  // 32 and 8 of 40; of the others 8 of 32 have the label, of these 6 of 8.
  expect([rarer!.value, rarer!.classImbalance, differenceOf(rarer)]).toEqual(["Rarer", 0.6, 0.25 - 0.75]);
  expect([common!.value, common!.classImbalance, differenceOf(common)]).toEqual(["Common", -0.6, 0.5]);
});

test("what is like an id is bounded: values, facets and their combinations", async () => {
  const profile = await profileOf(
    Array.from({ length: 3000 }, (_, index) =>
      annotated(index, {
        facets: { channel: index % 3 ? "fax" : "mail", visit: `v-${index}`, [`f-${index % 40}`]: "x" },
      }),
    ),
  );
  expect(profile.facets).toHaveLength(16);
  const [channel, visit] = profile.facets;
  expect(channel!.values.map(({ value, documents }) => [value, documents])).toEqual([
    ["fax", 2000],
    ["mail", 1000],
  ]);
  expect(visit!.values).toEqual([]);
  // The thousand that are told apart, and the others as one.
  expect(visit!.rest).toMatchObject({ values: 1001, documents: 3000 });
  expect(profile.furtherFacets).toBe((3000 * 26) / 40);
  expect(profile.withoutFacets).toBe(0);
});

test("facets are shown as a terminal can show them", async () => {
  const odd = { "a\u001b[31m\nb": "x\u202ey" };
  const profile = await profileOf(Array.from({ length: 6 }, (_, index) => annotated(index, { facets: odd })));
  const [{ facet, values } = { facet: "", values: [] }] = profile.facets;
  expect([facet, values[0]!.value]).toEqual(["a\\u001b[31m\\nb", "x\\u202ey"]);
});

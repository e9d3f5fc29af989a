import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { sampleDefaults, sampleExport } from "../../samples/generate.ts";
import { sampleRecords } from "../../samples/records.ts";
import exportSchema from "../../schemas/data/training-export.schema.json" with { type: "json" };
import type { TrainingExport } from "../../schemas/types.ts";
import { door } from "../../tasks/lambda/door.ts";

const file = readFileSync(new URL("../../samples/exports/sample-export.json.gz", import.meta.url));
// The text is compared, not the gzip: how zlib compresses differs between versions and processors.
const text = gunzipSync(file).toString("utf8");
const sample: TrainingExport = JSON.parse(text);
const records = sample.records ?? [];
const fold = (note: string) => note.replace(/\s+/g, " ").trim().toLowerCase();

describe("the committed sample export", () => {
  it("is what the generator writes today", () => {
    expect([...sampleExport(sampleDefaults, "object")].join("") === text).toBe(true);
  });

  it("keeps the format, and every span's text is the slice", () => {
    const check = door<TrainingExport>(exportSchema, { what: "The sample", name: "InvalidExport" });
    expect(check(sample)).toBe(sample);
    for (const record of records)
      for (const span of record.keyphrases ?? [])
        expect(record.text.slice(span.start, span.end)).toBe(span.text);
  });

  it("is of the agreed size", () => {
    const words = records.reduce((sum, record) => sum + record.text.split(/\s+/).length, 0);
    expect(records.length).toBeGreaterThanOrEqual(1200);
    expect(file.length).toBeLessThan(1_000_000);
    expect(words).toBeGreaterThan(55_000);
    expect(words).toBeLessThan(90_000);
  });

  it("holds what real exports hold", () => {
    const spans = records.flatMap((record) => record.keyphrases ?? []);
    for (const label of sample.labels)
      expect(spans.filter((span) => span.label === label).length).toBeGreaterThan(500);
    expect(records.filter((record) => !record.keyphrases).length).toBeGreaterThan(50);
    expect(records.filter((record) => record.keyphrases?.length === 0).length).toBeGreaterThan(20);
    expect(records.filter((record) => !record.patientId && !record.encounterId).length).toBeGreaterThan(5);
    expect(records.filter((record) => /[\u{10000}-\u{10ffff}]/u.test(record.text)).length).toBeGreaterThan(
      50,
    );
    expect(records.filter((record) => record.text.split(/\s+/).length > 200).length).toBeGreaterThan(15);
    const patients = new Map<string, Set<string | undefined>>();
    for (const { patientId, encounterId } of records)
      if (patientId) patients.set(patientId, (patients.get(patientId) ?? new Set()).add(encounterId));
    expect([...patients.values()].filter((encounters) => encounters.size > 1).length).toBeGreaterThan(100);
    const exact = new Set(records.map((record) => record.text)).size;
    const folded = new Set(records.map((record) => fold(record.text))).size;
    expect(records.length - exact).toBeGreaterThan(20);
    expect(exact - folded).toBeGreaterThan(20);
  });

  it("keeps some terms to some patients", () => {
    const patientsOf = (term: string) =>
      new Set(records.filter((record) => record.text.includes(term)).map((record) => record.patientId));
    expect(patientsOf("COPD").size).toBeGreaterThan(10);
    const composed = records.flatMap((record) => record.keyphrases ?? []).map((span) => span.text ?? "");
    const once = composed.filter(
      (term) => /(pril|statin|azole|itis|ectomy)$/.test(term) && patientsOf(term).size === 1,
    );
    expect(new Set(once).size).toBeGreaterThan(100);
  });

  it("shows no identifier of a person", () => {
    const identifiers = [
      /\b\d{3}[- ]\d{2}[- ]\d{4}\b/,
      /\b\(?\d{3}\)?[-. ]\d{3}[-. ]\d{4}\b/,
      /\S@\S/,
      /\bMRN\b|medical record|record (number|no)/i,
      /\bDOB\b|date of birth|\bborn\b/i,
      /\b\d{1,2}\/\d{1,2}\/\d{2,4}\b|\b(19|20)\d\d-\d\d-\d\d\b/,
      /\b(Mr|Mrs|Ms|Dr)\.? [A-Z]/,
      /\d{5}/,
    ];
    for (const pattern of identifiers)
      expect(records.filter((record) => pattern.test(record.text))).toEqual([]);
    expect(records.filter((record) => /\b(9\d|1\d\d)-year-old/.test(record.text))).toEqual([]);
  });
});

describe("more records of the same seed", () => {
  const base = [...sampleRecords({ records: 300, extra: 0, seed: "7" })];

  it("leave the base as it was and have texts of their own", () => {
    const more = [...sampleRecords({ records: 300, extra: 200, seed: "7" })];
    expect(more.slice(0, 300)).toEqual(base);
    const known = new Set(base.map((record) => fold(record.text)));
    const added = more.slice(300);
    expect(added).toHaveLength(200);
    expect(new Set(added.map((record) => fold(record.text))).size).toBe(200);
    expect(added.filter((record) => known.has(fold(record.text)))).toEqual([]);
    expect(new Set(more.map((record) => record.recordId)).size).toBe(500);
    const patients = new Set(base.map((record) => record.patientId).filter(Boolean));
    expect(added.filter((record) => record.patientId && patients.has(record.patientId))).toEqual([]);
  });

  it("are written as JSON Lines too", () => {
    const lines = [...sampleExport({ records: 300, extra: 0, seed: "7" }, "lines")].map((line) =>
      JSON.parse(line),
    );
    expect(lines[0]).not.toHaveProperty("records");
    expect(lines.slice(1)).toEqual(base);
  });

  it("of another seed are others", () => {
    const others = [...sampleRecords({ records: 20, extra: 0, seed: "8" })];
    expect(others.map((record) => record.text)).not.toEqual(base.slice(0, 20).map((record) => record.text));
  });
});

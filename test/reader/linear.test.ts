// The linear model answers alike, to the last bit, in the job, in the Python reader and in the TypeScript reader.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Bundle } from "../../reader/typescript/bundle.ts";
import { type Answer, exponential, readClassifier } from "../../reader/typescript/classifier.ts";
import { eachFeature } from "../../reader/typescript/features.ts";
import { readLinear } from "../../reader/typescript/linear.ts";
import { openModels } from "../../reader/typescript/models.ts";
import { noteText } from "../preprocess/arbitraries.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "pbp-linear-"));
afterAll(() => rmSync(folder, { recursive: true }));

const half = fc.integer({ min: 0xd800, max: 0xdfff }).map((unit) => String.fromCharCode(unit));
const hostile = fc
  .array(fc.oneof(fc.string({ unit: "binary" }), half, fc.constantFrom(" ", "a", "\u0130", "\u{1f600}", "-")))
  .map((parts) => parts.join(""));
/** Each code point up to U+1FFFF between two letters: beyond, all are letters. */
const everyCodePoint = Array.from({ length: 0x200 }, (_, block) =>
  Array.from({ length: 0x100 }, (_, at) => `x${String.fromCodePoint(block * 0x100 + at)}Y `).join(""),
);
const answered = [
  ...["", " ", "\u2029", `${"q".repeat(64)}rs ${"q".repeat(64)}tu`, "\u{2f800}\u{e0100}\u{10ffff} x"],
  ...fc.sample(noteText, { numRuns: 200, seed: 42 }),
  ...fc.sample(hostile, { numRuns: 200, seed: 43 }),
];
const texts = [...answered, ...everyCodePoint];

type Explained = { label: string; baseline: number; words: [start: number, end: number, weight: number][] };
type Python = {
  features: string[];
  answers: Record<string, (Answer & { scores: number[]; explained: Explained })[]>;
  exponents: number[];
  exponentials: number[];
};
let python: Python;
beforeAll(() => {
  writeFileSync(join(folder, "texts.json"), JSON.stringify([texts, answered.length]));
  const PYTHONPATH = ["containers", "reader/python"].map((part) => join(root, part)).join(":");
  const script = join(root, "test/reader/linear_models.py");
  execFileSync(join(root, ".venv/bin/python"), [script, folder], { env: { ...process.env, PYTHONPATH } });
  python = JSON.parse(readFileSync(join(folder, "python.json"), "utf8"));
}, 300_000);

test("a text has the same features in Python and in TypeScript, whatever Unicode it holds", () => {
  const digests = texts.map((text) => {
    const counts = new Map<number, number>();
    eachFeature(text, { bits: 30, words: [1, 3], characters: [2, 4] }, (bucket) =>
      counts.set(bucket, (counts.get(bucket) ?? 0) + 1),
    );
    const lines = [...counts].sort(([a], [b]) => a - b).map(([bucket, count]) => `${bucket} ${count}\n`);
    return createHash("sha256").update(lines.join("")).digest("hex");
  });
  expect(digests).toEqual(python.features);
});

test.each(["single-label", "multi-label"])(
  "scores, probabilities and classes are the same bits: %s",
  async (kind) => {
    const models = openModels(join(folder, kind), async (bundle) => ({
      classifier: await readClassifier(bundle),
      model: await readLinear(bundle, "model/", 5),
    }));
    const { classifier, model } = await models.current();
    const answers = answered.map((text) => ({
      ...classifier.classify(text),
      scores: [...model.score(text)],
    }));
    expect(answers).toEqual(python.answers[kind]!.map(({ explained: _, ...answer }) => answer));
    expect(new Set(answers.map(({ classes, sure }) => `${classes.join()} ${sure}`)).size).toBeGreaterThan(5);
  },
);

/** Of code points, as Python counts, to UTF-16 units. */
function unitsOf(text: string): number[] {
  const units = [0];
  for (const character of text) units.push(units.at(-1)! + character.length);
  return units;
}

test.each(["single-label", "multi-label"])(
  "both say alike which words made a score, and the words account for all of it: %s",
  async (kind) => {
    const classifier = await openModels(join(folder, kind), readClassifier).current();
    let weighed = 0;
    for (const [place, text] of answered.entries()) {
      const { label, baseline, score, sum, tolerance, words } = classifier.explain(text);
      const theirs = python.answers[kind]![place]!.explained;
      expect({ label, baseline }, JSON.stringify(text)).toEqual({
        label: theirs.label,
        baseline: theirs.baseline,
      });
      expect(Math.abs(baseline + sum - score)).toBeLessThanOrEqual(tolerance);
      expect(tolerance).toBeLessThan(1e-9);
      const units = unitsOf(text);
      expect(
        words.map(({ start, end }) => [start, end]),
        JSON.stringify(text),
      ).toEqual(theirs.words.map(([start, end]) => [units[start], units[end]]));
      for (const [index, { weight }] of words.entries())
        expect(weight).toBeCloseTo(theirs.words[index]![2], 10);
      for (const name of classifier.labels) {
        const other = classifier.explain(text, name);
        expect(Math.abs(other.baseline + other.sum - other.score)).toBeLessThanOrEqual(other.tolerance);
      }
      weighed += words.filter(({ weight }) => weight !== 0).length;
    }
    expect(weighed).toBeGreaterThan(500);
    expect(() => classifier.explain("x", "unknown")).toThrow(RangeError);
  },
);

test("both languages have one exponential function, which is right to 15 digits", () => {
  expect(python.exponents.map(exponential)).toEqual(python.exponentials);
  const errors = python.exponents
    .filter((exponent) => exponent > -700)
    .map((exponent) => Math.abs(exponential(exponent) / Math.exp(exponent) - 1));
  expect(Math.max(...errors)).toBeLessThan(1e-15);
  for (let power = -1010; power <= 0; power++) {
    const bits = new DataView(new ArrayBuffer(8));
    bits.setInt32(0, (power + 1023) << 20);
    expect(2 ** power).toBe(bits.getFloat64(0));
  }
});

/** A bundle of these JSON files that was never on a disk. */
function bundleOf(files: Record<string, unknown>): Bundle {
  return {
    folder: "",
    version: "000001-000000000000",
    execution: "run",
    labels: [],
    files: Object.fromEntries(Object.keys(files).map((name) => [name, { sha256: "", sizeBytes: 0 }])),
    read: async (name) => Buffer.from(String(files[name])),
    readJson: async (name) => files[name],
  };
}

const config = {
  model_type: "pbp-linear",
  problem_type: "single_label_classification",
  id2label: { 0: "a" },
};
const decision = { thresholds: 0.5, temperature: 1, reject: null };
test.each([
  ["of keyphrases", { "ner/config.json": config }, "does not answer in classes"],
  [
    "of a transformer",
    { "model/decision.json": decision, "model/config.json": { ...config, model_type: "bert" } },
    "is a bert. Only linear ones are read here: use the Python reader.",
  ],
  [
    "of a later format",
    {
      "model/decision.json": decision,
      "model/config.json": config,
      "model/linear.json": { format: 2 },
      "model/linear.safetensors": "",
    },
    "that this reader cannot read",
  ],
])("refuses a model %s by name", async (_, files, message) => {
  const refused = readClassifier(bundleOf(files));
  await expect(refused).rejects.toThrow(message);
  await expect(refused).rejects.toMatchObject({ name: "ModelsError" });
});

import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { createGunzip } from "node:zlib";
import { beforeAll, describe, expect, test } from "vitest";
import { driftSince } from "../../pipeline/cli/output/drift.ts";
import type { ExportRecord, Profile, TrainingExport } from "../../schemas/types.ts";
import { type DriftFinding, driftBetween } from "../../tasks/drift/drift.ts";
import type { EmbeddingsProfile } from "../../tasks/drift/embeddings.ts";
import { jensenShannonDistance } from "../../tasks/drift/jensen-shannon.ts";
import { populationStability } from "../../tasks/drift/population-stability.ts";
import { validateExport } from "../../tasks/preprocess/validate-export.ts";
import { randomBelow } from "../../tasks/quality-gate/random.ts";

const policy = { minSamples: 1, testFraction: 0.2, identifiedText: "report" } as const;
const names = { one: "this export", other: "the champion's" };

let header: TrainingExport;
let sample: ExportRecord[];
let whole: Profile;
beforeAll(async () => {
  const file = createReadStream("samples/exports/sample-export.json.gz").pipe(createGunzip());
  const { records, ...rest } = JSON.parse(await text(file)) as TrainingExport & { records: ExportRecord[] };
  [header, sample] = [rest, records];
  whole = await profileOf(sample);
});

async function profileOf(records: ExportRecord[]): Promise<Profile> {
  const stored = Readable.from([Buffer.from(JSON.stringify({ ...header, records }))]);
  return (await validateExport(stored, policy)).profile!;
}

function drift(one: Profile, other: Profile): Record<string, DriftFinding> {
  const findings = driftBetween(
    { profile: one, embeddings: null },
    { profile: other, embeddings: null },
    names,
  );
  return Object.fromEntries(findings.map((finding) => [finding.what, finding]));
}

const drifted = (findings: Record<string, DriftFinding>) =>
  Object.values(findings)
    .filter(({ exceeds }) => exceeds)
    .map(({ what }) => what);

describe("the distances", () => {
  test("are those of the textbook", () => {
    expect(jensenShannonDistance([0.5, 0.5], [0.5, 0.5])).toBe(0);
    expect(jensenShannonDistance([1, 0], [0, 1])).toBe(1);
    // scipy.spatial.distance.jensenshannon([0.1, 0.4, 0.5], [0.3, 0.3, 0.4], base=2)
    expect(jensenShannonDistance([0.1, 0.4, 0.5], [0.3, 0.3, 0.4])).toBeCloseTo(0.21663402, 6);
    // (0.6 - 0.4) ln(0.6 / 0.4), twice; half a count moves it little where counts are large.
    expect(populationStability([6e6, 4e6], [4e6, 6e6])).toBeCloseTo(2 * 0.2 * Math.log(1.5), 6);
  });

  test("of a value that one side does not have are finite, and small where it is a single document", () => {
    expect(populationStability([1000, 1], [1000, 0])).toBeLessThan(0.002);
    expect(populationStability([1000, 500], [1000, 0])).toBeGreaterThan(1);
  });
});

describe("drift", () => {
  test("is none between an export and itself", () => {
    const findings = drift(whole, whole);
    expect(Object.keys(findings)).toEqual(["labels", "annotations", "length", "windows", "facet:specialty"]);
    for (const { distance, psi, exceeds } of Object.values(findings))
      expect([distance, psi, exceeds]).toEqual([0, 0, false]);
  });

  test("is not told of two random halves of patients", async () => {
    const next = randomBelow(2, 7);
    const groups = [...Map.groupBy(sample, ({ patientId, text }) => patientId ?? text).values()];
    const halves: [ExportRecord[], ExportRecord[]] = [[], []];
    for (const group of groups) halves[next()]!.push(...group);
    const [one, other] = (await Promise.all(halves.map(profileOf))) as [Profile, Profile];
    expect(drifted(drift(one, other))).toEqual([]);
  });

  test("of a label with half of its keyphrases is told, with its name and both shares", async () => {
    const half = await profileOf(
      sample.map(({ keyphrases, ...record }) => ({
        ...record,
        keyphrases: keyphrases?.filter(({ label }, index) => label !== "medication" || index % 2 === 0),
      })) as ExportRecord[],
    );
    const findings = drift(half, whole);
    expect(drifted(findings)).toContain("labels");
    expect(findings.labels!.message).toMatch(
      /^Labels, medication: \d+\.\d % of keyphrases in this export, \d+\.\d % in the champion's\. Distance 0\.\d{3}: more than two halves of one export differ \(at most 0\.\d{3}\)\.$/,
    );
    expect(drifted(findings)).not.toContain("length");
    expect(drifted(findings)).not.toContain("facet:specialty");
  });

  test("of another specialty only is told of the facet", async () => {
    const findings = drift(await profileOf(sample.filter(({ specialty }) => specialty === "Urology")), whole);
    expect(drifted(findings)).toContain("facet:specialty");
    expect(findings["facet:specialty"]!.message).toMatch(
      /^Facet specialty, Urology: 100\.0 % of documents in this export, /,
    );
  });

  test("of texts that were cut is told of their length", async () => {
    const cut = await profileOf(
      sample.map((record) => {
        const end = record.text.lastIndexOf(" ", Math.ceil(record.text.length / 2));
        const short = record.text.slice(0, end < 8 ? record.text.length : end);
        const keyphrases = record.keyphrases?.filter((one) => one.end <= short.length);
        return { ...record, text: short, ...(keyphrases && { keyphrases }) };
      }),
    );
    expect(drifted(drift(cut, whole))).toEqual(expect.arrayContaining(["length", "windows"]));
  });

  test("is not judged where all notes are of a few patients, which may differ as they like", async () => {
    const few = await profileOf(sample.map((record, index) => ({ ...record, patientId: `p-${index % 3}` })));
    const findings = drift(few, whole);
    for (const { halves, limit, exceeds } of Object.values(findings))
      expect([halves, limit, exceeds]).toEqual([null, null, false]);
    expect(findings.labels!.message).toContain("too few patients or texts to say");
  });

  test("of a rare value that the other profile does not name is that of all such values", async () => {
    const specialties = (counts: Record<string, number>) =>
      Object.entries(counts).flatMap(([specialty, count]) => Array<string>(count).fill(specialty));
    const of = (counts: Record<string, number>) =>
      profileOf(specialties(counts).map((specialty, at) => ({ ...sample[at]!, specialty })));
    // Rare has five in one and four in the other, which names it no more: nothing else is different.
    const findings = drift(await of({ Common: 400, Rare: 5 }), await of({ Common: 400, Rare: 4 }));
    expect(findings["facet:specialty"]!.distance).toBeLessThan(0.02);
  });
});

test("pbp show tells what drifted, in lines of 80, or that nothing did", async () => {
  const findings = driftBetween(
    { profile: await profileOf(sample.filter(({ specialty }) => specialty === "Urology")), embeddings: null },
    { profile: whole, embeddings: null },
    names,
  );
  const text = driftSince({ champion: 4, findings });
  expect(text).toMatch(
    /^Drift since the export of generation 4 \(it decides nothing\):\n {2}Facet specialty, Urology: /,
  );
  for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  const none = findings.filter(({ exceeds }) => !exceeds);
  expect(driftSince({ champion: 4, findings: none })).toBe(
    "Drift since the export of generation 4: none; nothing differs by more than two\nhalves of one export.",
  );
});

describe("the embeddings' drift", () => {
  const dimension = 8;
  /** Normal vectors around `mean`, in sixteen parts. */
  function embeddings(mean: number, seed: number, more: Partial<EmbeddingsProfile> = {}): EmbeddingsProfile {
    const next = randomBelow(2 ** 21, seed);
    const noise = () => Math.sqrt(12) * (next() / 2 ** 21 - 0.5);
    const parts = Array.from({ length: 16 }, (_, part) => {
      const texts = 50;
      const vectors = Array.from({ length: texts }, () => Array.from({ length: dimension }, noise));
      const of = (at: number) => mean + vectors.reduce((sum, vector) => sum + vector[at]!, 0) / texts;
      return {
        part,
        texts,
        mean: Array.from({ length: dimension }, (_, at) => of(at)),
        pieces: 1000,
        unknown: 5,
      };
    });
    return { embeddingKey: "0123456789abcdef", spread: Math.sqrt(dimension), parts, ...more };
  }
  const moved = (one: EmbeddingsProfile, other: EmbeddingsProfile) =>
    Object.fromEntries(
      driftBetween({ profile: whole, embeddings: one }, { profile: whole, embeddings: other }, names).map(
        (finding) => [finding.what, finding],
      ),
    );

  test("is told when the mean vector moved, and not when two samples of one population differ", () => {
    const other = embeddings(0, 1);
    expect(moved(embeddings(0, 2), other).embeddings).toMatchObject({ exceeds: false, psi: null });
    const { embeddings: finding } = moved(embeddings(0.2, 2), other);
    expect(finding!.exceeds).toBe(true);
    expect(finding!.distance).toBeCloseTo(0.2, 1);
    expect(finding!.message).toMatch(
      /^Embeddings: how far the mean vector moved, .* Distance 0\.2\d\d: more than /,
    );
  });

  test("is nothing between vectors of two base models", () => {
    expect(
      moved(embeddings(1, 1), embeddings(0, 1, { embeddingKey: "f".repeat(16) })).embeddings,
    ).toBeUndefined();
  });

  test("comes with the share of unknown words, where both executions embedded something", () => {
    const other = embeddings(0, 1);
    const more = other.parts.map((part) => ({ ...part, unknown: 60 + (part.part % 3) }));
    expect(moved(other, other)["unknown-pieces"]).toMatchObject({ distance: 0, exceeds: false });
    const finding = moved({ ...other, parts: more }, other)["unknown-pieces"]!;
    expect(finding.message).toMatch(
      /^Unknown words, pieces of unknown words: 6\.1 % of word pieces in this export, 0\.5 %/,
    );
    expect(finding.exceeds).toBe(true);
    const none = other.parts.map((part) => ({ ...part, pieces: 0, unknown: 0 }));
    expect(moved({ ...other, parts: none }, other)["unknown-pieces"]).toBeUndefined();
  });
});

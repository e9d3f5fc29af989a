import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { classExport } from "../../samples/classes/sample.ts";
import { classSamples } from "../../samples/classes/samples.ts";
import exportSchema from "../../schemas/data/training-export.schema.json" with { type: "json" };
import type { TrainingExport } from "../../schemas/types.ts";
import { door } from "../../tasks/lambda/door.ts";

/** The samples as they are today: figures in the documentation are theirs. */
const digests: Record<string, string> = {
  routing: "fb8a02585fbe8dcd",
  sentiment: "af40035095d0b8bd",
  specialty: "a48958d3f34bc150",
  toxicity: "8d45c12f9ec3db6d",
};

describe.each(Object.entries(classSamples))("the sample %s", (name, sample) => {
  const text = [...classExport(name, sample)].join("");
  const content: TrainingExport = JSON.parse(text);
  const records = content.records ?? [];

  it("is the same text on every machine", () => {
    expect([...classExport(name, sample)].join("") === text).toBe(true);
    expect(createHash("sha256").update(text).digest("hex").slice(0, 16)).toBe(digests[name]);
  });

  it("keeps the format and is small", () => {
    const check = door<TrainingExport>(exportSchema, { what: "The sample", name: "InvalidExport" });
    expect(check(content)).toBe(content);
    expect(records).toHaveLength(sample.records);
    expect(gzipSync(text, { level: 9 }).length).toBeLessThan(150_000);
  });

  it("has enough of every class to be judged, and no text under several classes beyond slips", () => {
    for (const label of sample.labels)
      expect(records.filter(({ classes }) => classes!.includes(label)).length, label).toBeGreaterThan(30);
    if (sample.kind === "multi-label") return;
    const byText = new Map<string, Set<string>>();
    for (const { text: written, classes } of records)
      byText.set(written.toLowerCase(), (byText.get(written.toLowerCase()) ?? new Set()).add(classes![0]!));
    const conflicting = [...byText.values()].filter((classes) => classes.size > 1).length;
    expect(conflicting / byText.size).toBeLessThan(0.02);
  });

  it("leaves no slot of a template unfilled, and shows no identifier of a person", () => {
    for (const { text: written } of records)
      expect(written).not.toMatch(
        /[{}<>|]|undefined|\S@\S|\d{5}|\b\d{3}[-. ]\d{3,4}\b|\b(Mr|Mrs|Ms|Dr)\.? [A-Z]/,
      );
  });
});

it("has texts of no class where there may be some", () => {
  const { records = [] } = JSON.parse(
    [...classExport("toxicity", classSamples.toxicity!)].join(""),
  ) as TrainingExport;
  expect(records.filter(({ classes }) => classes?.length === 0).length).toBeGreaterThan(400);
});

import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ExportRecord } from "../../schemas/types.ts";
import { fold, readingOf } from "../../tasks/preprocess/sides/fold.ts";
import { validateExport } from "../../tasks/preprocess/validate-export.ts";
import { deploy } from "../tasks/deployment.ts";
import { noteText } from "./arbitraries.ts";
import { exportOf, filesOf, preprocess } from "./world.ts";

let deployment: Awaited<ReturnType<typeof deploy>>;
beforeAll(async () => {
  deployment = await deploy();
});
afterAll(() => deployment.remove());

const span = fc.record({
  start: fc.nat(40),
  end: fc.integer({ min: 1, max: 60 }),
  label: fc.constantFrom("problem", "test"),
});
const note = fc.record(
  {
    // Few of each, so that texts, patients and encounters meet again.
    text: fc.oneof(
      noteText,
      fc.constantFrom("No fever.", "no  FEVER.", "A stone.", "Cough, no fever. Stable."),
    ),
    patientId: fc.constantFrom("p-1", "p-2", "p-3", "p-4", "p-5", "p-6"),
    encounterId: fc.constantFrom("e-1", "e-2", "e-3"),
    split: fc.constantFrom("train" as const, "test" as const),
    keyphrases: fc.array(span, { maxLength: 4 }),
    specialty: fc.constantFrom("Urology", ""),
    facets: fc.constantFrom<Record<string, string>[]>(
      {},
      { channel: "fax" },
      { channel: "“”", specialty: "of a facet" },
    ),
  },
  { requiredKeys: ["text"] },
);
const exported = fc
  .array(note, { maxLength: 25 })
  .map((notes): ExportRecord[] => [
    { recordId: "first", text: "Surely trained on.", split: "train", keyphrases: [] },
    { recordId: "second", text: "Surely tested.", split: "test", keyphrases: [] },
    ...notes.map((record, index) => ({ recordId: `r-${index}`, ...record })),
  ]);

const keyOf = (text: string) => readingOf(fold(text));
const documentOf = (text: string) => createHash("sha256").update(fold(text)).digest("hex").slice(0, 16);
const policy = { minSamples: 1, testFraction: 0.2, identifiedText: "report" } as const;

test("no text and no unpinned patient straddles the split, no gold token is lost, everything is counted", async () => {
  let read = 0;
  await fc.assert(
    fc.asyncProperty(exported, async (records) => {
      // Rejects are tested elsewhere: here they would only fail the export.
      const good = [];
      for (const record of records) if (await isGood(record)) good.push(record);
      read += good.length;
      const dataset = await preprocess(deployment.store, exportOf(good));
      const files = await filesOf(deployment.store, dataset);
      const { train, test: tested, facets, notes, missing, report } = files;
      const trained = new Set(train.map((row) => row.document));
      for (const row of tested) expect(trained).not.toContain(row.document);
      const annotated = good.filter((record) => record.keyphrases);
      // The first form of a text names it.
      const first = new Map(annotated.toReversed().map(({ text }) => [keyOf(text), documentOf(text)]));
      const documents = new Set(first.values());
      expect(dataset.train.documents + dataset.test.documents).toBe(documents.size);
      expect(new Set([...trained, ...tested.map((row) => row.document)])).toEqual(documents);
      for (const side of ["train", "test"] as const) {
        const rows = side === "train" ? train : tested;
        const tags = rows.flatMap((row) => row.tags);
        expect(dataset[side]).toMatchObject({
          documents: new Set(rows.map((row) => row.document)).size,
          rows: rows.length,
          tokens: tags.length,
          units: tags.length,
          items: tags.filter((tag) => tag.startsWith("B-")).length,
        });
        for (const row of rows) expect(row.tags).toHaveLength(row.tokens.length);
      }
      // Facets of the test side alone, as the first copy has them.
      const firsts = new Map(annotated.toReversed().map((record) => [keyOf(record.text), record]));
      const expected = [...firsts.values()].flatMap(({ text, specialty, facets: own }) => {
        const sliced = { ...own, ...(specialty !== undefined && { specialty }) };
        const document = documentOf(text);
        return trained.has(document) || Object.keys(sliced).length === 0
          ? []
          : [{ document, facets: sliced }];
      });
      expect(facets).toHaveLength(expected.length);
      expect(facets).toEqual(expect.arrayContaining(expected));
      const gold = [...train, ...tested].flatMap((row) => row.tags).filter((tag) => tag !== "O").length;
      expect(report.tokens!).toMatchObject({ gold, goldInRows: gold, goldLost: 0 });
      expect(report.spans!.read).toBe(
        report.spans!.kept + report.spans!.overlapping + report.spans!.duplicate,
      );
      expect(report.annotatedTexts + report.duplicates.records).toBe(report.annotated);
      expect(notes).toHaveLength(good.length);
      expect(new Set(missing.map((line) => line.content))).toEqual(
        new Set(good.map((record) => record.text)),
      );
      expect(missing).toHaveLength(report.texts);
    }),
    { numRuns: 40 },
  );
  expect(read).toBeGreaterThan(100);
});

test("a record's side is the same whatever else the export holds", async () => {
  await fc.assert(
    fc.asyncProperty(exported, async (records) => {
      const unique = records.filter(
        (record, index) => records.findIndex((other) => keyOf(other.text) === keyOf(record.text)) === index,
      );
      const good = [];
      for (const record of unique) if (await isGood(record)) good.push(record);
      const sides = async (list: ExportRecord[]) => {
        const { test: tested } = await filesOf(
          deployment.store,
          await preprocess(deployment.store, exportOf(list)),
        );
        return new Set(tested.map((row) => row.document));
      };
      const all = await sides(good);
      const fewer = good.filter((_, index) => index < 2 || index % 2 === 0).toReversed();
      const some = await sides(fewer);
      for (const record of fewer)
        if (record.keyphrases)
          expect(some.has(documentOf(record.text))).toBe(all.has(documentOf(record.text)));
    }),
    { numRuns: 15 },
  );
});

test("validation counts what Preprocess counts", async () => {
  await fc.assert(
    fc.asyncProperty(exported, async (records) => {
      const { header, report, problems, rejects } = await validateExport(
        Readable.from([exportOf(records)].map(Buffer.from)),
        policy,
      );
      expect(header?.exportId).toBe("exp-1");
      expect(report.records).toBe(records.length);
      expect(rejects.length).toBe(Math.min(report.rejected, 20));
      if (problems.length > 0) return;
      const files = await filesOf(deployment.store, await preprocess(deployment.store, exportOf(records)));
      expect(files.report).toEqual(report);
    }),
    { numRuns: 30 },
  );
});

async function isGood(record: ExportRecord): Promise<boolean> {
  const { report } = await validateExport(Readable.from([Buffer.from(exportOf([record]))]), policy);
  return report.rejected === 0;
}

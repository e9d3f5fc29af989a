import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import type { Bundle } from "../../reader/typescript/bundle.ts";
import { openModels } from "../../reader/typescript/models.ts";
import { readNotes, UnknownRecord } from "../../reader/typescript/notes.ts";
import { promote } from "../../tasks/promote/promotion.ts";
import { safetensors, withHeader } from "../promote/archives.ts";
import { memoryStore, trained } from "../promote/execution.ts";
import { failure } from "../tasks/deployment.ts";

let root = "";
afterEach(() => root && rmSync(root, { recursive: true, force: true }));

/** A bundle of these vectors that was never on a disk. */
function bundleOf(vectors: number[][], embeddings?: Buffer): Bundle {
  const dimension = vectors[0]!.length;
  const values = Float32Array.from(vectors.flat());
  const files = new Map([
    [
      "embeddings.safetensors",
      embeddings ?? safetensors({ embeddings: { shape: [vectors.length, dimension], values } }),
    ],
  ]);
  const texts = vectors.map((_, row) => ({ text: `${row}`, recordIds: [`r-${row}`, `again-${row}`] }));
  return {
    folder: "",
    version: "000001-000000000000",
    execution: "run",
    labels: [],
    files: {},
    read: async (name) => files.get(name)!,
    readJson: async () => ({ embeddingKey: "0123456789abcdef", dimension, texts }),
  };
}

const vectorOf = (dimension: number) =>
  fc.array(fc.integer({ min: -9, max: 9 }), { minLength: dimension, maxLength: dimension });
const directed = (dimension: number) => vectorOf(dimension).filter((vector) => vector.some((value) => value));

test("finds the notes that a search through all of them finds", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc
        .integer({ min: 1, max: 5 })
        .chain((dimension) =>
          fc.tuple(
            fc.array(directed(dimension), { minLength: 1, maxLength: 40 }),
            directed(dimension),
            fc.integer({ min: 0, max: 45 }),
          ),
        ),
      async ([vectors, wanted, count]) => {
        const notes = await readNotes(bundleOf(vectors));
        const found = notes.nearest(wanted, count);
        expect(found).toHaveLength(Math.min(count, vectors.length));
        const cosine = (a: number[], b: number[]) =>
          a.reduce((sum, value, at) => sum + value * b[at]!, 0) / Math.hypot(...a) / Math.hypot(...b);
        const best = vectors.map((vector) => cosine(vector, wanted)).sort((a, b) => b - a);
        for (const [rank, { recordIds, similarity }] of found.entries()) {
          expect(similarity).toBeCloseTo(best[rank]!, 5);
          const row = Number(recordIds[0]!.slice(2));
          expect(similarity).toBeCloseTo(cosine(vectors[row]!, wanted), 5);
        }
        expect(new Set(found.map(({ recordIds }) => recordIds[0])).size).toBe(found.length);
      },
    ),
    { numRuns: 200 },
  );
});

test("gives a record's vector with length 1, and equal ones in their order", async () => {
  const notes = await readNotes(
    bundleOf([
      [3, 4],
      [0, 2],
      [6, 8],
    ]),
  );
  expect([...notes.vector("again-0")!]).toEqual([...Float32Array.from([0.6, 0.8])]);
  expect(() => notes.vector("unknown")).toThrow(UnknownRecord);
  expect(() => notes.vector("unknown")).toThrow("The export of 000001-000000000000 had no such record.");
  expect(notes.nearest([3, 4], 3).map(({ recordIds }) => recordIds[0])).toEqual(["r-0", "r-2", "r-1"]);
  expect(() => notes.nearest([1, 2, 3], 1)).toThrow("2 numbers");
});

test.each([
  ["another shape", safetensors({ embeddings: { shape: [2, 1], values: Float32Array.of(1, 2) } })],
  ["no such tensor", safetensors({ vectors: { shape: [1, 2], values: Float32Array.of(1, 2) } })],
  [
    "another type",
    withHeader('{"embeddings":{"dtype":"F16","shape":[1,2],"data_offsets":[0,4]}}', Buffer.alloc(4)),
  ],
  [
    "a cut end",
    withHeader('{"embeddings":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}}', Buffer.alloc(4)),
  ],
])("refuses embeddings of %s", async (_, embeddings) => {
  expect((await failure(readNotes(bundleOf([[1, 2]], embeddings)))).name).toBe("ModelsError");
});

test("reads what a promotion wrote", async () => {
  root = mkdtempSync(join(tmpdir(), "pbp-reader-"));
  const store = memoryStore();
  const modelsFolder = join(root, "models");
  await promote(await trained(store, "first"), { store, modelsFolder, keep: 1 });
  const notes = await openModels(modelsFolder, readNotes).current();
  expect(notes).toMatchObject({ dimension: 3 });
  expect(notes.nearest(notes.vector("r-7"), 3)).toHaveLength(3);
});

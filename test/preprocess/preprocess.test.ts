import { createHash } from "node:crypto";
import { mkdtemp, readdir, rmdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import exportSchema from "../../schemas/data/training-export.schema.json" with { type: "json" };
import type { ExportRecord } from "../../schemas/types.ts";
import { groupOf, sideOf } from "../../tasks/preprocess/sides/split.ts";
import { LineFile } from "../../tasks/preprocess/write/line-file.ts";
import { readJson } from "../../tasks/store/store.ts";
import { deploy, failure, run } from "../tasks/deployment.ts";
import { exportOf, filesOf, header, preprocess } from "./world.ts";

let deployment: Awaited<ReturnType<typeof deploy>>;
beforeEach(async () => {
  deployment = await deploy();
});
afterEach(() => deployment.remove());

const digest = (text: string, digits: number) =>
  createHash("sha256").update(text).digest("hex").slice(0, digits);
const pinned = (
  recordId: string,
  split: "train" | "test",
  text: string,
  more: Partial<ExportRecord> = {},
) => ({
  recordId,
  split,
  text,
  keyphrases: [],
  ...more,
});
const two = [pinned("a", "train", "No fever."), pinned("b", "test", "No cough.")];

test("turns the schema's own example into rows", async () => {
  const [example] = exportSchema.examples;
  const records = [{ ...example!.records[0]!, split: "test" as const }, pinned("b", "train", "No cough.")];
  const dataset = await preprocess(deployment.store, exportOf(records, example as Partial<typeof header>));
  const files = await filesOf(deployment.store, dataset);
  expect(files.test).toEqual([
    {
      document: digest("ct abdomen showed a kidney stone; lithotripsy scheduled.", 16),
      tokens: ["CT", "abdomen", "showed", "a", "kidney", "stone", ";", "lithotripsy", "scheduled", "."],
      tags: ["B-test", "I-test", "O", "B-problem", "I-problem", "I-problem", "O", "O", "O", "O"],
    },
  ]);
  expect(files.labels).toEqual(["problem", "procedure", "test"]);
  expect(files.manifest).toEqual(dataset);
  expect(dataset.test).toMatchObject({ documents: 1, rows: 1, tokens: 10, items: 2 });
  expect(dataset.train).toMatchObject({ documents: 1, rows: 1, tokens: 3, items: 0 });
});

test("the digests are those of the stored bytes", async () => {
  const bytes = gzipSync(exportOf(two));
  const dataset = await preprocess(deployment.store, bytes);
  expect(dataset.exportSha256).toBe(createHash("sha256").update(bytes).digest("hex"));
  const rows = await readAll(`${dataset.prefix}train.jsonl`);
  expect(dataset.train.sha256).toBe(createHash("sha256").update(rows).digest("hex"));
});

test("object and JSON Lines, gzip and plain, with and without byte order mark give the same dataset", async () => {
  const lines = [header, ...two].map((line) => JSON.stringify(line)).join("\r\n");
  const forms = [exportOf(two), lines, `\ufeff${exportOf(two)}`, `${lines}\n\n`];
  const rows = new Set<string>();
  for (const form of forms)
    for (const bytes of [Buffer.from(form), gzipSync(form)]) {
      const dataset = await preprocess(deployment.store, bytes);
      const { report, ...rest } = await filesOf(deployment.store, dataset);
      expect(report.byteOrderMark).toBe(form.startsWith("\ufeff"));
      rows.add(JSON.stringify({ ...rest, manifest: null }));
    }
  expect(rows.size).toBe(1);
});

test("a text is embedded once, and only when the store lacks it", async () => {
  const { store } = deployment;
  const stored = Buffer.from(digest("No fever.", 32), "hex");
  const describes = JSON.stringify({ keys: { dtype: "U8", shape: [1, 16], data_offsets: [4, 20] } });
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(describes.length));
  const shards = `embeddings/${run.baseModel.embeddingKey}/shards/`;
  await store.write(
    `${shards}1.safetensors`,
    Buffer.concat([length, Buffer.from(describes), Buffer.alloc(4), stored]),
  );
  await store.write(`${shards}2.safetensors`, "not a shard at all");
  const unannotated = { recordId: "c", text: "Only embedded." };
  const records = [...two, unannotated, { ...unannotated, recordId: "d" }];
  const dataset = await preprocess(store, exportOf(records));
  const { missing, notes, report } = await filesOf(store, dataset);
  expect(dataset.embedding).toMatchObject({ texts: 3, missing: 2 });
  expect(missing).toEqual([
    { text: digest("No cough.", 32), content: "No cough." },
    { text: digest("Only embedded.", 32), content: "Only embedded." },
  ]);
  expect(notes.map((note) => note.recordId)).toEqual(["a", "b", "c", "d"]);
  expect(notes[3]!.text).toBe(digest("Only embedded.", 32));
  expect(report).toMatchObject({ texts: 3, annotated: 2, unannotated: 2, annotatedTexts: 2 });
});

test("puts the embedding store's description once", async () => {
  const key = `embeddings/${run.baseModel.embeddingKey}/store.json`;
  await preprocess(deployment.store, exportOf(two));
  const first = await deployment.store.head(key);
  expect(await readJson(deployment.store, key)).toEqual({ embeddingKey: run.baseModel.embeddingKey });
  await preprocess(deployment.store, exportOf(two));
  expect(await deployment.store.head(key)).toEqual(first);
});

test("copies of a text lie on one side: pinned test before train before hashed test", async () => {
  const stone = { start: 2, end: 7, label: "problem" };
  const records = [
    ...two,
    // Trained on first, then pinned to test.
    pinned("c", "train", "A stone.", { keyphrases: [stone] }),
    pinned("d", "test", "a  STONE."),
    // Hashed, and trained on: the first copy's keyphrases go along.
    ...patients("test", 1).map((patientId) => ({
      recordId: "e",
      patientId,
      text: "A scan.",
      keyphrases: [],
    })),
    pinned("f", "train", "A SCAN."),
  ];
  const dataset = await preprocess(deployment.store, exportOf(records));
  const { train, test: tested, report } = await filesOf(deployment.store, dataset);
  expect(train.map((row) => row.tokens.join(" "))).toEqual(["No fever .", "A scan ."]);
  expect(tested.map((row) => row.tokens.join(" "))).toEqual(["No cough .", "A stone ."]);
  expect(tested[1]!.tags).toEqual(["O", "B-problem", "O"]);
  expect(report.duplicates).toEqual({ records: 2, conflicting: 1, movedFromTest: 1, movedFromTrain: 1 });
  expect(dataset.train).toMatchObject({ documents: 2, rows: 2, tokens: 6, items: 0 });
  expect(dataset.test).toMatchObject({ documents: 2, rows: 2, tokens: 6, items: 1 });
});

test("a copy without keyphrases does not hide the annotated one", async () => {
  const records = [{ recordId: "x", text: "No fever." }, ...two];
  const { report, train } = await filesOf(
    deployment.store,
    await preprocess(deployment.store, exportOf(records)),
  );
  expect(train).toHaveLength(1);
  expect(report).toMatchObject({ annotatedTexts: 2, texts: 2, duplicates: { records: 0 } });
});

test("a patient on both sides by pins is counted", async () => {
  const records = [
    pinned("a", "train", "No fever.", { patientId: "p" }),
    pinned("b", "test", "No cough.", { patientId: "p" }),
  ];
  const { report } = await filesOf(deployment.store, await preprocess(deployment.store, exportOf(records)));
  expect(report.split).toEqual({ pinned: 2, byPatient: 0, byEncounter: 0, byText: 0, straddlingGroups: 1 });
});

test("two rejects in a hundred pass, three do not", async () => {
  const good = Array.from({ length: 98 }, (_, index) =>
    pinned(`r-${index}`, index ? "train" : "test", `Note ${index}.`),
  );
  const bad = (id: string) => pinned(id, "train", " ");
  const dataset = await preprocess(deployment.store, exportOf([...good, bad("x"), bad("y")]));
  const { rejects, report } = await filesOf(deployment.store, dataset);
  expect(rejects.map((reject) => reject.pointer)).toEqual(["/records/98/text", "/records/99/text"]);
  expect(report).toMatchObject({ records: 100, rejected: 2, rejectedByRule: { "no-token": 2 } });
  const three = exportOf([...good.slice(1), pinned("t", "test", "x"), bad("x"), bad("y"), bad("z")]);
  expect(await failure(preprocess(deployment.store, three))).toMatchObject({
    name: "InvalidExport",
    message: expect.stringMatching(
      /^3 of 101 records were rejected, .+ All are in runs\/.+\/dataset\/rejects\.jsonl\. Correct them/,
    ),
  });
});

test("an export that went away is named", async () => {
  const source = { ...run.source, key: "incoming/gone.json" };
  expect(await failure(preprocess(deployment.store, exportOf(two), { source }))).toMatchObject({
    name: "InvalidExport",
  });
});

test("leaves nothing on the local disk, whatever the end, even while it works", async () => {
  const temporary = await mkdtemp(join(tmpdir(), "pbp-test-"));
  vi.stubEnv("TMPDIR", temporary);
  await preprocess(deployment.store, exportOf(two));
  await failure(preprocess(deployment.store, "{"));
  const file = new LineFile();
  file.lines.string("a note");
  expect(await text(file.read())).toBe('"a note"');
  expect(await readdir(temporary)).toEqual([]);
  file.close();
  await rmdir(temporary);
});

/** Patients whom the hash puts on a side. */
function patients(side: "train" | "test", count: number): string[] {
  const found: string[] = [];
  for (let index = 0; found.length < count; index++)
    if (sideOf(groupOf({ recordId: "", text: "", patientId: `p-${index}` }, "").digest, 0.2) === side)
      found.push(`p-${index}`);
  return found;
}

async function readAll(key: string): Promise<Buffer> {
  return Buffer.concat(await (await deployment.store.read(key)).toArray());
}

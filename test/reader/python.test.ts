// The Python reader and both examples on a bundle that a whole run has trained and promoted.
import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openPipeline } from "../../pipeline/local/pipeline.ts";
import { openModels } from "../../reader/typescript/models.ts";
import { type Notes, readNotes } from "../../reader/typescript/notes.ts";
import { sampleRecords } from "../../samples/records.ts";
import type { BaseModelManifest, TrainingExport } from "../../schemas/types.ts";
import { currentChampion } from "../../tasks/models/champion.ts";
import { rollback } from "../../tasks/models/rollback.ts";
import { cutRows } from "../../tasks/preprocess/kinds/keyphrases/sentences.ts";
import { Tokens } from "../../tasks/preprocess/read/tokens.ts";
import { promote } from "../../tasks/promote/promotion.ts";
import { readJson } from "../../tasks/store/store.ts";
import { openWorkplace } from "../e2e/helpers.ts";
import { noteText } from "../preprocess/arbitraries.ts";
import { memoryStore, trained } from "../promote/execution.ts";

// A run is three Python processes: seconds on an idle machine, minutes on a busy one.
const patience = 600_000;
const root = fileURLToPath(new URL("../../", import.meta.url));
const workplace = openWorkplace();
const all = JSON.parse(readFileSync(workplace.base, "utf8")) as TrainingExport;
const records = all.records!.slice(0, 60);
const fixture = join(workplace.folder, "fixture");
const base = join(fixture, "base");
let models = "";
let notes: Notes;
beforeAll(async () => {
  const home = await workplace.makeUsedHome("home");
  const pipeline = await openPipeline(home);
  models = pipeline.home.models;
  await copyBaseModel(pipeline.store);
  await addGeneration();
  notes = await openModels(models, readNotes).current();
  writeFileSync(
    join(fixture, "notes.json"),
    JSON.stringify(records.map(({ recordId, text }) => ({ recordId, text, nearest: nearestTo(recordId) }))),
  );
  writeFileSync(
    join(fixture, "rows.json"),
    JSON.stringify(texts().map((text) => ({ text, rows: rows(text) }))),
  );
}, patience);
afterAll(() => workplace.clean());

const nearestTo = (recordId: string) => notes.nearest(notes.vector(recordId), 5);

/** What an operator copies for the billing app. */
async function copyBaseModel(store: Awaited<ReturnType<typeof openPipeline>>["store"]) {
  mkdirSync(base, { recursive: true });
  const key = "base-models/tiny/manifest.json";
  const { prefix, files } = (await readJson(store, key)) as BaseModelManifest;
  copyFileSync(await store.localPath(key), join(base, "manifest.json"));
  for (const name of Object.keys(files)) copyFileSync(await store.localPath(prefix + name), join(base, name));
}

/** Another version, which was in use for a while. */
async function addGeneration() {
  const store = memoryStore();
  const champion = await currentChampion(models);
  await promote(await trained(store, "second", champion), { store, modelsFolder: models, keep: 3 });
  await rollback({ modelsFolder: models, actor: "a person", reason: "so" });
}

function texts(): string[] {
  return [
    ...fc.sample(noteText, { numRuns: 400, seed: 42 }),
    ...[...sampleRecords({ records: 60, extra: 0, seed: "e2e" })].map(({ text }) => text),
    `${"x".repeat(999)}\u{1f600}y ${"q".repeat(2001)}`,
    `${"a ".repeat(199)}a, ${"b ".repeat(400)}`,
    `${"word ".repeat(700)}.`,
  ];
}

/** [start, end] of each word of each row, counted in code points. */
function rows(text: string): [number, number][][] {
  const tokens = new Tokens();
  tokens.read(text);
  const ends = new Int32Array(tokens.count);
  const count = cutRows(text, tokens, new Uint8Array(tokens.count + 1), ends);
  const points = new Uint32Array(text.length + 1);
  for (let at = 0, point = 0; at < text.length; point++) {
    const width = text.codePointAt(at)! > 0xffff ? 2 : 1;
    at += width;
    points[at] = point + 1;
  }
  const spans = Array.from({ length: tokens.count }, (_, index): [number, number] => [
    points[tokens.starts[index]!]!,
    points[tokens.ends[index]!]!,
  ]);
  return Array.from({ length: count }, (_, row) => spans.slice(row === 0 ? 0 : ends[row - 1], ends[row]));
}

function python(args: string[], input = ""): SpawnSyncReturns<string> {
  return spawnSync(join(root, ".venv/bin/python"), args, {
    cwd: root,
    env: {
      PATH: process.env.PATH,
      PYTHONPATH: join(root, "reader/python"),
      PBP_READER_FIXTURE: fixture,
      PBP_READER_MODELS: models,
      HF_HUB_OFFLINE: "1",
    },
    input,
    encoding: "utf8",
  });
}

test("the Python reader passes its tests", { timeout: patience }, () => {
  const args = ["-c", "containers/pyproject.toml", "--rootdir=.", "-p", "no:cacheprovider", "test/reader"];
  const { status, stdout, stderr } = python(["-m", "pytest", ...args]);
  expect(status, stdout + stderr).toBe(0);
  expect(stdout).not.toContain("skipped");
});

test("the example finds past notes like a new one", { timeout: patience }, () => {
  const { recordId, text } = records[7]!;
  const { stdout, stderr } = python(["reader/python/examples/nearest_notes.py", models, base], text);
  expect(stdout, stderr).toMatch(/^(\d\.\d{4}\t.+\n){5}$/);
  expect(stdout.split("\n")[0]).toContain(recordId);
});

test("the example finds keyphrases in a new note", { timeout: patience }, () => {
  const text = records.map((record) => record.text).join("\n");
  const { stdout, stderr } = python(["reader/python/examples/keyphrases.py", models], text);
  expect(stdout, stderr).not.toBe("");
  for (const line of stdout.trimEnd().split("\n")) {
    const [, start, end, , phrase] = /^(\d+)-(\d+)\t(\w+)\t(.+)$/.exec(line)!;
    expect([...text].slice(Number(start), Number(end)).join("")).toBe(phrase);
  }
});

test("the page's TypeScript runs", () => {
  const page = readFileSync(join(root, "docs/app-developers.md"), "utf8");
  const [, block] = /```ts\n(.+?)```/s.exec(page)!;
  const { recordId } = records[7]!;
  const program = block!
    .replace(/"pbp-reader\/(\w+)"/g, (_, part) => JSON.stringify(join(root, `reader/typescript/${part}.ts`)))
    .replace("/mnt/pbp/models", models)
    .replace("r-17", recordId);
  const script = join(fixture, "page.ts");
  writeFileSync(script, `${program}\nconsole.log(JSON.stringify(similar));`);
  const { stdout, stderr } = spawnSync(process.execPath, [script], { encoding: "utf8" });
  expect(stderr).toBe("");
  expect(JSON.parse(stdout)).toEqual(nearestTo(recordId));
});

test("the TypeScript example finds past notes like one of them", () => {
  const { recordId } = records[7]!;
  const script = "reader/typescript/examples/nearest-notes.ts";
  const run = (id: string) =>
    spawnSync(process.execPath, [script, models, id, "3"], { cwd: root, encoding: "utf8" });
  const { stdout, stderr } = run(recordId);
  expect(stdout, stderr).toMatch(/^000001-[0-9a-f]{12}:\n(-?\d\.\d{4} .+\n){3}$/);
  expect(stdout).toContain(nearestTo(recordId)[1]!.recordIds.join(" "));
  expect(run("unknown")).toMatchObject({ status: 1, stderr: expect.stringContaining("no such record") });
});

import { existsSync, readFileSync, statSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { isDeepStrictEqual } from "node:util";
import { sampleExport } from "../../samples/generate.ts";
import runSchema from "../../schemas/execution/run.schema.json" with { type: "json" };
import type { Run } from "../../schemas/types.ts";
import { handler } from "../../tasks/preprocess.ts";
import { openFileStore } from "../../tasks/store/fs.ts";
import { isNamedAmong, names } from "./models.ts";
import { bucket, deployTo, storeOf } from "./promote.ts";
import type { Subject } from "./subject.ts";

const plainRun: Run = { ...(runSchema.examples[0] as Run), execution: "run-1", prefix: "runs/run-1/" };
const FEW = 60;
/** Twice what a second thread is started for: faults meet it at work. */
const MANY = 10_000;
const temporaryOf = (folder: string) => join(folder, "world", "temporary");

/** An export through Preprocess: what is disturbed is the bucket and the local disk. */
export const preprocess: Subject = {
  mayBeRemote: true,
  root: (folder) => join(folder, "world"),
  temporary: temporaryOf,
  prepare: (folder, variant) => prepare(folder, FEW, variant),
  async act(folder) {
    deployTo(folder);
    const { TMPDIR } = process.env;
    process.env.TMPDIR = temporaryOf(folder);
    const event: unknown = JSON.parse(await readFile(join(folder, "plan.json"), "utf8"));
    const dataset = await handler(event).finally(() => {
      if (TMPDIR === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = TMPDIR;
    });
    await writeFile(join(folder, "dataset.json"), JSON.stringify(dataset));
  },
  async inspect(folder, acknowledged) {
    const problems = await torn(folder);
    if (acknowledged) problems.push(...(await differences(folder)));
    // Who finds the manifest finds all that it vouches for.
    const found = await (await storeOf(folder)).head("runs/run-1/dataset/manifest.json");
    if (found) problems.push(...(await differences(folder)));
    return problems;
  },
  async recover(folder) {
    await preprocess.act(folder);
    const problems = [...(await torn(folder)), ...(await differences(folder))];
    const dataset = (name: string) => readFileSync(join(folder, name, "dataset.json"), "utf8");
    if (!isDeepStrictEqual(dataset("."), dataset("expected"))) problems.push("another dataset is returned");
    const temporary = temporaryOf(folder);
    const left = names(temporary).filter((name) => statSync(join(temporary, name)).size > 0);
    if (left.length > 0) problems.push("notes are left on the local disk");
    return problems;
  },
  mayEndBy: (error) => isNamedAmong(error, ["TaskFailed", "InvalidExport"]),
};

/** An export that is large enough for two threads. */
export const largePreprocess: Subject = {
  ...preprocess,
  prepare: (folder, variant) => prepare(folder, MANY, variant),
};

async function prepare(folder: string, records: number, variant: number): Promise<void> {
  await mkdir(temporaryOf(folder), { recursive: true });
  const store = await storeOf(folder);
  const content = [...sampleExport({ records, extra: 0, seed: String(variant) }, "object")].join("");
  const { key, versionId, etag, sizeBytes } = await store.write("incoming/export.json", content);
  const source = { ...plainRun.source, key, versionId, etag, sizeBytes };
  const run: Run = { ...plainRun, source, minSamples: 1 };
  await writeFile(join(folder, "plan.json"), JSON.stringify({ run }));
  // What the undisturbed work makes, on the side.
  const expected = join(folder, "expected");
  await mkdir(temporaryOf(expected), { recursive: true });
  await (await storeOf(expected)).write("incoming/export.json", content);
  await writeFile(join(expected, "plan.json"), JSON.stringify({ run }));
  await preprocess.act(expected);
}

/** Objects that are listed, but whose bytes are not there. */
async function torn(folder: string): Promise<string[]> {
  const store = await openFileStore(join(folder, "world"), bucket);
  const problems: string[] = [];
  for await (const { key, sizeBytes } of store.list("")) {
    const path = await store.localPath(key);
    if (!existsSync(path) || readFileSync(path).length !== sizeBytes)
      problems.push(`${key} is listed, but its bytes are not there`);
  }
  return problems;
}

async function differences(folder: string): Promise<string[]> {
  const store = await storeOf(folder);
  const expected = await storeOf(join(folder, "expected"));
  const problems: string[] = [];
  for await (const { key } of expected.list("runs/")) {
    const found = (await store.head(key)) && (await text(await store.read(key)));
    if (found !== (await text(await expected.read(key)))) problems.push(`${key} is missing or another`);
  }
  return problems;
}

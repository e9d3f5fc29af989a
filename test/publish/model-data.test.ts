// What an endpoint unpacks, from what real promotions keep: through the reader of the service.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { extract } from "tar";
import { afterEach, beforeEach, expect, test } from "vitest";
import { currentChampion } from "../../tasks/models/champion.ts";
import { keptKeys } from "../../tasks/models/kept-keys.ts";
import { promote } from "../../tasks/promote/promotion.ts";
import { makeModelData } from "../../tasks/publish/model-data.ts";
import { trained } from "../promote/execution.ts";
import { deploy, failure } from "../tasks/deployment.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
let deployment: Awaited<ReturnType<typeof deploy>>;
let folder: string;
beforeEach(async () => {
  deployment = await deploy();
  folder = mkdtempSync(join(tmpdir(), "pbp-serving-"));
});
afterEach(async () => {
  rmSync(folder, { recursive: true });
  await deployment.remove();
});

async function promoteNext(name: string): Promise<{ model: string; version: string }> {
  const champion = await currentChampion(deployment.models);
  const places = { store: deployment.store, modelsFolder: deployment.models, keep: 1 };
  const { version } = await promote(await trained(deployment.store, name, champion), places);
  return { model: "keyphrases", version };
}
const bytesOf = async (key: string) => readFileSync(await deployment.store.localPath(key));

/** Every file of an unpacked bundle, read and verified by the reader. */
function readByReader(bundle: string): string[] {
  const program = `
import sys
from pathlib import Path
from pbp_reader.bundle import open_bundle
bundle = open_bundle(Path(sys.argv[1]), is_named=False)
here = [name for name in bundle.files if (bundle.folder / name).is_file()]
for name in here: bundle.read(name)
print("\\n".join([bundle.version, *sorted(here)]))`;
  return execFileSync(join(root, ".venv/bin/python"), ["-c", program, bundle], {
    encoding: "utf8",
    env: { PYTHONPATH: join(root, "reader/python") },
  })
    .trim()
    .split("\n");
}

test("the archive is the bundle without its embeddings, as the reader verifies it; made once, equal each time", async () => {
  const of = await promoteNext("run-1");
  const key = await makeModelData(deployment.store, of);
  expect(key).toBe(`champions/${of.version}/serving.tar.gz`);
  const bytes = await bytesOf(key);
  mkdirSync(join(folder, "model"));
  await extract({ file: await deployment.store.localPath(key), cwd: join(folder, "model"), strict: true });
  expect(readByReader(join(folder, "model"))).toEqual([
    of.version,
    "labels.json",
    "ner/config.json",
    "ner/labels.json",
    "ner/manifest.json",
    "ner/model.safetensors",
    "ner/train-documents.txt",
    "ner/vocab.txt",
  ]);
  const { versionId } = (await deployment.store.head(key))!;
  await makeModelData(deployment.store, of);
  expect((await deployment.store.head(key))!.versionId).toBe(versionId);
  await deployment.store.remove(key);
  await makeModelData(deployment.store, of);
  const digest = (content: Buffer) => createHash("sha256").update(content).digest("hex");
  expect(digest(await bytesOf(key))).toBe(digest(bytes));
});

test.each([
  ["another archive", "archive", Buffer.from("not gzip"), "The model archive is not one whole gzip file"],
  ["another manifest", "bundle", Buffer.from("{}"), "The bundle's manifest"],
  ["no JSON", "bundle", Buffer.from("{"), "is not JSON"],
] as const)(
  "%s where the promoted one was is refused, and no archive is left",
  async (_, kept, body, message) => {
    const of = await promoteNext("run-1");
    const keys = keptKeys(of, of.version);
    await deployment.store.write(keys[kept], body);
    const told = await failure(makeModelData(deployment.store, of));
    expect(told).toEqual({ name: "PublicationFailed", message: expect.stringContaining(message) });
    expect(await deployment.store.head(keys.serving)).toBeNull();
  },
);

test("the whole archive of another promotion is refused by its digest, and the manifest of one by its version", async () => {
  const first = await promoteNext("run-1");
  const second = await promoteNext("run-2");
  const keys = keptKeys(second, second.version);
  const before = await bytesOf(keys.bundle);
  await deployment.store.copy(keptKeys(first, first.version).bundle, keys.bundle);
  expect((await failure(makeModelData(deployment.store, second))).message).toContain(
    "is not the manifest of its version",
  );
  await deployment.store.write(keys.bundle, before);
  await deployment.store.copy(keptKeys(first, first.version).archive, keys.archive);
  expect((await failure(makeModelData(deployment.store, second))).message).toContain(
    "is not the one that was promoted",
  );
  expect(await deployment.store.head(keys.serving)).toBeNull();
});

test("of a version that was promoted before anything was kept for it, this is said", async () => {
  const of = await promoteNext("run-1");
  await deployment.store.remove(keptKeys(of, of.version).bundle);
  expect(await failure(makeModelData(deployment.store, of))).toEqual({
    name: "PublicationFailed",
    message: expect.stringContaining("The next promotion can"),
  });
});

test("what was made for an endpoint goes with its version", async () => {
  const first = await promoteNext("run-1");
  await makeModelData(deployment.store, first);
  await promoteNext("run-2");
  await promoteNext("run-3");
  expect(readdirSync(join(deployment.models, "versions"))).not.toContain(first.version);
  for (const key of Object.values(keptKeys(first, first.version)))
    expect([key, await deployment.store.head(key)]).toEqual([key, null]);
});

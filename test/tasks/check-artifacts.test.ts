import { createHash } from "node:crypto";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { EmbeddingsManifest } from "../../schemas/types.ts";
import { handler } from "../../tasks/check-artifacts.ts";
import { readTrainingLog } from "../../tasks/report/training-log.ts";
import { writeJson } from "../../tasks/store/store.ts";
import { deploy, failure, run } from "./deployment.ts";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const embeddingsPrefix = "runs/run-1/embeddings/";
const modelKey = "runs/run-1/trials/0/model/pbp-train-1/output/model.tar.gz";
const manifestKey = `${embeddingsPrefix}manifest.json`;
const files = ["embeddings.safetensors", "embeddings.index.json", "embeddings.sav"];
const manifest: EmbeddingsManifest = {
  embeddingKey: run.baseModel.embeddingKey,
  files: Object.fromEntries(files.map((file) => [file, sha256(file)])),
  texts: 10,
  embedded: 4,
  reused: 6,
  dimension: 384,
};

let deployment: Awaited<ReturnType<typeof deploy>>;
beforeAll(async () => {
  deployment = await deploy();
});
afterAll(() => deployment.remove());
beforeEach(async () => {
  const { store } = deployment;
  await store.write(modelKey, "an archive");
  for (const file of files) await store.write(embeddingsPrefix + file, file);
  await writeJson(store, manifestKey, manifest);
});

const trials = [
  { trial: 0, status: "failed" },
  { trial: 1, status: "completed" },
  { trial: 2, status: "completed" },
];
const check = () => handler({ run, embeddingsPrefix, trial: 2, modelKey, trials });

test("returns what later steps must find again, and says which completed trial has no log", async () => {
  const { embeddingKey: _, ...described } = manifest;
  await deployment.store.write("checkpoints/run-1/2/training.jsonl", '{"step":1,"loss":1,"seconds":0}\n');
  expect(await check()).toEqual({
    trial: 2,
    model: { key: modelKey, sha256: sha256("an archive"), sizeBytes: 10 },
    embeddings: { prefix: embeddingsPrefix, ...described },
    warnings: ["The training log of trial 1 is missing."],
  });
});

test("keeps the training logs with the run, without what is no line of one", async () => {
  const { store } = deployment;
  const first = '{"step":1,"loss":2.5,"seconds":0.1}';
  const last =
    '{"step":2,"validation":{"metric":"f1","score":0.5,"standardError":0.1,"documents":9},"seconds":1}';
  const torn = '{"step":3,"lo';
  await store.write(
    "checkpoints/run-1/1/training.jsonl",
    `${first}\n{"step":2,"text":"Canary"}\n${last}\n${torn}`,
  );
  await check();
  const kept = await text(await store.read("runs/run-1/trials/1/training.jsonl"));
  expect(kept).toBe(`${first}\n${last}\n`);
  expect(await readTrainingLog(store, "run-1", 1)).toEqual([JSON.parse(first), JSON.parse(last)]);
  // One that still trains, or whose execution failed.
  await store.write("checkpoints/run-9/0/training.jsonl", `${first}\n`);
  expect(await readTrainingLog(store, "run-9", 0)).toEqual([JSON.parse(first)]);
  expect(await readTrainingLog(store, "run-9", 1)).toBeNull();
});

type Damage = (store: typeof deployment.store) => Promise<unknown>;
const rewritten =
  (change: object): Damage =>
  (store) =>
    writeJson(store, manifestKey, { ...manifest, ...change });
const vectors = `${embeddingsPrefix}embeddings.safetensors`;
const pickle = `${embeddingsPrefix}embeddings.sav`;
const otherFiles = { a: sha256("a"), b: sha256("b"), c: sha256("c") };
const damages: [what: string, message: string, damage: Damage][] = [
  ["no model", "model.tar.gz is missing", (store) => store.remove(modelKey)],
  ["an empty model", "model.tar.gz is empty", (store) => store.write(modelKey, "")],
  ["no manifest", "manifest.json is missing, so", (store) => store.remove(manifestKey)],
  [
    "a torn manifest",
    "manifest.json is not readable",
    (store) => store.write(manifestKey, '{"texts": Canary'),
  ],
  ["a manifest that breaks its schema", "/texts must be integer", rewritten({ texts: "Canary" })],
  ["a manifest of other vectors", "of another base model", rewritten({ embeddingKey: "f".repeat(16) })],
  ["counts that do not add up", "counts other texts", rewritten({ reused: 7 })],
  ["other files", "must list", rewritten({ files: otherFiles })],
  ["no vectors", "embeddings.safetensors is missing", (store) => store.remove(vectors)],
  ["other vectors", "embeddings.safetensors is not the file", (store) => store.write(vectors, "Canary")],
  ["another pickle", "embeddings.sav is not the file", (store) => store.write(pickle, "Canary")],
];
test.each(damages)("refuses %s: %s", async (_, message, damage) => {
  await damage(deployment.store);
  const refused = await failure(check());
  expect(refused.name).toBe("ArtifactInvalid");
  expect(refused.message).toContain(message);
  expect(refused.message).not.toContain("Canary");
});

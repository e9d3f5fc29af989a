import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import profileSchema from "../../schemas/data/profile.schema.json" with { type: "json" };
import verdictSchema from "../../schemas/evaluation/verdict.schema.json" with { type: "json" };
import artifactsSchema from "../../schemas/execution/artifacts.schema.json" with { type: "json" };
import datasetSchema from "../../schemas/execution/dataset.schema.json" with { type: "json" };
import runSchema from "../../schemas/execution/run.schema.json" with { type: "json" };
import baseModelSchema from "../../schemas/models/base-model.schema.json" with { type: "json" };
import embeddingsManifestSchema from "../../schemas/models/embeddings-manifest.schema.json" with {
  type: "json",
};
import type { Artifacts, Champion, Dataset, ModelManifest, Run, Verdict } from "../../schemas/types.ts";
import type { Promotion } from "../../tasks/promote/promotion.ts";
import { labelsReference } from "../../tasks/store/label-set.ts";
import { ObjectMissing, type ObjectStore, writeJson } from "../../tasks/store/store.ts";
import { archive, safetensors } from "./archives.ts";

export const sha256 = (bytes: Buffer | string) => createHash("sha256").update(bytes).digest("hex");

const hidden = 4;
const vocabulary = 5;
const labels = ["problem", "test"];
const tags = ["O", "B-problem", "I-problem", "B-test", "I-test"];
const dimension = 3;
const texts = 40;

/** The files of a model archive by name, without the manifest. `salt` makes the weights this execution's own. */
export function modelFiles(salt: string): Record<string, Buffer> {
  const word = createHash("sha256").update(salt).digest().readUInt32LE() / 2 ** 32;
  const values = (count: number) => Float32Array.from({ length: count }, (_, index) => word + index / 100);
  return {
    "model.safetensors": safetensors({
      "bert.embeddings.word_embeddings.weight": {
        shape: [vocabulary, hidden],
        values: values(vocabulary * hidden),
      },
      "classifier.bias": { shape: [tags.length], values: values(tags.length) },
      "classifier.weight": { shape: [tags.length, hidden], values: values(tags.length * hidden) },
    }),
    "config.json": Buffer.from(
      JSON.stringify({ hidden_size: hidden, vocab_size: vocabulary, id2label: { ...tags } }),
    ),
    "labels.json": Buffer.from(JSON.stringify(labels)),
    "vocab.txt": Buffer.from("[PAD]\n[UNK]\nkidney\nstone\nct\n"),
    "train-documents.txt": Buffer.from("0123456789abcdef\n"),
  };
}

const profile = `${JSON.stringify(profileSchema.examples[0])}\n`;

export const dataset: Dataset = {
  ...(datasetSchema.examples[0] as Dataset),
  labels: labelsReference(labels),
  profileSha256: sha256(profile),
};

export function modelManifest(files: Record<string, Buffer>): ModelManifest {
  return {
    labels,
    tags,
    lowerCase: true,
    maxSequenceLength: 128,
    epochs: 3,
    seed: 42,
    trainRows: 10,
    trainTokens: 100,
    steps: 5,
    finalLoss: 0.1,
    baseWeightsSha256: (runSchema.examples[0] as Run).baseModel.weightsSha256,
    trainSha256: dataset.train.sha256,
    dtype: "float32",
    files: Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, sha256(bytes)])),
  };
}

export function modelArchive(files: Record<string, Buffer>, manifest = modelManifest(files)): Buffer {
  const all = { ...files, "manifest.json": Buffer.from(JSON.stringify(manifest)) };
  return archive(Object.entries(all).map(([name, body]) => ({ name, body })));
}

export function embeddingFiles(): Record<string, Buffer> {
  const digests = Array.from({ length: texts }, (_, index) => sha256(String(index)).slice(0, 32)).sort();
  const values = Float32Array.from({ length: texts * dimension }, (_, index) => (index % dimension ? 0 : 1));
  const { embeddingKey } = (runSchema.examples[0] as Run).baseModel;
  return {
    "embeddings.safetensors": safetensors({ embeddings: { shape: [texts, dimension], values } }),
    "embeddings.index.json": Buffer.from(
      JSON.stringify({
        embeddingKey,
        dimension,
        texts: digests.map((text, index) => ({ text, recordIds: [`r-${index}`] })),
      }),
    ),
    "embeddings.sav": Buffer.from("not opened by any code of ours"),
  };
}

/** Puts an execution's artefacts into the store and returns what Promote is called with. */
export async function trained(
  store: ObjectStore,
  name: string,
  champion: Champion | null = null,
  change: { archive?: Buffer; model?: string; embeddings?: Record<string, Buffer> } = {},
): Promise<Promotion> {
  const prefix = `runs/${name}/`;
  const run: Run = {
    ...(runSchema.examples[0] as Run),
    startedAt: new Date().toISOString(),
    execution: name,
    ...(change.model !== undefined && { model: change.model }),
    prefix,
    reason: `why ${name}`,
  };
  const model = change.archive ?? modelArchive(modelFiles(name));
  const modelKey = `${prefix}trials/0/model/t-1/output/model.tar.gz`;
  await store.write(modelKey, model);
  const embeddings = { ...embeddingFiles(), ...change.embeddings };
  for (const [file, bytes] of Object.entries(embeddings))
    await store.write(`${prefix}embeddings/${file}`, bytes);
  await writeJson(store, `${prefix}embeddings/manifest.json`, embeddingsManifestSchema.examples[0]);
  await store.write(`${dataset.prefix}profile.json`, profile);
  await writeJson(store, `${dataset.prefix}labels.json`, labels);
  await writeJson(store, `${run.baseModel.prefix}manifest.json`, baseModelSchema.examples[0]);
  const artifacts: Artifacts = {
    trial: 0,
    model: { key: modelKey, sha256: sha256(model), sizeBytes: model.length },
    embeddings: {
      ...(artifactsSchema.examples[0] as unknown as Artifacts).embeddings,
      prefix: `${prefix}embeddings/`,
      files: Object.fromEntries(Object.entries(embeddings).map(([file, bytes]) => [file, sha256(bytes)])),
      texts,
      dimension,
    },
  };
  const verdict = { key: `${prefix}verdict.json`, accuracy: 0.97, f1: 0.88 };
  const evidence = verdictSchema.examples[0] as unknown as Verdict;
  return { run, dataset, artifacts, champion, verdict, evidence };
}

/** A store that forgets: its writes cost no fsync, which is most of what a promotion of a tiny model takes. */
export function memoryStore(): ObjectStore {
  const objects = new Map<string, Buffer>();
  const bytesOf = (key: string) => {
    const bytes = objects.get(key);
    if (!bytes) throw new ObjectMissing(key);
    return bytes;
  };
  const described = (key: string) => ({ key, sizeBytes: bytesOf(key).length, etag: "1", versionId: "1" });
  return {
    head: async (key) => (objects.has(key) ? described(key) : null),
    read: async (key) => Readable.from([bytesOf(key)]),
    async write(key, body) {
      objects.set(key, body instanceof Readable ? await buffer(body) : Buffer.from(body));
      return described(key);
    },
    async copy(from, to) {
      objects.set(to, bytesOf(from));
      return described(to);
    },
    async *list(prefix) {
      for (const key of [...objects.keys()].sort()) if (key.startsWith(prefix)) yield described(key);
    },
    remove: async (key) => void objects.delete(key),
  };
}

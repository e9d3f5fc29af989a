import { existsSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { BundleManifest, Dataset, ModelManifest } from "../../schemas/types.ts";
import { currentChampion } from "../../tasks/models/champion.ts";
import { promote } from "../../tasks/promote/promotion.ts";
import { labelsReference } from "../../tasks/store/label-set.ts";
import { writeJson } from "../../tasks/store/store.ts";
import { deploy, failure } from "../tasks/deployment.ts";
import { archive, safetensors } from "./archives.ts";
import { dataset as plain, sha256, trained } from "./execution.ts";

let deployment: Awaited<ReturnType<typeof deploy>>;
beforeEach(async () => {
  deployment = await deploy();
});
afterEach(() => deployment.remove());

const labels = ["-1", "5 stars", "ENT - Otolaryngology"];
const values = (count: number) => Float32Array.from({ length: count }, (_, index) => index / 100);
const tensor = (...shape: number[]) => ({ shape, values: values(shape.reduce((all, one) => all * one, 1)) });

const linear = () =>
  safetensors({
    weights: tensor(7, 3),
    buckets: tensor(7),
    rarities: tensor(7),
    scales: tensor(3),
    bias: tensor(3),
  });
const network = (outputs: number) =>
  safetensors({
    "bert.embeddings.word_embeddings.weight": tensor(5, 4),
    "classifier.bias": tensor(outputs),
    "classifier.weight": tensor(outputs, 4),
  });
const config = (more: object = {}) => ({
  problem_type: "multi_label_classification",
  hidden_size: 4,
  vocab_size: 5,
  id2label: { ...labels },
  ...more,
});
const decision = { thresholds: 0.31, temperature: 1.2, reject: null };
const json = (value: object) => Buffer.from(JSON.stringify(value));
const common = { "labels.json": json(labels), "train-documents.txt": Buffer.from("0123456789abcdef\n") };

const files: Record<string, (settings: object, decided: object) => Record<string, Buffer>> = {
  linear: (settings, decided) => ({
    ...common,
    "linear.safetensors": linear(),
    "linear.json": json({ format: 1 }),
    "config.json": json(settings),
    "decision.json": json(decided),
  }),
  frozen: (settings, decided) => ({
    ...common,
    "model.safetensors": network(3),
    "config.json": json(settings),
    "decision.json": json(decided),
  }),
};

/** An execution that trained a model of classes, as Promote gets it. */
async function execution(
  algorithm: "linear" | "frozen",
  change: { config?: object; decision?: object; manifest?: Partial<ModelManifest>; weights?: Buffer } = {},
) {
  const promotion = await trained(deployment.store, "run-1");
  const [trial] = plain.trials;
  const dataset: Dataset = {
    ...plain,
    kind: "multi-label",
    labels: labelsReference(labels),
    trials: [{ ...trial!, algorithm }],
  };
  await writeJson(deployment.store, `${dataset.prefix}labels.json`, labels);
  const inside = files[algorithm]!(config(change.config), change.decision ?? decision);
  if (change.weights)
    inside[algorithm === "linear" ? "linear.safetensors" : "model.safetensors"] = change.weights;
  const manifest: ModelManifest = {
    labels,
    kind: "multi-label",
    algorithm,
    epochs: 3,
    seed: 42,
    trainRows: 10,
    trainTokens: 100,
    steps: 20,
    finalLoss: 0.1,
    ...(algorithm === "linear" ? {} : { lowerCase: true, maxSequenceLength: 128 }),
    baseWeightsSha256: algorithm === "linear" ? null : trial!.baseModel.weightsSha256,
    trainSha256: dataset.train.sha256,
    dtype: "float32",
    files: Object.fromEntries(Object.entries(inside).map(([name, bytes]) => [name, sha256(bytes)])),
    ...change.manifest,
  };
  const all = { ...inside, "manifest.json": json(manifest) };
  const packed = archive(Object.entries(all).map(([name, body]) => ({ name, body })));
  const { artifacts } = promotion;
  await deployment.store.write(artifacts.model.key, packed);
  const model = { ...artifacts.model, sha256: sha256(packed), sizeBytes: packed.length };
  return { ...promotion, dataset, artifacts: { ...artifacts, model } };
}

const promoted = async (...of: Parameters<typeof execution>) => {
  const { store, models } = deployment;
  return promote(await execution(...of), { store, modelsFolder: models, keep: 2 });
};

test.each(["linear", "frozen"] as const)(
  "a %s model of classes is promoted, into a folder of its own",
  async (algorithm) => {
    const { version } = await promoted(algorithm);
    const { models } = deployment;
    const manifest = JSON.parse(
      readFileSync(join(models, "current/manifest.json"), "utf8"),
    ) as BundleManifest;
    expect(manifest).toMatchObject({ version, kind: "multi-label", algorithm, labels });
    expect(Object.keys(manifest.files)).toContain("model/decision.json");
    expect(readlinkSync(join(models, "model"))).toBe("current/model");
    expect(existsSync(join(models, "ner"))).toBe(false);
    expect(await currentChampion(models)).toMatchObject({ kind: "multi-label", labels: { count: 3 } });
  },
);

const refusals: [string, string, Parameters<typeof execution>][] = [
  [
    "softmax where sigmoid is meant",
    "config.json of another kind",
    ["linear", { config: { problem_type: "single_label_classification" } }],
  ],
  [
    "labels in another order",
    "other labels than its manifest",
    ["frozen", { config: { id2label: { ...labels.toReversed() } } }],
  ],
  ["no temperature", "without a temperature", ["frozen", { decision: { ...decision, temperature: 0 } }]],
  [
    "a threshold too few",
    "without thresholds for its labels",
    ["linear", { decision: { ...decision, thresholds: { "-1": 0.5 } } }],
  ],
  [
    "a threshold that is a word",
    "without thresholds for its labels",
    ["linear", { decision: { ...decision, thresholds: "half" } }],
  ],
  [
    "weights of other labels",
    "another shape than its labels",
    ["linear", { weights: safetensors({ weights: tensor(7, 2) }) }],
  ],
  ["a head of other labels", "a head of another shape", ["frozen", { weights: network(7) }]],
  [
    "another algorithm than its trial's",
    "of another algorithm than its trial",
    ["linear", { manifest: { algorithm: "frozen" } }],
  ],
  ["another kind", "of another kind than the export", ["linear", { manifest: { kind: "single-label" } }]],
  [
    "a base model where there is none",
    "grew from another base model",
    ["linear", { manifest: { baseWeightsSha256: "5".repeat(64) } }],
  ],
  ["no decision", "has no usable decision.json", ["linear", {}]],
];
test.each(refusals)("refuses %s: %s", async (what, message, given) => {
  const before = files.linear!;
  if (what === "no decision")
    files.linear = (settings, decided) => {
      const { "decision.json": _, ...rest } = before(settings, decided);
      return rest;
    };
  const refused = await failure(promoted(...given)).finally(() => {
    files.linear = before;
  });
  expect(refused.name).toBe("PromotionFailed");
  expect(refused.message).toContain(message);
});

import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { NamedError } from "../../schemas/errors.ts";
import modelManifestSchema from "../../schemas/model-manifest.schema.json" with { type: "json" };
import type { ModelManifest } from "../../schemas/types.ts";
import { door } from "../door.ts";
import { parseStrictly } from "../formats/strict-json.ts";
import type { BundleFiles } from "../models/bundle.ts";
import { withTensors } from "./safetensors.ts";

// A manifest or a configuration of 129 tags takes a few kilobytes.
const maxJsonBytes = 1024 * 1024;

const checkManifest = door<ModelManifest>(modelManifestSchema, {
  what: "The model's manifest.json",
  name: "PromotionFailed",
});

/** What the execution knows about the model it trained. */
export type ExpectedModel = { labels: string[]; trainSha256: string; baseWeightsSha256: string };

/**
 * The load half of the smoke test, without Python: the archive is complete and unchanged, is this execution's, and its
 * weights fit its configuration. The predict half has run already: Evaluate tagged every test row with these very bytes,
 * which the SHA-256 in the verdict proves.
 *
 * Throws PromotionFailed.
 */
export async function checkModel(
  folder: string,
  files: BundleFiles,
  expected: ExpectedModel,
): Promise<ModelManifest> {
  const manifest = checkManifest(await readObject(folder, "manifest.json"));
  const { "manifest.json": _, ...others } = files;
  refuseUnless(sameKeys(others, manifest.files), "has files that its manifest does not list, or lacks some");
  for (const [name, sha256] of Object.entries(manifest.files))
    refuseUnless(others[name]?.sha256 === sha256, "has a file that its manifest does not describe");
  refuseUnless(isSame(manifest.labels, expected.labels), "has other labels than the dataset");
  const tags = ["O", ...manifest.labels.flatMap((label) => [`B-${label}`, `I-${label}`])];
  refuseUnless(isSame(manifest.tags ?? [], tags), "has tags that are not those of its labels");
  refuseUnless(manifest.trainSha256 === expected.trainSha256, "was trained on other rows than this run's");
  refuseUnless(manifest.baseWeightsSha256 === expected.baseWeightsSha256, "grew from another base model");
  await checkWeights(folder, tags);
  return manifest;
}

async function checkWeights(folder: string, tags: string[]): Promise<void> {
  const config = await readObject(folder, "config.json");
  const { hidden_size: hidden, vocab_size: vocabulary, id2label } = config;
  refuseUnless(typeof hidden === "number" && typeof vocabulary === "number", "has an incomplete config.json");
  refuseUnless(
    typeof id2label === "object" &&
      id2label !== null &&
      sameKeys(id2label, tags) &&
      tags.every((tag, index) => (id2label as Record<string, unknown>)[String(index)] === tag),
    "has a config.json with other tags than its manifest",
  );
  await withTensors(join(folder, "model.safetensors"), "model.safetensors", async (tensors) => {
    const shapeOf = (name: string) => tensors.get(name)?.shape ?? [];
    const outputs = tags.length;
    refuseUnless(isSame(shapeOf("classifier.weight"), [outputs, hidden]), "has a head of another shape");
    refuseUnless(isSame(shapeOf("classifier.bias"), [outputs]), "has a head of another shape");
    const words = [...tensors.keys()].find((name) => name.endsWith("embeddings.word_embeddings.weight"));
    refuseUnless(
      words !== undefined && isSame(shapeOf(words), [vocabulary, hidden]),
      "has word embeddings of another shape than its config.json says",
    );
  });
}

async function readObject(folder: string, name: string): Promise<Record<string, unknown>> {
  const path = join(folder, name);
  const found = await stat(path).catch(() => null);
  refuseUnless(found !== null && found.size <= maxJsonBytes, `has no usable ${name}`);
  try {
    const value = parseStrictly(await readFile(path, "utf8"));
    refuseUnless(typeof value === "object" && value !== null, `has a ${name} that is not an object`);
    return value as Record<string, unknown>;
  } catch (error) {
    if (error instanceof SyntaxError)
      throw new NamedError("PromotionFailed", `The model's ${name} ${error.message}.`);
    throw error;
  }
}

function sameKeys(a: object, b: object): boolean {
  return isSame(Object.keys(a).sort(), Object.keys(b).sort());
}

function isSame(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index]);
}

function refuseUnless(condition: boolean, problem: string): asserts condition {
  if (!condition) throw new NamedError("PromotionFailed", `The model ${problem}.`);
}

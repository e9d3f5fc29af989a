// What a model's files must be, by kind and algorithm: that its weights fit its configuration, and both its labels.
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Algorithm } from "../../schemas/tables/algorithms.ts";
import { NamedError } from "../../schemas/tables/errors.ts";
import type { Kind, ModelManifest } from "../../schemas/types.ts";
import { parseStrictly } from "../formats/strict-json.ts";
import { withTensors } from "./safetensors.ts";

// A configuration with 1,000 long names, twice and escaped, has a few megabytes.
const maxJsonBytes = 8 * 1024 * 1024;

type Check = (folder: string, manifest: ModelManifest) => Promise<void>;

/** Throws PromotionFailed. */
export const checkFiles: Record<Kind, Partial<Record<Algorithm, Check>>> = {
  keyphrases: { transformer: checkTagger },
  "single-label": classifiers("single_label_classification"),
  "multi-label": classifiers("multi_label_classification"),
};

async function checkTagger(folder: string, manifest: ModelManifest): Promise<void> {
  const tags = ["O", ...manifest.labels.flatMap((label) => [`B-${label}`, `I-${label}`])];
  refuseUnless(isSame(manifest.tags ?? [], tags), "has tags that are not those of its labels");
  const config = await readObject(folder, "config.json");
  refuseUnless(isNumbered(config.id2label, tags), "has a config.json with other tags than its manifest");
  await checkNetwork(folder, config, tags.length, manifest);
}

function classifiers(problemType: string): Record<Algorithm, Check> {
  const checked =
    (
      checkWeights: (
        folder: string,
        config: Record<string, unknown>,
        labels: number,
        manifest: ModelManifest,
      ) => Promise<void>,
    ): Check =>
    async (folder, manifest) => {
      const { labels } = manifest;
      const config = await readObject(folder, "config.json");
      // Sigmoid or softmax: a reader goes by this alone.
      refuseUnless(config.problem_type === problemType, "has a config.json of another kind");
      refuseUnless(
        isNumbered(config.id2label, labels),
        "has a config.json with other labels than its manifest",
      );
      checkDecision(await readObject(folder, "decision.json"), labels);
      await checkWeights(folder, config, labels.length, manifest);
    };
  return { linear: checked(checkLinear), frozen: checked(checkNetwork), transformer: checked(checkNetwork) };
}

function checkDecision({ thresholds, temperature }: Record<string, unknown>, labels: readonly string[]) {
  refuseUnless(
    typeof temperature === "number" && Number.isFinite(temperature) && temperature > 0,
    "has a decision.json without a temperature",
  );
  const byLabel = typeof thresholds === "object" && thresholds !== null ? thresholds : null;
  refuseUnless(
    byLabel
      ? isSame(Object.keys(byLabel).sort(), [...labels].sort()) &&
          Object.values(byLabel).every(Number.isFinite)
      : Number.isFinite(thresholds),
    "has a decision.json without thresholds for its labels",
  );
}

async function checkLinear(folder: string, _: unknown, labels: number): Promise<void> {
  await readObject(folder, "linear.json");
  await withTensors(join(folder, "linear.safetensors"), "linear.safetensors", async (tensors) => {
    const shapeOf = (name: string) => tensors.get(name)?.shape ?? [];
    const [features] = shapeOf("weights");
    refuseUnless(
      features !== undefined && isSame(shapeOf("weights"), [features, labels]),
      "has weights of another shape than its labels",
    );
    for (const [name, length] of Object.entries({
      buckets: features,
      rarities: features,
      scales: labels,
      bias: labels,
    }))
      refuseUnless(isSame(shapeOf(name), [length]), `has ${name} of another shape than its weights`);
  });
}

/** A transformer with a head of so many outputs. */
async function checkNetwork(
  folder: string,
  config: Record<string, unknown>,
  outputs: number,
  { lowerCase, maxSequenceLength }: ModelManifest,
): Promise<void> {
  refuseUnless(
    lowerCase !== undefined && maxSequenceLength !== undefined,
    "has a manifest that does not say how it reads a text",
  );
  const { hidden_size: hidden, vocab_size: vocabulary } = config;
  refuseUnless(typeof hidden === "number" && typeof vocabulary === "number", "has an incomplete config.json");
  await withTensors(join(folder, "model.safetensors"), "model.safetensors", async (tensors) => {
    const shapeOf = (name: string) => tensors.get(name)?.shape ?? [];
    refuseUnless(isSame(shapeOf("classifier.weight"), [outputs, hidden]), "has a head of another shape");
    refuseUnless(isSame(shapeOf("classifier.bias"), [outputs]), "has a head of another shape");
    const words = [...tensors.keys()].find((name) => name.endsWith("embeddings.word_embeddings.weight"));
    refuseUnless(
      words !== undefined && isSame(shapeOf(words), [vocabulary, hidden]),
      "has word embeddings of another shape than its config.json says",
    );
  });
}

export async function readObject(folder: string, name: string): Promise<Record<string, unknown>> {
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

/** Whether `id2label` numbers exactly these names, in this order. */
function isNumbered(id2label: unknown, names: readonly string[]): boolean {
  if (typeof id2label !== "object" || id2label === null) return false;
  const numbered = id2label as Record<string, unknown>;
  return (
    Object.keys(numbered).length === names.length &&
    names.every((name, index) => numbered[String(index)] === name)
  );
}

export function isSame(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index]);
}

export function refuseUnless(condition: boolean, problem: string): asserts condition {
  if (!condition) throw new NamedError("PromotionFailed", `The model ${problem}.`);
}

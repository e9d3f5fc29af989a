import { join } from "node:path";
import { NamedError } from "../../schemas/tables/errors.ts";
import { readIndex } from "./index-reader.ts";
import { bytesAt, withTensors } from "./safetensors.ts";

// Spread over the file; every one is checked in full.
const sampledVectors = 16;
// float32 sums of a few hundred squares err by less than a millionth; bf16 vectors of length 1 by a hundredth.
const normTolerance = 0.02;

/** What the execution knows about the embeddings that it made. */
export type ExpectedEmbeddings = {
  embeddingKey: string;
  texts: number;
  dimension: number;
  normalize: boolean;
};

/**
 * Checks that the embeddings can be read and fit their index: a row a text, in the order of the digests, of the stated
 * dimension, and sampled vectors are finite, not zero, and of length 1 where the base model normalises.
 * `embeddings.sav` is bound by its SHA-256 alone: no code of ours unpickles.
 *
 * Throws PromotionFailed.
 */
export async function checkEmbeddings(folder: string, expected: ExpectedEmbeddings): Promise<void> {
  const { texts, dimension } = expected;
  await checkIndex(join(folder, "embeddings.index.json"), expected);
  await withTensors(
    join(folder, "embeddings.safetensors"),
    "embeddings.safetensors",
    async (tensors, file) => {
      const vectors = tensors.get("embeddings");
      refuseUnless(
        vectors?.dtype === "F32" && vectors.shape[0] === texts && vectors.shape[1] === dimension,
        "are not one float32 vector a text",
      );
      const stride = Math.max(1, Math.floor(texts / sampledVectors));
      for (let row = 0; row < texts; row += stride) {
        const view = await bytesAt(file, vectors.begin + row * dimension * 4, dimension * 4);
        let squares = 0;
        for (let at = 0; at < dimension * 4; at += 4) squares += view.getFloat32(at, true) ** 2;
        const length = Math.sqrt(squares);
        refuseUnless(Number.isFinite(length) && length > 0, "hold a vector without a direction");
        refuseUnless(
          !expected.normalize || Math.abs(length - 1) <= normTolerance,
          "hold a vector that is not of length 1, as the base model's are",
        );
      }
    },
  );
}

async function checkIndex(path: string, expected: ExpectedEmbeddings): Promise<void> {
  let before = "";
  let count = 0;
  const checkText = (entry: unknown) => {
    const { text, recordIds } = (entry ?? {}) as { text?: unknown; recordIds?: unknown };
    refuseUnless(
      typeof text === "string" && /^[0-9a-f]{32}$/.test(text),
      "have an index with a damaged entry",
    );
    refuseUnless(text > before, "have an index that is not sorted, or holds a text twice");
    refuseUnless(
      Array.isArray(recordIds) && recordIds.length > 0 && recordIds.every((id) => typeof id === "string"),
      "have an index with a text of no record",
    );
    before = text;
    count++;
  };
  const index = await readIndex(path, checkText).catch((error: unknown) => {
    if (!(error instanceof SyntaxError)) throw error;
    throw new NamedError("PromotionFailed", "The embeddings have an index that is not a JSON object.");
  });
  refuseUnless(index.embeddingKey === expected.embeddingKey, "are of another base model or pooling");
  refuseUnless(index.dimension === expected.dimension, "have an index of another dimension");
  refuseUnless(count === expected.texts, "have an index of another length");
}

function refuseUnless(condition: boolean, problem: string): asserts condition {
  if (!condition) throw new NamedError("PromotionFailed", `The embeddings ${problem}.`);
}

import { type Bundle, ModelsError } from "./bundle.ts";
import { numbersOf, tensorsOf } from "./tensors.ts";

/** The export of the bundle had no such record. The message does not repeat the id: whoever asked has it. */
export class UnknownRecord extends Error {
  override name = "UnknownRecord";
}

export type Neighbour = {
  /** More than one where records share their text. */
  recordIds: string[];
  /** Cosine, from -1 to 1. */
  similarity: number;
};

/** The exported notes as vectors: which past notes are like this one. A row a distinct text. */
export type Notes = {
  /** Names the base model and pooling: only their vectors may be compared. */
  embeddingKey: string;
  dimension: number;
  /** A record's vector, of length 1. Throws UnknownRecord when the export had none of this id. */
  vector(recordId: string): Float32Array;
  /** The `count` texts that are most like `vector` (of any length but 0), the most similar first. */
  nearest(vector: ArrayLike<number>, count: number): Neighbour[];
};

type Index = { embeddingKey: string; dimension: number; texts: { text: string; recordIds: string[] }[] };

/** Throws as {@link Bundle.read}. */
export async function readNotes(bundle: Bundle): Promise<Notes> {
  const { embeddingKey, dimension, texts } = (await bundle.readJson("embeddings.index.json")) as Index;
  const tensors = tensorsOf(await bundle.read("embeddings.safetensors"));
  const vectors = numbersOf(tensors, "embeddings", "F32", [texts.length, dimension]);
  if (!vectors)
    throw new ModelsError(`The bundle ${bundle.version} has embeddings that do not fit their index.`);
  const rowAt = (row: number) => vectors.subarray(row * dimension, (row + 1) * dimension);
  const rowOf = new Map<string, number>();
  for (const [row, { recordIds }] of texts.entries()) {
    toLength1(rowAt(row));
    for (const record of recordIds) rowOf.set(record, row);
  }
  return {
    embeddingKey,
    dimension,
    vector(recordId) {
      const row = rowOf.get(recordId);
      if (row === undefined) throw new UnknownRecord(`The export of ${bundle.version} had no such record.`);
      return rowAt(row);
    },
    nearest(vector, count) {
      if (vector.length !== dimension) throw new RangeError(`Expected a vector of ${dimension} numbers.`);
      const wanted = toLength1(Float32Array.from(vector));
      const similarities = new Float32Array(texts.length);
      for (let row = 0, at = 0; row < texts.length; row++) {
        let sum = 0;
        for (let column = 0; column < dimension; column++) sum += vectors[at++]! * wanted[column]!;
        similarities[row] = sum;
      }
      return highest(similarities, count).map((row) => ({
        recordIds: texts[row]!.recordIds,
        similarity: similarities[row]!,
      }));
    },
  };
}

/** In place. */
function toLength1(vector: Float32Array): Float32Array {
  let squares = 0;
  for (const value of vector) squares += value * value;
  const length = Math.sqrt(squares);
  if (length > 0) for (let index = 0; index < vector.length; index++) vector[index]! /= length;
  return vector;
}

/** The places of the `count` highest values, highest first, equal ones in their order. */
function highest(values: Float32Array, count: number): number[] {
  const best: number[] = [];
  for (let place = 0; place < values.length; place++) {
    if (best.length === count && !(values[place]! > values[best[count - 1]!]!)) continue;
    let at = best.length;
    while (at > 0 && values[place]! > values[best[at - 1]!]!) at--;
    best.splice(at, 0, place);
    if (best.length > count) best.pop();
  }
  return best;
}

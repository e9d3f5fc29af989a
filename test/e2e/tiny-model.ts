import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createRandom } from "../../samples/random.ts";

const hiddenSize = 64;
const positions = 512;

/**
 * Writes a BERT of one layer with random weights in the Hugging Face layout: learns the sample notes by heart in
 * seconds, so that whole runs can be tested.
 */
export function writeTinyModel(folder: string, texts: readonly string[]): void {
  const vocabulary = vocabularyOf(texts);
  const config = {
    architectures: ["BertModel"],
    model_type: "bert",
    hidden_size: hiddenSize,
    num_hidden_layers: 1,
    num_attention_heads: 2,
    intermediate_size: 2 * hiddenSize,
    hidden_act: "gelu",
    max_position_embeddings: positions,
    type_vocab_size: 2,
    vocab_size: vocabulary.length,
    layer_norm_eps: 1e-12,
    hidden_dropout_prob: 0.1,
    attention_probs_dropout_prob: 0.1,
    pad_token_id: 0,
  };
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "config.json"), JSON.stringify(config));
  writeFileSync(join(folder, "vocab.txt"), `${vocabulary.join("\n")}\n`);
  writeFileSync(join(folder, "tokenizer_config.json"), JSON.stringify({ do_lower_case: true }));
  writeFileSync(join(folder, "model.safetensors"), safetensors(shapes(vocabulary.length)));
}

/** Special tokens, characters alone and as word ends, and the most frequent words. */
function vocabularyOf(texts: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const word of texts
    .join(" ")
    .toLowerCase()
    .match(/[a-z]+/g) ?? [])
    counts.set(word, (counts.get(word) ?? 0) + 1);
  const words = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).map(([word]) => word);
  const characters = [..."abcdefghijklmnopqrstuvwxyz0123456789.,:;-/()%'+&#?"];
  const pieces = [...characters, ...characters.map((character) => `##${character}`)];
  return [...new Set(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ...pieces, ...words.slice(0, 1500)])];
}

function shapes(vocabularySize: number): [name: string, shape: number[]][] {
  const layer = "encoder.layer.0";
  const dense = (name: string, from: number, to: number): [string, number[]][] => [
    [`${name}.weight`, [to, from]],
    [`${name}.bias`, [to]],
  ];
  const norm = (name: string): [string, number[]][] => [
    [`${name}.weight`, [hiddenSize]],
    [`${name}.bias`, [hiddenSize]],
  ];
  return [
    ["embeddings.word_embeddings.weight", [vocabularySize, hiddenSize]],
    ["embeddings.position_embeddings.weight", [positions, hiddenSize]],
    ["embeddings.token_type_embeddings.weight", [2, hiddenSize]],
    ...norm("embeddings.LayerNorm"),
    ...["query", "key", "value"].flatMap((part) =>
      dense(`${layer}.attention.self.${part}`, hiddenSize, hiddenSize),
    ),
    ...dense(`${layer}.attention.output.dense`, hiddenSize, hiddenSize),
    ...norm(`${layer}.attention.output.LayerNorm`),
    ...dense(`${layer}.intermediate.dense`, hiddenSize, 2 * hiddenSize),
    ...dense(`${layer}.output.dense`, 2 * hiddenSize, hiddenSize),
    ...norm(`${layer}.output.LayerNorm`),
  ];
}

/** Layer norms begin as the identity, biases at 0, everything else small and random, always the same. */
function safetensors(tensors: [name: string, shape: number[]][]): Buffer {
  const random = createRandom("tiny model");
  const header: Record<string, unknown> = { __metadata__: { format: "pt" } };
  const parts: Buffer[] = [];
  let offset = 0;
  for (const [name, shape] of tensors) {
    const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
    if (name.endsWith("LayerNorm.weight")) values.fill(1);
    else if (!name.endsWith("bias"))
      for (let index = 0; index < values.length; index++) values[index] = (random.number() - 0.5) * 0.14;
    const bytes = Buffer.from(values.buffer);
    header[name] = { dtype: "F32", shape, data_offsets: [offset, offset + bytes.length] };
    offset += bytes.length;
    parts.push(bytes);
  }
  // The data begins at a multiple of eight.
  const text = JSON.stringify(header);
  const padded = Buffer.from(text.padEnd(Math.ceil(text.length / 8) * 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  return Buffer.concat([length, padded, ...parts]);
}

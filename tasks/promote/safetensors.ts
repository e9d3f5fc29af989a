import { type FileHandle, open } from "node:fs/promises";
import { NamedError } from "../../schemas/tables/errors.ts";
import { headerLength, parseHeader, type Refuse, type Tensor } from "../formats/safetensors-header.ts";

// By the format's names. Other types have no place in a model or in embeddings of ours. A float is finite unless all bits
// of its exponent are set. The format is little-endian, and so is every machine that Node.js and PyTorch run on here.
const floats = new Map([
  ["F32", { words: Uint32Array, exponent: 0x7f800000 }],
  ["F16", { words: Uint16Array, exponent: 0x7c00 }],
  ["BF16", { words: Uint16Array, exponent: 0x7f80 }],
]);
const integers = new Map([
  ["I64", 8],
  ["I32", 4],
  ["I16", 2],
  ["U8", 1],
  ["BOOL", 1],
]);

// A multiple of every float's size, small enough to stay in a core's cache.
const blockBytes = 64 * 1024;

/**
 * Opens a .safetensors file and checks all that its header can tell without its model: it parses, every tensor has as many
 * bytes as its type and shape say, and the tensors fill the file without gap or overlap. Calls `use` with the tensors by
 * name and the open file. {@link finiteOnly} has seen the numbers when they were written.
 *
 * Throws PromotionFailed that names the file's role (`what`) and the rule. File-system errors pass.
 */
export async function withTensors<T>(
  path: string,
  what: string,
  use: (tensors: Map<string, Tensor>, file: FileHandle) => Promise<T>,
): Promise<T> {
  const refuse = refusalOf(what);
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    const length = headerLength(await bufferAt(file, 0, Math.min(size, 8)), refuse);
    if (8 + length > size) throw refuse("has no header");
    const tensors = parseHeader(await bufferAt(file, 8, length), refuse);
    if (layOut(tensors, 8 + length, refuse).end !== size) throw refuse(wrongEnd);
    return await use(tensors, file);
  } finally {
    await file.close();
  }
}

/**
 * Passes a .safetensors file's chunks on and looks at every float among them: a training that diverges fills some tensors
 * with NaN, a damaged base model has one somewhere. On the way to the disk that costs a tenth of a second for BERT-base,
 * and no second reading of a network file system.
 *
 * Throws as {@link withTensors}.
 */
export async function* finiteOnly(chunks: AsyncIterable<Buffer>, what: string): AsyncGenerator<Buffer> {
  const refuse = refusalOf(what);
  let head: Buffer | null = Buffer.alloc(0); // until the header is whole
  let position = 0; // of the chunk's first byte
  let waiting: Tensor[] = []; // in the file's order, the first one is being read
  let look: ((bytes: Buffer) => boolean) | null = null; // at the numbers of the first one
  for await (const chunk of chunks) {
    let bytes = chunk;
    if (head) {
      head = Buffer.concat([head, chunk]);
      const length = head.length < 8 ? Number.POSITIVE_INFINITY : headerLength(head, refuse);
      if (head.length >= 8 + length) {
        const tensors = parseHeader(head.subarray(8, 8 + length), refuse);
        waiting = layOut(tensors, 8 + length, refuse).ordered;
        bytes = head.subarray(8 + length);
        position = 8 + length;
        head = null;
      }
    }
    while (!head && bytes.length > 0 && waiting[0]) {
      const { dtype, end } = waiting[0];
      look ??= finiteLook(dtype);
      const part = bytes.subarray(0, end - position);
      if (!look(part)) throw refuse("holds numbers that are not finite");
      position += part.length;
      bytes = bytes.subarray(part.length);
      if (position === end) {
        waiting.shift();
        look = null;
      }
    }
    yield chunk;
  }
}

/** Looks at one tensor's numbers as they come, in parts of any length. */
function finiteLook(dtype: string): (part: Buffer) => boolean {
  const kind = floats.get(dtype);
  if (!kind) return () => true;
  const { exponent } = kind;
  const block = new Uint8Array(blockBytes);
  const words = new kind.words(block.buffer);
  let filled = 0;
  return (part) => {
    for (let at = 0; at < part.length; ) {
      // Copied, because a chunk may begin anywhere in memory and end in the middle of a number.
      const copied = part.subarray(at, at + blockBytes - filled);
      block.set(copied, filled);
      at += copied.length;
      filled += copied.length;
      const whole = Math.floor(filled / words.BYTES_PER_ELEMENT);
      for (let word = 0; word < whole; word++) if ((words[word]! & exponent) === exponent) return false;
      block.copyWithin(0, whole * words.BYTES_PER_ELEMENT, filled);
      filled -= whole * words.BYTES_PER_ELEMENT;
    }
    return true;
  };
}

function refusalOf(what: string): Refuse {
  return (problem) => new NamedError("PromotionFailed", `${what} ${problem}.`);
}

const wrongEnd = "is cut off or has bytes after its tensors";

/** The tensors in the file's order, none empty, and where the last one ends. */
function layOut(
  tensors: Map<string, Tensor>,
  dataStart: number,
  refuse: Refuse,
): { ordered: Tensor[]; end: number } {
  const ordered = [...tensors.values()].sort((a, b) => a.begin - b.begin || a.end - b.end);
  let end = dataStart;
  for (const tensor of ordered) {
    const bytes = floats.get(tensor.dtype)?.words.BYTES_PER_ELEMENT ?? integers.get(tensor.dtype);
    if (bytes === undefined) throw refuse("holds a tensor of an unexpected type");
    const length = tensor.shape.reduce((product, dimension) => product * dimension, bytes);
    if (tensor.end - tensor.begin !== length) throw refuse("holds a tensor whose size is not its shape's");
    if (tensor.begin !== end) throw refuse("holds tensors with a gap or an overlap between them");
    end = tensor.end;
  }
  return { ordered: ordered.filter((tensor) => tensor.end > tensor.begin), end };
}

const bufferAt = async (file: FileHandle, from: number, length: number) =>
  Buffer.from((await bytesAt(file, from, length)).buffer);

/** Throws its own Error when the file ends before. */
export async function bytesAt(file: FileHandle, from: number, length: number): Promise<DataView> {
  const bytes = new Uint8Array(length);
  const { bytesRead } = await file.read(bytes, 0, length, from);
  if (bytesRead !== length) throw new Error("The file became shorter while it was read.");
  return new DataView(bytes.buffer);
}

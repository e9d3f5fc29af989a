import { type FileHandle, open } from "node:fs/promises";
import { NamedError } from "../../schemas/errors.ts";
import { parseStrictly } from "../strict-json.ts";

/** Where a tensor lies: offsets count from the beginning of the file, `end` exclusive. */
export type Tensor = { dtype: string; shape: number[]; begin: number; end: number };

// BERT's header takes 30 KB; the format's own limit is 100 MB.
const maxHeaderBytes = 10 * 1024 * 1024;

type Float = { bytes: number; isFinite: (bytes: DataView, at: number) => boolean };

// By the format's names. Other types have no place in a model or in embeddings of ours.
const floats = new Map<string, Float>([
  // A float is finite unless all bits of its exponent are set.
  ["F32", { bytes: 4, isFinite: (view, at) => (view.getUint32(at, true) & 0x7f800000) !== 0x7f800000 }],
  ["F16", { bytes: 2, isFinite: (view, at) => (view.getUint16(at, true) & 0x7c00) !== 0x7c00 }],
  ["BF16", { bytes: 2, isFinite: (view, at) => (view.getUint16(at, true) & 0x7f80) !== 0x7f80 }],
]);
const integers = new Map([
  ["I64", 8],
  ["I32", 4],
  ["U8", 1],
  ["BOOL", 1],
]);

// From each end of every tensor: enough to see a diverged training, which fills tensors with NaN.
const sampledBytes = 4096;

/**
 * Opens a .safetensors file and checks all that can be checked without its model: the header parses, every tensor has as
 * many bytes as its type and shape say, the tensors fill the file without gap or overlap, and floats at both ends of
 * each are finite. Calls `use` with the tensors by name and the open file.
 *
 * Throws PromotionFailed that names the file's role (`what`) and the rule. File-system errors pass.
 */
export async function withTensors<T>(
  path: string,
  what: string,
  use: (tensors: Map<string, Tensor>, file: FileHandle) => Promise<T>,
): Promise<T> {
  const refuse = (problem: string) => new NamedError("PromotionFailed", `${what} ${problem}.`);
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    const length = size < 8 ? 0 : Number((await bytesAt(file, 0, 8)).getBigUint64(0, true));
    if (length < 2 || length > maxHeaderBytes || 8 + length > size) throw refuse("has no header");
    const header = Buffer.from((await bytesAt(file, 8, length)).buffer).toString("utf8");
    const tensors = parseHeader(header, 8 + length, refuse);
    checkLayout(tensors, 8 + length, size, refuse);
    for (const tensor of tensors.values())
      if (!(await endsAreFinite(file, tensor))) throw refuse("holds numbers that are not finite");
    return await use(tensors, file);
  } finally {
    await file.close();
  }
}

function parseHeader(
  text: string,
  dataStart: number,
  refuse: (problem: string) => Error,
): Map<string, Tensor> {
  let header: unknown;
  try {
    header = parseStrictly(text);
  } catch {
    throw refuse("has a header that is not JSON");
  }
  if (!isObject(header)) throw refuse("has a header that is not an object");
  const tensors = new Map<string, Tensor>();
  for (const [name, entry] of Object.entries(header)) {
    if (name === "__metadata__") continue;
    const { dtype, shape, data_offsets: offsets } = isObject(entry) ? entry : {};
    if (typeof dtype !== "string" || !isCounts(shape) || !isCounts(offsets) || offsets.length !== 2)
      throw refuse("has a header with a damaged entry");
    tensors.set(name, { dtype, shape, begin: dataStart + offsets[0]!, end: dataStart + offsets[1]! });
  }
  if (tensors.size === 0) throw refuse("holds no tensor");
  return tensors;
}

function checkLayout(
  tensors: Map<string, Tensor>,
  dataStart: number,
  size: number,
  refuse: (problem: string) => Error,
): void {
  let expected = dataStart;
  for (const tensor of [...tensors.values()].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    const bytes = floats.get(tensor.dtype)?.bytes ?? integers.get(tensor.dtype);
    if (bytes === undefined) throw refuse("holds a tensor of an unexpected type");
    const length = tensor.shape.reduce((product, dimension) => product * dimension, bytes);
    if (tensor.end - tensor.begin !== length) throw refuse("holds a tensor whose size is not its shape's");
    if (tensor.begin !== expected) throw refuse("holds tensors with a gap or an overlap between them");
    expected = tensor.end;
  }
  if (expected !== size) throw refuse("is cut off or has bytes after its tensors");
}

async function endsAreFinite(file: FileHandle, tensor: Tensor): Promise<boolean> {
  const kind = floats.get(tensor.dtype);
  if (!kind) return true;
  const length = Math.min(sampledBytes, tensor.end - tensor.begin);
  for (const from of new Set([tensor.begin, tensor.end - length])) {
    const view = await bytesAt(file, from, length);
    for (let at = 0; at < length; at += kind.bytes) if (!kind.isFinite(view, at)) return false;
  }
  return true;
}

/** Throws an Error of its own when the file ends before. */
export async function bytesAt(file: FileHandle, from: number, length: number): Promise<DataView> {
  const bytes = new Uint8Array(length);
  const { bytesRead } = await file.read(bytes, 0, length, from);
  if (bytesRead !== length) throw new Error("The file became shorter while it was read.");
  return new DataView(bytes.buffer);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}

import { parseStrictly } from "./strict-json.ts";

/** Where a tensor lies: offsets count from the beginning of the file, `end` exclusive. */
export type Tensor = { dtype: string; shape: number[]; begin: number; end: number };

/** Makes an error of what is wrong with a file: "has no header". */
export type Refuse = (problem: string) => Error;

// BERT's header takes 30 KB; the format's own limit is 100 MB.
const maxHeaderBytes = 10 * 1024 * 1024;

/** How long the header is that the file's first 8 bytes announce. Throws what `refuse` makes. */
export function headerLength(start: Buffer, refuse: Refuse): number {
  const length = start.length < 8 ? 0 : Number(start.readBigUInt64LE());
  if (length < 2 || length > maxHeaderBytes) throw refuse("has no header");
  return length;
}

/** The tensors by name, at least one. Throws what `refuse` makes. */
export function parseHeader(header: Buffer, refuse: Refuse): Map<string, Tensor> {
  let described: unknown;
  try {
    described = parseStrictly(header.toString("utf8"));
  } catch {
    throw refuse("has a header that is not JSON");
  }
  if (!isObject(described)) throw refuse("has a header that is not an object");
  const dataStart = 8 + header.length;
  const tensors = new Map<string, Tensor>();
  for (const [name, entry] of Object.entries(described)) {
    if (name === "__metadata__") continue;
    const { dtype, shape, data_offsets: offsets } = isObject(entry) ? entry : {};
    if (typeof dtype !== "string" || !isCounts(shape) || !isCounts(offsets) || offsets.length !== 2)
      throw refuse("has a header with a damaged entry");
    tensors.set(name, { dtype, shape, begin: dataStart + offsets[0]!, end: dataStart + offsets[1]! });
  }
  if (tensors.size === 0) throw refuse("holds no tensor");
  return tensors;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}

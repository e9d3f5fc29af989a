export type Tensor = { dtype: string; shape: number[]; bytes: Uint8Array };

/** The tensors of a .safetensors file by name, each a copy; null when the file is not one. */
export function tensorsOf(file: Buffer): Map<string, Tensor> | null {
  try {
    const start = 8 + Number(file.readBigUInt64LE(0));
    const header = JSON.parse(file.toString("utf8", 8, start)) as Record<string, Entry>;
    delete header.__metadata__;
    return new Map(
      Object.entries(header).map(([name, { dtype, shape, data_offsets }]) => {
        const [begin, end] = data_offsets;
        if (start + end > file.length) throw new RangeError("The file ends early.");
        // The place of numbers in memory must be a multiple of their size: a copy is, whatever the header's length.
        return [name, { dtype, shape, bytes: new Uint8Array(file.subarray(start + begin, start + end)) }];
      }),
    );
  } catch {
    return null;
  }
}

type Entry = { dtype: string; shape: number[]; data_offsets: [number, number] };

const arrays = { F32: Float32Array, I32: Int32Array, I16: Int16Array };
type Dtype = keyof typeof arrays;

/** A tensor's numbers; null when there is none of that name, type and shape. */
export function numbersOf<D extends Dtype>(
  tensors: Map<string, Tensor> | null,
  name: string,
  dtype: D,
  shape: number[],
): InstanceType<(typeof arrays)[D]> | null {
  const tensor = tensors?.get(name);
  if (tensor?.dtype !== dtype || tensor.shape.join() !== shape.join()) return null;
  const { BYTES_PER_ELEMENT } = arrays[dtype];
  if (tensor.bytes.length !== BYTES_PER_ELEMENT * shape.reduce((product, size) => product * size, 1))
    return null;
  return new arrays[dtype](tensor.bytes.buffer as ArrayBuffer) as InstanceType<(typeof arrays)[D]>;
}

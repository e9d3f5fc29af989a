import fc from "fast-check";
import { expect, test } from "vitest";
import { finiteOnly } from "../../tasks/promote/safetensors.ts";
import { failure } from "../tasks/deployment.ts";
import { withHeader } from "./archives.ts";

// One number that is none, by its bits, of each type: NaN, and both infinities.
const notFinite = {
  F32: [0x7fc00000, 0xffc00001, 0x7f800000, 0xff800000],
  F16: [0x7e00, 0xfe01, 0x7c00, 0xfc00],
  BF16: [0x7fc0, 0xffc1, 0x7f80, 0xff80],
};
type Dtype = keyof typeof notFinite | "I64" | "I16" | "U8";
const bytesOf: Record<Dtype, number> = { F32: 4, F16: 2, BF16: 2, I64: 8, I16: 2, U8: 1 };

/** Numbers of random bits, where those of floats are finite: the top bit of the exponent is 0. */
function tensorBytes(dtype: Dtype, count: number, salt: number): Buffer {
  const bytes = Buffer.alloc(count * bytesOf[dtype]);
  for (let at = 0, state = salt; at < bytes.length; at++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[at] = state >>> 24;
    if (dtype in notFinite && at % bytesOf[dtype] === bytesOf[dtype] - 1) bytes[at]! &= 0xbf;
  }
  return bytes;
}

const tensor = fc.record({
  dtype: fc.constantFrom<Dtype>("F32", "F16", "BF16", "I64", "I16", "U8"),
  count: fc.oneof(fc.nat(40), fc.nat(40_000)),
  salt: fc.nat(),
});

function fileOf(tensors: { dtype: Dtype; bytes: Buffer }[]): Buffer {
  let end = 0;
  const header = tensors.map(({ dtype, bytes }, index) => {
    const shape = [bytes.length / bytesOf[dtype]];
    const begin = end;
    end += bytes.length;
    return [`t${index}`, { dtype, shape, data_offsets: [begin, end] }];
  });
  return withHeader(
    JSON.stringify(Object.fromEntries(header)),
    Buffer.concat(tensors.map(({ bytes }) => bytes)),
  );
}

async function* cut(file: Buffer, lengths: number[]): AsyncGenerator<Buffer> {
  for (let at = 0, turn = 0; at < file.length; turn++) {
    // A copy at an odd place, since a chunk may begin anywhere in memory.
    const part = file.subarray(at, at + lengths[turn % lengths.length]!);
    const memory = Buffer.alloc(part.length + 3);
    part.copy(memory, 3);
    yield memory.subarray(3);
    at += part.length;
  }
}

async function passed(file: Buffer, lengths: number[]): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of finiteOnly(cut(file, lengths), "model.safetensors")) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const chunkLengths = fc.array(
  fc.oneof(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 200_000 })),
  {
    minLength: 1,
    maxLength: 4,
  },
);

test("weights pass unchanged, however they are cut, and one number that is none is found wherever it is", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(tensor, { minLength: 1, maxLength: 5 }),
      chunkLengths,
      fc.nat(),
      fc.nat(3),
      async (tensors, lengths, place, kind) => {
        const written = tensors.map(({ dtype, count, salt }) => ({
          dtype,
          bytes: tensorBytes(dtype, count, salt),
        }));
        const file = fileOf(written);
        expect((await passed(file, lengths)).equals(file)).toBe(true);
        const victims = written.filter(({ dtype, bytes }) => dtype in notFinite && bytes.length > 0);
        if (victims.length === 0) return;
        const { dtype, bytes } = victims[place % victims.length]!;
        const size = bytesOf[dtype];
        const bits = notFinite[dtype as keyof typeof notFinite][kind]!;
        bytes.writeUIntLE(bits, (place % (bytes.length / size)) * size, size);
        const refusal = await failure(passed(fileOf(written), lengths));
        expect(refusal).toMatchObject({
          name: "PromotionFailed",
          message: "model.safetensors holds numbers that are not finite.",
        });
      },
    ),
    { numRuns: 150 },
  );
});

test("a NaN in the middle of BERT's largest tensor is found, which a look at its ends is not enough for", async () => {
  const bytes = tensorBytes("F32", 1_000_000, 1);
  bytes.writeUInt32LE(0x7fc00000, 2_000_000);
  expect((await failure(passed(fileOf([{ dtype: "F32", bytes }]), [65_536]))).name).toBe("PromotionFailed");
});

import { gzipSync } from "node:zlib";

/** A member of a tar file, written byte by byte: tar programs refuse to write most of what a hostile one can hold. */
export type Member = {
  name: string;
  body?: Buffer | string;
  /** "0" file, "1" hard link, "2" symbolic link, "3" "4" devices, "5" folder, "6" pipe, "x" extended header, … */
  type?: string;
  link?: string;
  prefix?: string;
  /** In place of the body's length, in octal digits. */
  size?: string;
  magic?: string;
  checksum?: number;
};

/** model.tar.gz of these members, with the end that tar programs write unless `end` says otherwise. */
export function archive(members: Member[], end = Buffer.alloc(1024)): Buffer {
  return gzipSync(Buffer.concat([...members.map(block), end]), { level: 1 });
}

function block(member: Member): Buffer {
  const body = Buffer.from(member.body ?? "");
  const header = Buffer.alloc(512);
  header.write(member.name, 0, 100, "latin1");
  header.write("0000644\0", 100);
  header.write("0000000\0", 108);
  header.write("0000000\0", 116);
  header.write(`${(member.size ?? body.length.toString(8)).padStart(11, "0")}\0`, 124);
  header.write("00000000000\0", 136);
  header.write("        ", 148);
  header.write(member.type ?? "0", 156, 1, "latin1");
  header.write(member.link ?? "", 157, 100, "latin1");
  header.write(member.magic ?? "ustar\x0000", 257, "latin1");
  header.write(member.prefix ?? "", 345, 155, "latin1");
  const checksum = member.checksum ?? header.reduce((sum, byte) => sum + byte, 0);
  header.write(`${checksum.toString(8).padStart(6, "0")}\0 `, 148);
  return Buffer.concat([header, body, Buffer.alloc((512 - (body.length % 512)) % 512)]);
}

/** A .safetensors file of float32 tensors. */
export function safetensors(tensors: Record<string, { shape: number[]; values: Float32Array }>): Buffer {
  let end = 0;
  const header: Record<string, unknown> = {};
  for (const [name, { shape, values }] of Object.entries(tensors)) {
    header[name] = { dtype: "F32", shape, data_offsets: [end, end + values.byteLength] };
    end += values.byteLength;
  }
  const bytes = Object.values(tensors).map(({ values }) => Buffer.from(values.buffer));
  return withHeader(JSON.stringify({ __metadata__: { format: "pt" }, ...header }), Buffer.concat(bytes));
}

/** A .safetensors file with any header. */
export function withHeader(header: string, data: Buffer): Buffer {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(Buffer.byteLength(header)));
  return Buffer.concat([length, Buffer.from(header), data]);
}

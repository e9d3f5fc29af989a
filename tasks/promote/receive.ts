import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { basename } from "node:path";
import { Readable } from "node:stream";
import { finiteOnly } from "./safetensors.ts";

export type Received = { sha256: string; sizeBytes: number };

/** Passes chunks on and hashes them; `received()` tells what went by, once, at the end. */
export function measure() {
  const hash = createHash("sha256");
  let sizeBytes = 0;
  return {
    async *through(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
      for await (const chunk of chunks) {
        hash.update(chunk);
        sizeBytes += chunk.length;
        yield chunk;
      }
    },
    received: (): Received => ({ sha256: hash.digest("hex"), sizeBytes }),
  };
}

/**
 * Writes a new file, through fsync, and hashes it on its way. A stream is closed in any case.
 *
 * Throws PromotionFailed when it is a .safetensors file with numbers that are not finite.
 */
export async function receive(chunks: AsyncIterable<Buffer>, path: string): Promise<Received> {
  const measured = measure();
  const file = await open(path, "wx").catch((error: unknown) => {
    // Nobody has begun to read it, so nobody would close it.
    if (chunks instanceof Readable) chunks.destroy();
    throw error;
  });
  try {
    const looked = path.endsWith(".safetensors") ? finiteOnly(chunks, basename(path)) : chunks;
    for await (const chunk of measured.through(looked)) await file.writeFile(chunk);
    await file.sync();
  } finally {
    await file.close();
  }
  return measured.received();
}

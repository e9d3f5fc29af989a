import { createHash } from "node:crypto";

/** A step of a stream pipeline that passes all bytes on; `file()` tells their SHA-256 and number afterwards, once. */
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
    file: () => ({ sha256: hash.digest("hex"), sizeBytes }),
  };
}

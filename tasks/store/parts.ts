import type { Readable } from "node:stream";

const megabyte = 1024 * 1024;
// S3 wants parts of at least 5 MiB and takes at most 10,000. Growing by 8 MiB every 1,000 parts begins small, since a
// part is held in memory, and still reaches 440 GB.
const stepBytes = 8 * megabyte;
const partsPerStep = 1000;

/** Cuts a stream into the parts of a multipart upload; only the last is smaller. An empty stream has no part. */
export async function* parts(body: Readable): AsyncGenerator<Buffer> {
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  let sent = 0;
  for await (const chunk of body) {
    const bytes: Uint8Array = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
    held.push(bytes);
    heldBytes += bytes.length;
    if (heldBytes < stepBytes * (1 + Math.floor(sent / partsPerStep))) continue;
    yield Buffer.concat(held);
    held = [];
    heldBytes = 0;
    sent++;
  }
  if (heldBytes > 0) yield Buffer.concat(held);
}

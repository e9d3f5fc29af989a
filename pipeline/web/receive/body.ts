import type { IncomingMessage } from "node:http";

/** A body larger than what Lambda takes ("Lambda quotas" in the Lambda Developer Guide: 6 MB, request and response). */
export class TooLarge extends Error {}

const mostBytes = 6 * 1024 * 1024;

/** Throws {@link TooLarge}. */
export async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += (chunk as Buffer).length;
    if (length > mostBytes) throw new TooLarge();
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

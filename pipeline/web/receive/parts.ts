import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import uploadSchema from "../../../schemas/data/selection-upload.schema.json" with { type: "json" };

/** A part that S3 would refuse too. */
export class PartRefused extends Error {}

const mostBytes = uploadSchema.properties.parts.items.properties.sizeBytes.maximum;

/** Whether a path is that of a part, as receive-export names them. */
export const isPart = (path: string) =>
  /^\/uploads\/parts\/[0-9A-Za-z][0-9A-Za-z._-]{0,63}\/[0-9a-f]{16}\/[1-9][0-9]{0,2}$/.test(path);

/** Keeps a part whole or not at all, as S3 does: its checksum goes along. Throws {@link PartRefused}. */
export async function keepPart(
  request: IncomingMessage,
  key: string,
  write: (key: string, body: Readable) => Promise<unknown>,
): Promise<void> {
  const expected = request.headers["x-amz-checksum-sha256"];
  if (expected === undefined)
    throw new PartRefused("Send the headers that /uploads has answered with the address.");
  async function* checked() {
    const hash = createHash("sha256");
    let length = 0;
    for await (const chunk of request) {
      length += (chunk as Buffer).length;
      if (length > mostBytes) throw new PartRefused(`A part has at most ${mostBytes} bytes.`);
      hash.update(chunk as Buffer);
      yield chunk as Buffer;
    }
    if (!request.complete || hash.digest("base64") !== expected)
      throw new PartRefused("The part is not what its checksum says. Send it again.");
  }
  await write(key, Readable.from(checked(), { objectMode: false }));
}

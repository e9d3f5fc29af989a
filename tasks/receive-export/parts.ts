import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import type { SelectionUpload } from "../../schemas/types.ts";
import { Refusal } from "../function-url/answer.ts";
import type { ObjectStore } from "../store/store.ts";
import { partKey } from "./keys.ts";
import { addressOf } from "./presign.ts";

/** Where each part is to be put, with the headers to send along. */
export async function addressesOf(selectionId: string, upload: SelectionUpload) {
  const parts = upload.parts.map((part, index) => ({ ...part, number: index + 1 }));
  return Promise.all(
    parts.map(async ({ number, sizeBytes, sha256 }) => {
      const key = partKey(selectionId, upload.sha256, number);
      return { number, ...(await addressOf({ key, sizeBytes, sha256 })) };
    }),
  );
}

/** The export that the parts make: each there and as long as announced, and all of them what the whole's digest says. */
export async function joined(store: ObjectStore, selectionId: string, { sha256, parts }: SelectionUpload) {
  const keys = parts.map((_, index) => partKey(selectionId, sha256, index + 1));
  const found = await Promise.all(keys.map((key) => store.head(key)));
  const missing = found.flatMap((part, index) =>
    part?.sizeBytes === parts[index]!.sizeBytes ? [] : [index + 1],
  );
  if (missing.length > 0)
    throw new Refusal(
      409,
      "UploadIncomplete",
      "Parts are missing or have another length. Ask for addresses again, put these parts, then complete.",
      { missing },
    );
  // The versions that were measured, whatever is put there meanwhile.
  const versions = found.map((part) => ({ key: part!.key, versionId: part!.versionId }));
  const open = () => Readable.from(bytesOf(store, versions), { objectMode: false });
  const hash = createHash("sha256");
  let first: Buffer | undefined;
  for await (const chunk of open()) {
    first ??= chunk as Buffer;
    hash.update(chunk as Buffer);
  }
  if (hash.digest("hex") !== sha256)
    throw new Refusal(
      409,
      "UploadDiffers",
      "The parts together are not what /sha256 says. Put the parts of one and the same file, in its order.",
    );
  const sizeBytes = parts.reduce((sum, part) => sum + part.sizeBytes, 0);
  return { sizeBytes, isGzip: isGzip(first!), open };
}

async function* bytesOf(store: ObjectStore, parts: { key: string; versionId: string }[]) {
  for (const { key, versionId } of parts) yield* await store.read(key, { versionId });
}

export const isGzip = (bytes: Uint8Array) => bytes[0] === 0x1f && bytes[1] === 0x8b;

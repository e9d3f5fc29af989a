import { createHash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { basename } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { NamedError } from "../../schemas/errors.ts";
import { ConditionFailed, type ObjectStore } from "../../tasks/store/store.ts";

/**
 * Puts an export into the store under the digest of its bytes, and returns the key: the same file twice is one object.
 *
 * Streams. Throws InvalidInput when the file cannot be read, or changes while it is.
 */
export async function storeExport(store: ObjectStore, file: string): Promise<string> {
  const digest = await digestOf(file);
  const key = `exports/${digest.slice(0, 16)}${suffixOf(file)}`;
  if (await store.head(key)) return key;
  const hash = createHash("sha256");
  const checked = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
    flush(done) {
      const changed = hash.digest("hex") !== digest;
      done(changed ? new NamedError("InvalidInput", `${file} changed while it was read.`) : null);
    },
  });
  try {
    const written = store.write(key, checked, { ifNoneMatch: true });
    await Promise.all([pipeline(createReadStream(file), checked), written]);
  } catch (error) {
    // Another run of the same export was first: what is there has the same bytes.
    if (!(error instanceof ConditionFailed)) throw error;
  }
  return key;
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash("sha256");
  try {
    for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  } catch (error) {
    throw new NamedError(
      "InvalidInput",
      `Cannot read the export ${file} (${(error as NodeJS.ErrnoException).code}).`,
    );
  }
  return hash.digest("hex");
}

function suffixOf(file: string): string {
  return /\.(json|jsonl|ndjson)(\.gz)?$/i.exec(basename(file))?.[0].toLowerCase() ?? ".json";
}

/** A fresh name for an execution started by hand: readable, and never taken. */
export function freshExecutionName(file: string): string {
  const slug = basename(file)
    .replace(/\.(json|jsonl|ndjson)?(\.gz)?$/i, "")
    .toLowerCase()
    .replace(/[^0-9a-z]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 40);
  return `${slug || "export"}-${randomBytes(6).toString("hex")}`;
}

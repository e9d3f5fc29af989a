import { createHash } from "node:crypto";
import { constants, createReadStream, type Stats } from "node:fs";
import { access, lstat, stat } from "node:fs/promises";
import { basename } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { below } from "../../../schemas/bucket.ts";
import { NamedError } from "../../../schemas/tables/errors.ts";
import { ConditionFailed, type ObjectStore } from "../../../tasks/store/store.ts";
import { explainSystemError, systemErrorIn } from "../../system-error.ts";

/** Throws InvalidInput, which says what is wrong and what helps, unless the export is a file that can be read. */
export async function requireExport(file: string): Promise<Stats> {
  try {
    const found = await stat(file);
    if (found.isDirectory()) throw unreadable(file, "is a folder. Name the file in it.");
    // Its digest is its name: it is read twice.
    if (!found.isFile()) throw unreadable(file, "is not a regular file. Write its content to one first.");
    await access(file, constants.R_OK);
    return found;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const link = code === "ENOENT" && (await lstat(file).catch(() => null));
    if (link) throw unreadable(file, "is a link to what does not exist. Name the file itself.");
    throw inWords(file, error);
  }
}

/** An error of the operating system about an export, as InvalidInput; another one as it is. */
function inWords(file: string, error: unknown): unknown {
  const refused = systemErrorIn(error);
  return refused ? unreadable(file, explainSystemError(refused)) : error;
}

const unreadable = (file: string, problem: string) =>
  new NamedError("InvalidInput", `Cannot read the export ${file}: ${problem}`);

/**
 * Puts an export into the store under the digest of its bytes, and returns the key: the same file twice is one object.
 *
 * Streams. Throws InvalidInput when the file cannot be read, or changes while it is.
 */
export async function storeExport(store: ObjectStore, file: string): Promise<string> {
  const digest = await digestOf(file);
  const key = `${below("exports")}${digest.slice(0, 16)}${suffixOf(file)}`;
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
  const written = store.write(key, checked, { ifNoneMatch: true }).catch((error: Error) => {
    // A writer that has not begun to read does not end the reader.
    checked.destroy(error);
    throw error;
  });
  const [wrote, read] = await Promise.allSettled([written, pipeline(createReadStream(file), checked)]);
  // The writer knows why the reader failed; the reader only that it was aborted.
  if (wrote.status === "rejected") {
    // Another run of the same export was first: what is there has the same bytes.
    if (!(wrote.reason instanceof ConditionFailed)) throw wrote.reason;
  } else if (read.status === "rejected") throw read.reason;
  return key;
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash("sha256");
  try {
    for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  } catch (error) {
    throw inWords(file, error);
  }
  return hash.digest("hex");
}

function suffixOf(file: string): string {
  return /\.(json|jsonl|ndjson)(\.gz)?$/i.exec(basename(file))?.[0].toLowerCase() ?? ".json";
}

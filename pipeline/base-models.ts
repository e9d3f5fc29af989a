// The base models of an installation's store, whichever it is. pipeline/local/base-models.ts puts new ones there.
import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { baseModelManifestKey, below } from "../schemas/bucket.ts";
import baseModelSchema from "../schemas/models/base-model.schema.json" with { type: "json" };
import { NamedError } from "../schemas/tables/errors.ts";
import type { BaseModelManifest } from "../schemas/types.ts";
import { door } from "../tasks/lambda/door.ts";
import { ObjectInvalid, ObjectMissing, type ObjectStore, readJson } from "../tasks/store/store.ts";
import { bad, type Check, ok } from "./check.ts";

export const checkManifest = door<BaseModelManifest>(baseModelSchema, {
  what: "The base model's manifest",
  name: "InvalidInput",
});

/** The base models of the store, by name. */
export async function listBaseModels(store: ObjectStore): Promise<BaseModelManifest[]> {
  const manifests: BaseModelManifest[] = [];
  for await (const { key } of store.list(below("base-models")))
    if (key === baseModelManifestKey(key.split("/")[1] ?? ""))
      manifests.push(checkManifest(await readJson(store, key)));
  return manifests;
}

/** A base model that is there and as this version writes it, its manifest last; null where there is none. */
export async function findBaseModel(store: ObjectStore, name: string): Promise<BaseModelManifest | null> {
  try {
    return checkManifest(await readJson(store, baseModelManifestKey(name)));
  } catch (error) {
    if (error instanceof NamedError || error instanceof ObjectInvalid || error instanceof ObjectMissing)
      return null;
    throw error;
  }
}

/**
 * Copies the files of a base model and its manifest into a folder, as the reader's Embedder takes them.
 *
 * Throws InvalidInput for a file that is missing or not the one that the manifest vouches for.
 */
export async function downloadBaseModel(
  store: ObjectStore,
  manifest: BaseModelManifest,
  folder: string,
): Promise<void> {
  const { name, prefix, files } = manifest;
  for (const [file, sha256] of Object.entries(files)) {
    const hash = createHash("sha256");
    const checked = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        hash.update(chunk);
        done(null, chunk);
      },
    });
    try {
      await pipeline(await store.read(prefix + file), checked, createWriteStream(join(folder, file)));
    } catch (error) {
      if (!(error instanceof ObjectMissing)) throw error;
    }
    if (hash.digest("hex") !== sha256)
      throw new NamedError(
        "InvalidInput",
        `${file} of the base model ${name} is missing or damaged. Add it again: pbp base-model add ${name} <folder>.`,
      );
  }
  await writeFile(join(folder, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}

/**
 * A base model of a store: there, and every file as its manifest has it.
 *
 * @param readsFiles False where a look must stay cheap: the files are then only asked for.
 */
export async function examineBaseModel(
  store: ObjectStore,
  model: string,
  options: { ifMissing: Check; remedy: string; readsFiles?: boolean },
): Promise<Check> {
  const name = "Base model";
  const key = baseModelManifestKey(model);
  if ((await store.head(key)) === null) return options.ifMissing;
  let manifest: BaseModelManifest;
  try {
    manifest = checkManifest(await readJson(store, key));
  } catch (error) {
    if (!(error instanceof NamedError || error instanceof ObjectInvalid)) throw error;
    return bad(name, `${model}: its manifest cannot be read by this version.`, options.remedy);
  }
  for (const [file, sha256] of Object.entries(manifest.files)) {
    const at = manifest.prefix + file;
    if ((await store.head(at)) === null) return bad(name, `${model}: ${file} is missing.`, options.remedy);
    if (options.readsFiles === false) continue;
    const hash = createHash("sha256");
    await pipeline(await store.read(at), hash);
    if (hash.digest("hex") !== sha256) return bad(name, `${model}: ${file} is damaged.`, options.remedy);
  }
  const intact = options.readsFiles === false ? "there" : "there and intact";
  return ok(name, `${model}: ${Object.keys(manifest.files).length} files, ${intact}.`);
}

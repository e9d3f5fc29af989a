import { createHash } from "node:crypto";
import { pipeline } from "node:stream/promises";
import baseModelSchema from "../schemas/base-model.schema.json" with { type: "json" };
import { NamedError } from "../schemas/errors.ts";
import type { BaseModelManifest } from "../schemas/types.ts";
import { door } from "../tasks/door.ts";
import { ObjectInvalid, type ObjectStore, readJson } from "../tasks/store/store.ts";
import { bad, type Check, ok } from "./check.ts";

const checkManifest = door<BaseModelManifest>(baseModelSchema, {
  what: "Its manifest",
  name: "InvalidInput",
});

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
  const key = `base-models/${model}/manifest.json`;
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

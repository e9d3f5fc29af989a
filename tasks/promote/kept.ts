// What of a promoted version is also kept in the data bucket: SageMaker and QualityGate see no EFS.
import { NamedError } from "../../schemas/tables/errors.ts";
import type { Artifacts, Dataset } from "../../schemas/types.ts";
import { keptKeys } from "../models/kept-keys.ts";
import type { Layout } from "../models/layout.ts";
import type { ObjectStore } from "../store/store.ts";

/**
 * Copies a version's archive, which Evaluate scores again, and what drift is told by: its export's profile and where its
 * vectors lie. Before the commit, so that no champion is without.
 *
 * @returns the archive as the bundle's manifest names it.
 */
export async function keep(
  store: ObjectStore,
  at: Layout,
  version: string,
  { dataset, artifacts: { model, embeddings } }: { dataset: Dataset; artifacts: Artifacts },
): Promise<Artifacts["model"]> {
  const keys = keptKeys(at, version);
  const copy = await store.copy(model.key, keys.archive);
  if (copy.sizeBytes !== model.sizeBytes)
    throw new NamedError("PromotionFailed", "Not promoted: the copy of the model archive has another size.");
  if (dataset.profileSha256 !== undefined) {
    await store.copy(`${dataset.prefix}profile.json`, keys.profile);
    await store.copy(`${embeddings.prefix}manifest.json`, keys.embeddings);
  }
  return { ...model, key: copy.key };
}

/** The bundle's manifest, for Publish, which sees no EFS either. */
export async function keepManifest(
  store: ObjectStore,
  at: Layout,
  version: string,
  text: string,
): Promise<void> {
  await store.write(keptKeys(at, version).bundle, text);
}

/** An evaluation needs what is kept of a champion only until its execution ends, and the last N are still there. */
export async function forget(store: ObjectStore, at: Layout, version: string): Promise<void> {
  for (const key of Object.values(keptKeys(at, version))) await store.remove(key);
}

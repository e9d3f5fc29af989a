import profileSchema from "../../schemas/data/profile.schema.json" with { type: "json" };
import embeddingsManifestSchema from "../../schemas/models/embeddings-manifest.schema.json" with {
  type: "json",
};
import type {
  Artifacts,
  Champion,
  Dataset,
  Drift,
  EmbeddingsManifest,
  Profile,
} from "../../schemas/types.ts";
import { door } from "../lambda/door.ts";
import { keptKeysOf } from "../models/kept-keys.ts";
import { readCheckedOrNull } from "../store/checked.ts";
import type { ObjectStore } from "../store/store.ts";
import { type Compared, driftBetween } from "./drift.ts";
import { embeddingsProfile } from "./embeddings.ts";

const checkProfile = door<Profile>(profileSchema, { what: "profile.json", name: "MetricInvalid" });
const checkEmbeddings = door<EmbeddingsManifest>(embeddingsManifestSchema, {
  what: "The embeddings' manifest.json",
  name: "MetricInvalid",
});

/**
 * How a challenger's export differs from the one that the champion was trained on. null without a champion, or where
 * one of the two has no profile that can be read: nothing is decided by it, so nothing fails by it.
 */
export async function readDrift(
  store: ObjectStore,
  { dataset, artifacts }: { dataset: Dataset; artifacts: Artifacts },
  champion: Champion | null,
): Promise<Drift | null> {
  if (!champion) return null;
  const before = keptKeysOf(champion);
  const [one, other] = await Promise.all([
    readCompared(store, `${dataset.prefix}profile.json`, `${artifacts.embeddings.prefix}manifest.json`),
    readCompared(store, before.profile, before.embeddings),
  ]);
  if (!one || !other || one.profile.kind !== other.profile.kind) return null;
  const names = { one: "this export", other: "the champion's" };
  return { champion: champion.generation, findings: driftBetween(one, other, names) };
}

async function readCompared(
  store: ObjectStore,
  key: string,
  embeddingsKey: string,
): Promise<Compared | null> {
  const profile = await readCheckedOrNull(store, key, checkProfile);
  if (!profile) return null;
  const manifest = await readCheckedOrNull(store, embeddingsKey, checkEmbeddings);
  return { profile, embeddings: manifest && embeddingsProfile(manifest) };
}

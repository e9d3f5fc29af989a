// Where the data bucket has what is kept of a promoted version for the executions after it.
import { below } from "../../schemas/bucket.ts";
import { placeOf } from "../../schemas/models/registered-models.ts";
import type { Champion } from "../../schemas/types.ts";
import type { Layout } from "./layout.ts";

export type KeptKeys = Record<"archive" | "profile" | "embeddings" | "bundle" | "serving", string>;

const keysIn = (folder: string): KeptKeys => ({
  archive: `${folder}model.tar.gz`,
  profile: `${folder}profile.json`,
  embeddings: `${folder}embeddings.json`,
  // The bundle's manifest.
  bundle: `${folder}bundle.json`,
  // What an endpoint unpacks; made of the archive and the manifest by the first Publish.
  serving: `${folder}serving.tar.gz`,
});

export const keptKeys = ({ model }: Pick<Layout, "model">, version: string): KeptKeys =>
  keysIn(`${below("champions")}${placeOf(model)}${version}/`);

/** Of a champion, by its archive. One that an earlier version promoted has no profile, and no embeddings' manifest. */
export const keptKeysOf = ({ model }: Pick<Champion, "model">): KeptKeys =>
  keysIn(model.key.slice(0, model.key.lastIndexOf("/") + 1));

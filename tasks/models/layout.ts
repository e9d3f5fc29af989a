import { join, resolve } from "node:path";
import { defaultModel, placeOf } from "../../schemas/models/registered-models.ts";

// models/versions/<version>/   finished bundles, never changed
// models/history/<000042>.json the generation log
// models/traffic/<000001>.json the traffic log: which generation answers beside the one in use
// models/policy.json           what an application is to do with a text, by label
// models/current               -> versions/<version>, derived from the log
// models/embeddings.sav, ner   -> current/…, the paths that the billing app reads today; model instead of ner for classes
// models/staging/              unfinished work: nothing below it counts
// models/registered/<name>/    the same for every other registered model

/** The places of a registered model below MODELS_DIR, as paths that begin with `modelsFolder`. */
export function layout(modelsFolder: string, model: string = defaultModel) {
  // Not with the slash that ends a place.
  const models = resolve(modelsFolder, placeOf(model));
  const versions = join(models, "versions");
  const history = join(models, "history");
  const traffic = join(models, "traffic");
  const staging = join(models, "staging");
  return {
    model,
    models,
    versions,
    history,
    traffic,
    staging,
    current: join(models, "current"),
    policy: join(models, "policy.json"),
    /** Links next to `current`, each by its name in the bundle, for those that a bundle has. */
    seeds: ["embeddings.sav", "ner", "model"].map((name) => ({ name, path: join(models, name) })),
    /** Where a seed that is a file or folder of its own (the notebook wrote such) is kept. */
    legacy: join(models, "legacy"),
    version: (version: string) => join(versions, version),
    manifest: (version: string) => join(versions, version, "manifest.json"),
  };
}

export type Layout = ReturnType<typeof layout>;

/** The file of a numbered entry in an append-only log. */
export const entryName = (number: number) => `${padded(number)}.json`;

/** The name of the bundle that generation `generation` would promote. */
export function versionName(generation: number, digest: string): string {
  return `${padded(generation)}-${digest.slice(0, 12)}`;
}

/** The generation that a version was staged for; null when the name is not a version's. */
export function generationOf(version: string): number | null {
  return /^[0-9]{6}-[0-9a-f]{12}$/.test(version) ? Number(version.slice(0, 6)) : null;
}

function padded(generation: number): string {
  return String(generation).padStart(6, "0");
}

// What happened to a model → what the registry says of it from now on.
import { packageGroup } from "../../schemas/installation/registry.ts";
import bundleManifestSchema from "../../schemas/models/bundle-manifest.schema.json" with { type: "json" };
import { modelOf } from "../../schemas/models/registered-models.ts";
import { NamedError } from "../../schemas/tables/errors.ts";
import type { BundleManifest } from "../../schemas/types.ts";
import { door } from "../lambda/door.ts";
import { keptKeys } from "../models/kept-keys.ts";
import { readChallenger } from "../promote/challenger.ts";
import { makeModelData } from "../publish/model-data.ts";
import { ObjectMissing, type ObjectStore, readJson } from "../store/store.ts";
import { type Entry, entryOfChallenger, entryOfPromotion, type PromotedAs, whyRolledBack } from "./entry.ts";
import { enter, type Registry, reject } from "./model-packages.ts";

const checkBundle = door<Bundle>(
  { ...bundleManifestSchema, required: [...bundleManifestSchema.required, "lineage"] },
  { what: "bundle.json", name: "RegistrationFailed" },
);
type Bundle = BundleManifest & Required<Pick<BundleManifest, "lineage">>;

export type News = {
  /** Of a run that waits or was declined. */
  execution: string | null;
  /** What came into use; null: nothing did. */
  promotion: PromotedAs | null;
  /** Who said no; null: nobody, so the run waits. */
  declined: { by: string; reason: string } | null;
};

export type Entered = { package: string; group: string; status: Entry["status"] };

/**
 * Tells the registry what became of a model: it waits, was declined, or came into use; and of one that was rolled back
 * from, that it must not be deployed any more. The same news again changes nothing.
 *
 * Throws RegistrationFailed (the version's manifest is not kept), InvalidInput (no such run), what SageMaker says.
 */
export async function register(
  { execution, promotion, declined }: News,
  store: ObjectStore,
  registry: Registry & { stackName: string },
): Promise<Entered> {
  if (promotion !== null) return registerPromotion(promotion, store, registry);
  if (execution === null)
    throw new NamedError("TaskFailed", "The event names neither a promotion nor an execution.");
  const { challenger, verdict } = await readChallenger(store, execution);
  const group = packageGroup(registry.stackName, modelOf(challenger.run));
  return entered(group, entryOfChallenger(challenger, verdict, declined), registry);
}

async function registerPromotion(
  promotion: PromotedAs,
  store: ObjectStore,
  registry: Registry & { stackName: string },
): Promise<Entered> {
  const { model, version, action, from = null } = promotion;
  const group = packageGroup(registry.stackName, model);
  const bundle = await readBundle(store, model, version);
  if (bundle === null)
    throw new NamedError(
      "RegistrationFailed",
      `${version} was promoted by an earlier release, which kept no manifest of it in the bucket, so it cannot be registered. The next promotion can.`,
    );
  const modelData = await makeModelData(store, promotion);
  const result = await entered(group, entryOfPromotion(bundle, promotion, modelData), registry);
  if (action === "rollback" && from !== null) {
    // Of a version that an earlier release promoted there is no manifest, and so no package.
    const before = await readBundle(store, model, from);
    if (before !== null && before.execution !== bundle.execution)
      await reject(registry, group, before.execution, whyRolledBack(promotion));
  }
  return result;
}

async function entered(group: string, entry: Entry, registry: Registry): Promise<Entered> {
  return { package: await enter(group, entry, registry), group, status: entry.status };
}

/** The manifest that Promote keeps beside the archive; null: there is none. */
async function readBundle(store: ObjectStore, model: string, version: string): Promise<Bundle | null> {
  try {
    return checkBundle(await readJson(store, keptKeys({ model }, version).bundle));
  } catch (error) {
    if (error instanceof ObjectMissing) return null;
    throw error;
  }
}

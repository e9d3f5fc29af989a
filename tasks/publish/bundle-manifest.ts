// The manifest of a version, as Promote keeps it in the bucket: bundle.json.
import { buffer } from "node:stream/consumers";
import bundleManifestSchema from "../../schemas/models/bundle-manifest.schema.json" with { type: "json" };
import { NamedError } from "../../schemas/tables/errors.ts";
import type { BundleManifest } from "../../schemas/types.ts";
import { door } from "../lambda/door.ts";
import { bundleDigest } from "../models/bundle.ts";
import type { KeptKeys } from "../models/kept-keys.ts";
import { ObjectInvalid, type ObjectStore } from "../store/store.ts";

const checkManifest = door<BundleManifest>(bundleManifestSchema, {
  what: "The bundle's manifest",
  name: "PublicationFailed",
});
const mostManifestBytes = 1024 * 1024;

/** Throws PublicationFailed where none was kept, or what was is not that of the version. */
export async function readBundleManifest(
  store: ObjectStore,
  { bundle }: KeptKeys,
  version: string,
): Promise<{ text: Buffer; manifest: BundleManifest }> {
  const found = await store.head(bundle);
  if (!found)
    throw new NamedError(
      "PublicationFailed",
      `${version} was promoted before the pipeline kept bundle.json, without which it cannot be published. The next promotion can.`,
    );
  const isNot = (why: string) => notWhole(version, new ObjectInvalid(bundle, why));
  if (found.sizeBytes > mostManifestBytes) throw isNot("is too large for a manifest");
  const text = await buffer(await store.read(bundle));
  const manifest = checkManifest(parsed(text, () => isNot("is not JSON")));
  if (manifest.version !== version || manifest.digest !== bundleDigest(manifest.files))
    throw isNot("is not the manifest of its version");
  return { text, manifest };
}

export const notWhole = (version: string, { message }: Error) =>
  new NamedError("PublicationFailed", `What is kept of ${version} is not whole: ${message}`);

function parsed(text: Buffer, refusal: () => NamedError): unknown {
  try {
    return JSON.parse(text.toString("utf8"));
  } catch {
    throw refusal();
  }
}

import modelManifestSchema from "../../schemas/models/model-manifest.schema.json" with { type: "json" };
import { type Algorithm, defaultAlgorithm, needsOf } from "../../schemas/tables/algorithms.ts";
import { kindOf } from "../../schemas/tables/kinds.ts";
import type { Kind, ModelManifest } from "../../schemas/types.ts";
import { door } from "../lambda/door.ts";
import type { BundleFiles } from "../models/bundle.ts";
import { checkFiles, isSame, readObject, refuseUnless } from "./model-folder.ts";

const checkManifest = door<ModelManifest>(modelManifestSchema, {
  what: "The model's manifest.json",
  name: "PromotionFailed",
});

/** What the execution knows about the model it trained. */
export type ExpectedModel = {
  kind: Kind;
  algorithm: Algorithm;
  labels: string[];
  trainSha256: string;
  baseWeightsSha256: string;
};

/**
 * The load half of the smoke test, without Python: the archive is complete and unchanged, is this execution's, and its
 * weights fit its configuration. The predict half has run already: Evaluate asked these very bytes about every test row,
 * which the SHA-256 in the verdict proves.
 *
 * Throws PromotionFailed.
 */
export async function checkModel(folder: string, files: BundleFiles, expected: ExpectedModel): Promise<void> {
  const manifest = checkManifest(await readObject(folder, "manifest.json"));
  const { "manifest.json": _, ...others } = files;
  refuseUnless(sameKeys(others, manifest.files), "has files that its manifest does not list, or lacks some");
  for (const [name, sha256] of Object.entries(manifest.files))
    refuseUnless(others[name]?.sha256 === sha256, "has a file that its manifest does not describe");
  const { kind, algorithm } = expected;
  refuseUnless(kindOf(manifest) === kind, "is of another kind than the export");
  refuseUnless(
    (manifest.algorithm ?? defaultAlgorithm) === algorithm,
    "is of another algorithm than its trial",
  );
  refuseUnless(isSame(manifest.labels, expected.labels), "has other labels than the dataset");
  refuseUnless(manifest.trainSha256 === expected.trainSha256, "was trained on other rows than this run's");
  const base = needsOf(algorithm).readsBaseModel ? expected.baseWeightsSha256 : null;
  refuseUnless(manifest.baseWeightsSha256 === base, "grew from another base model");
  const check = checkFiles[kind][algorithm];
  refuseUnless(check !== undefined, "is of an algorithm that its kind does not have");
  await check(folder, manifest);
}

function sameKeys(a: object, b: object): boolean {
  return isSame(Object.keys(a).sort(), Object.keys(b).sort());
}

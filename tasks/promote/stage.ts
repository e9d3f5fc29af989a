import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import baseModelSchema from "../../schemas/models/base-model.schema.json" with { type: "json" };
import type { Algorithm } from "../../schemas/tables/algorithms.ts";
import { NamedError } from "../../schemas/tables/errors.ts";
import { wordsOf } from "../../schemas/tables/kinds.ts";
import type { Artifacts, BaseModelManifest, Dataset, Run } from "../../schemas/types.ts";
import { door } from "../lambda/door.ts";
import type { BundleFiles } from "../models/bundle.ts";
import { writeDurably } from "../models/durable.ts";
import { syncFolder } from "../store/folders.ts";
import { labelsText } from "../store/label-set.ts";
import { readLabels } from "../store/labels.ts";
import { type ObjectStore, readJson } from "../store/store.ts";
import { unpackModel } from "./archive.ts";
import { checkEmbeddings } from "./check-embeddings.ts";
import { checkModel } from "./check-model.ts";
import { receive } from "./receive.ts";

const embeddingFiles = ["embeddings.safetensors", "embeddings.index.json", "embeddings.sav"];

const checkBaseModel = door<BaseModelManifest>(baseModelSchema, {
  what: "The base model's manifest.json",
  name: "PromotionFailed",
});

/**
 * Writes everything of a bundle but its manifest into `folder`, which exists and is empty, and checks it. Every byte is
 * read once from the store and hashed on its way to the disk.
 *
 * @returns the files by their path, and what their manifest says of them besides. Throws PromotionFailed when something is not what the execution recorded;
 * errors of store and file system pass.
 */
export async function stageBundle(
  store: ObjectStore,
  folder: string,
  of: { run: Run; dataset: Dataset; artifacts: Artifacts },
): Promise<{ files: BundleFiles; labels: string[]; algorithm: Algorithm }> {
  const { run, dataset, artifacts } = of;
  const labels = await readLabels(store, dataset, "PromotionFailed");
  const trial = dataset.trials.find((one) => one.trial === artifacts.trial);
  refuseUnless(trial !== undefined, "the chosen trial is not one of the dataset's");
  const { modelFolder } = wordsOf(dataset.kind);
  const unpacked = join(folder, modelFolder);
  await mkdir(unpacked);
  const model = await unpackModel(await store.read(artifacts.model.key), artifacts.model, unpacked);
  const { algorithm } = trial;
  await checkModel(unpacked, model, {
    kind: dataset.kind,
    algorithm,
    labels,
    trainSha256: dataset.train.sha256,
    baseWeightsSha256: trial.baseModel.weightsSha256,
  });
  const files: BundleFiles = {};
  for (const [name, file] of Object.entries(model)) files[`${modelFolder}/${name}`] = file;
  for (const name of embeddingFiles)
    files[name] = await receive(await store.read(artifacts.embeddings.prefix + name), join(folder, name));
  for (const name of embeddingFiles)
    refuseUnless(
      files[name]?.sha256 === artifacts.embeddings.files[name],
      `${name} changed since CheckArtifacts`,
    );
  const base = checkBaseModel(await readJson(store, `${run.baseModel.prefix}manifest.json`));
  await checkEmbeddings(folder, {
    embeddingKey: run.baseModel.embeddingKey,
    texts: artifacts.embeddings.texts,
    dimension: artifacts.embeddings.dimension,
    normalize: base.normalize,
  });
  // An execution that an earlier version began has none.
  if (dataset.profileSha256 !== undefined) {
    const profile = await store.read(`${dataset.prefix}profile.json`);
    files["profile.json"] = await receive(profile, join(folder, "profile.json"));
    refuseUnless(
      files["profile.json"].sha256 === dataset.profileSha256,
      "profile.json changed since Preprocess",
    );
  }
  const text = labelsText(labels);
  await writeDurably(join(folder, "labels.json"), text);
  files["labels.json"] = { sha256: dataset.labels.sha256, sizeBytes: Buffer.byteLength(text) };
  await syncFolder(unpacked);
  return { files, labels, algorithm };
}

function refuseUnless(condition: boolean, problem: string): asserts condition {
  if (!condition) throw new NamedError("PromotionFailed", `Not promoted: ${problem}.`);
}

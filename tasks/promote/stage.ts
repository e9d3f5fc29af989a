import { createHash } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import baseModelSchema from "../../schemas/base-model.schema.json" with { type: "json" };
import { NamedError } from "../../schemas/errors.ts";
import type { Artifacts, BaseModelManifest, Dataset, Run } from "../../schemas/types.ts";
import { door } from "../door.ts";
import type { BundleFiles } from "../models/bundle.ts";
import { syncFolder, writeDurably } from "../models/durable.ts";
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
 * @returns the files by their path. Throws PromotionFailed when something is not what the execution recorded;
 * errors of store and file system pass.
 */
export async function stageBundle(
  store: ObjectStore,
  folder: string,
  of: { run: Run; dataset: Dataset; artifacts: Artifacts },
): Promise<BundleFiles> {
  const { run, dataset, artifacts } = of;
  const ner = join(folder, "ner");
  await mkdir(ner);
  const model = await unpackModel(await store.read(artifacts.model.key), artifacts.model, ner);
  const trial = dataset.trials.find((one) => one.trial === artifacts.trial);
  refuseUnless(trial !== undefined, "the chosen trial is not one of the dataset's");
  await checkModel(ner, model, {
    labels: dataset.labels,
    trainSha256: dataset.train.sha256,
    baseWeightsSha256: trial.baseModel.weightsSha256,
  });
  const files: BundleFiles = {};
  for (const [name, file] of Object.entries(model)) files[`ner/${name}`] = file;
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
  const labels = `${JSON.stringify(dataset.labels, null, 2)}\n`;
  await writeDurably(join(folder, "labels.json"), labels);
  const sha256 = createHash("sha256").update(labels).digest("hex");
  files["labels.json"] = { sha256, sizeBytes: Buffer.byteLength(labels) };
  await syncFolder(ner);
  return files;
}

function refuseUnless(condition: boolean, problem: string): asserts condition {
  if (!condition) throw new NamedError("PromotionFailed", `Not promoted: ${problem}.`);
}

// Why this step exists: everything that can be wrong with an export shows here, in a minute on a small machine, and not
// on a GPU; and what reaches the GPU is only what it has not seen before.
import { createHash } from "node:crypto";
import { below } from "../schemas/bucket.ts";
import runSchema from "../schemas/execution/run.schema.json" with { type: "json" };
import { NamedError } from "../schemas/tables/errors.ts";
import type { Dataset, Run } from "../schemas/types.ts";
import { environment } from "./lambda/environment.ts";
import { task } from "./lambda/task.ts";
import { Preparation } from "./preprocess/preparation.ts";
import { problemsOf } from "./preprocess/report/problems.ts";
import type { Side } from "./preprocess/sides/split.ts";
import { algorithmsOf, choicesOf } from "./preprocess/tuning/choices.ts";
import { curveTrials } from "./preprocess/tuning/curve.ts";
import { trialsOf } from "./preprocess/tuning/trials.ts";
import { testFacets } from "./preprocess/write/facets.ts";
import type { LineFile } from "./preprocess/write/line-file.ts";
import { ensureEmbeddingStore, storedTexts } from "./preprocess/write/plan.ts";
import { drawShare } from "./preprocess/write/shares.ts";
import { type Spool, withSpool } from "./preprocess/write/spool.ts";
import { labelsReference } from "./store/label-set.ts";
import { openStore } from "./store/open.ts";
import { ObjectMissing, type ObjectStore, writeJson } from "./store/store.ts";

const event = {
  type: "object",
  additionalProperties: false,
  required: ["run"],
  properties: { run: runSchema },
};

export const handler = task(event, async ({ run }: { run: Run }): Promise<Dataset> => {
  const store = await openStore({ driver: environment.objectStore, bucket: environment.dataBucket });
  return withSpool((spool) => preprocess(run, store, spool));
});

async function preprocess(run: Run, store: ObjectStore, spool: Spool): Promise<Dataset> {
  const prefix = `${run.prefix}dataset/`;
  const storePrefix = below("embeddings", run.baseModel.embeddingKey);
  await ensureEmbeddingStore(store, storePrefix, run.baseModel.embeddingKey);
  // async: that a file cannot be finished must be told where the others are awaited, not in the middle of their list.
  const put = async (name: string, file: LineFile) => store.write(`${prefix}${name}.jsonl`, file.read());

  const preparation = new Preparation({
    outputs: {
      train: spool.train.lines,
      validation: spool.validation.lines,
      test: spool.test.lines,
      notes: spool.notes.lines,
      missing: spool.missing.lines,
      rejects: spool.rejects.lines,
      facets: spool.facets.lines,
    },
    stored: await storedTexts(store, storePrefix),
    choices: choicesOf(run),
  });
  const { header, sha256 } = await preparation.read(await openExport(run, store)).finally(async () => {
    // Also when the export is refused: they tell the operator why.
    await put("rejects", spool.rejects);
    await writeJson(store, `${prefix}report.json`, preparation.report);
  });
  const problem = problemsOf(preparation.findings(), { ...run, planned: run }, `${prefix}rejects.jsonl`)[0];
  if (problem) throw problem;

  const kind = preparation.kind();
  const profile = `${JSON.stringify(preparation.profile)}\n`;
  const { files, counts } = await kind.write(spool);
  const sideOf = (side: Side) => {
    const documents = kind.documents[side];
    return { documents, ...counts[side], sha256: files[side].finish() };
  };
  const hasValidation = preparation.hasValidation();
  const facets = await testFacets(spool, kind.registry);
  const defaults = trialsOf(run, header.kind, algorithmsOf(header.kind, run));
  const { trials, shares } = await drawCurve(run, defaults, preparation, spool, {
    file: files.train,
    documents: kind.documents.train,
  });
  const puts = await Promise.allSettled([
    put("train", files.train),
    ...shares.map(({ folder, file }) => put(`${folder}train`, file)),
    ...(hasValidation ? [put("validation", files.validation)] : []),
    put("test", files.test),
    put("facets", facets),
    put("notes", spool.notes),
    put("missing", spool.missing),
    writeJson(store, `${prefix}labels.json`, header.labels),
    store.write(`${prefix}profile.json`, profile),
  ]);
  // Settled, all of them: the spool must not be closed under one that still reads.
  for (const result of puts) if (result.status === "rejected") throw result.reason;
  const dataset: Dataset = {
    prefix,
    kind: header.kind,
    exportId: header.exportId,
    exportedAt: header.exportedAt,
    exportSha256: sha256,
    labels: labelsReference(header.labels),
    profileSha256: createHash("sha256").update(profile).digest("hex"),
    train: sideOf("train"),
    validation: hasValidation ? sideOf("validation") : null,
    test: sideOf("test"),
    embedding: { storePrefix, texts: preparation.report.texts, missing: preparation.missing },
    trials,
  };
  // Last: who finds it finds all the files.
  await writeJson(store, `${prefix}manifest.json`, dataset);
  return dataset;
}

/** The trials, and the rows that those of a learning curve train on besides train.jsonl. */
async function drawCurve(
  { curve }: Run,
  defaults: Dataset["trials"],
  { shares }: Preparation,
  spool: Spool,
  train: { file: LineFile; documents: number },
) {
  if (!curve || !shares) return { trials: defaults, shares: [] };
  const drawn = [];
  for (const [number, trainShare] of curve.shares.entries()) {
    // All of them need no second file.
    const folder = trainShare < 1 ? `shares/${number}/` : "";
    const rows = trainShare < 1 ? await drawShare(spool, train.file, shares, trainShare) : train;
    drawn.push({ trainShare, trainFolder: folder, trainDocuments: rows.documents, file: rows.file });
  }
  const empty = drawn.find(({ trainDocuments }) => trainDocuments === 0);
  if (empty)
    throw new NamedError(
      "InvalidInput",
      `/curve/shares: ${empty.trainShare} of the training groups holds no document. Ask for a larger share.`,
    );
  return {
    trials: curveTrials(
      defaults,
      curve,
      drawn.map(({ file: _, ...share }) => share),
    ),
    shares: drawn
      .filter(({ trainFolder }) => trainFolder !== "")
      .map(({ trainFolder, file }) => ({ folder: trainFolder, file })),
  };
}

async function openExport(run: Run, store: ObjectStore) {
  try {
    return await store.read(run.source.key, { versionId: run.source.versionId });
  } catch (error) {
    if (!(error instanceof ObjectMissing)) throw error;
    throw new NamedError(
      "InvalidExport",
      "The version of the export that this run is about is no longer in the bucket. Upload it again.",
    );
  }
}

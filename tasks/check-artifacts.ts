// Why this step exists: a job can be Completed although its script died on a full disk, and a stopped one uploads what
// it had. What counts is the artefacts: they are found and hashed here, and every later step must find the same digests.
import { createHash } from "node:crypto";
import { pipeline } from "node:stream/promises";
import artifactsSchema from "../schemas/execution/artifacts.schema.json" with { type: "json" };
import runSchema from "../schemas/execution/run.schema.json" with { type: "json" };
import embeddingsManifestSchema from "../schemas/models/embeddings-manifest.schema.json" with {
  type: "json",
};
import { NamedError } from "../schemas/tables/errors.ts";
import type { Artifacts, EmbeddingsManifest, Run } from "../schemas/types.ts";
import { door } from "./lambda/door.ts";
import { environment } from "./lambda/environment.ts";
import { task } from "./lambda/task.ts";
import { keepTrainingLog } from "./report/training-log.ts";
import { openStore } from "./store/open.ts";
import { ObjectInvalid, ObjectMissing, type ObjectStore, readJson } from "./store/store.ts";

const event = {
  type: "object",
  additionalProperties: false,
  required: ["run", "embeddingsPrefix", "trial", "modelKey", "trials"],
  properties: {
    run: runSchema,
    embeddingsPrefix: { $ref: "common.schema.json#/$defs/keyPrefix" },
    trial: artifactsSchema.properties.trial,
    modelKey: { $ref: "common.schema.json#/$defs/objectKey" },
    trials: {
      type: "array",
      minItems: 1,
      maxItems: 30,
      items: {
        type: "object",
        required: ["trial", "status"],
        properties: { trial: artifactsSchema.properties.trial, status: { enum: ["completed", "failed"] } },
      },
    },
  },
};
type Event = {
  run: Run;
  embeddingsPrefix: string;
  trial: number;
  modelKey: string;
  trials: { trial: number; status: "completed" | "failed" }[];
};

const embeddingFiles = ["embeddings.index.json", "embeddings.safetensors", "embeddings.sav"];

const checkManifest = door<EmbeddingsManifest>(embeddingsManifestSchema, {
  what: "The embeddings' manifest.json",
  name: "ArtifactInvalid",
});

export const handler = task(event, async (event: Event): Promise<Artifacts> => {
  const { run, embeddingsPrefix, trial, modelKey, trials } = event;
  const store = await openStore({ driver: environment.objectStore, bucket: environment.dataBucket });
  const [model, embeddings, warnings] = await Promise.all([
    hashObject(store, modelKey),
    checkEmbeddings(store, embeddingsPrefix, run),
    keepTrainingLogs(store, run, trials),
  ]);
  return { trial, model: { key: modelKey, ...model }, embeddings, warnings };
});

/** Returns what the receipt says of those that are not there: a curve is missing, and nothing else. */
async function keepTrainingLogs(
  store: ObjectStore,
  { execution }: Run,
  trials: Event["trials"],
): Promise<string[]> {
  const warnings = await Promise.all(
    trials.map(async ({ trial, status }) => {
      const isKept = await keepTrainingLog(store, execution, trial).catch(() => false);
      // One that failed may have failed before its first step.
      return isKept || status === "failed" ? [] : `The training log of trial ${trial} is missing.`;
    }),
  );
  return warnings.flat();
}

// A separate name, because a redrive cannot help: it enters this state again, and the job before it counts as finished.
const refuse = (problem: string) => new NamedError("ArtifactInvalid", `${problem}.`);

async function checkEmbeddings(
  store: ObjectStore,
  prefix: string,
  run: Run,
): Promise<Artifacts["embeddings"]> {
  const manifest = checkManifest(await readManifest(store, `${prefix}manifest.json`));
  if (manifest.embeddingKey !== run.baseModel.embeddingKey)
    throw refuse(`${prefix}manifest.json is of another base model or pooling than the run's`);
  if (manifest.embedded + manifest.reused !== manifest.texts)
    throw refuse(`${prefix}manifest.json counts other texts than embedded and reused ones`);
  const listed = Object.keys(manifest.files).sort();
  if (listed.join() !== embeddingFiles.join())
    throw refuse(`${prefix}manifest.json must list ${embeddingFiles.join(", ")}`);
  await Promise.all(
    embeddingFiles.map(async (file) => {
      const { sha256 } = await hashObject(store, prefix + file);
      if (sha256 !== manifest.files[file])
        throw refuse(`${prefix}${file} is not the file that its manifest describes`);
    }),
  );
  const { files, texts, embedded, reused, dimension } = manifest;
  return { prefix, files, texts, embedded, reused, dimension };
}

async function readManifest(store: ObjectStore, key: string) {
  try {
    return await readJson(store, key);
  } catch (error) {
    if (error instanceof ObjectMissing) throw refuse(`${key} is missing, so the job was not finished`);
    if (error instanceof ObjectInvalid) throw refuse(`${key} is not readable`);
    throw error;
  }
}

/** SHA-256 and size of an object, streamed. */
async function hashObject(store: ObjectStore, key: string) {
  const found = await store.head(key);
  if (!found) throw refuse(`${key} is missing`);
  if (found.sizeBytes === 0) throw refuse(`${key} is empty`);
  const hash = createHash("sha256");
  await pipeline(await store.read(key, { versionId: found.versionId }), hash);
  return { sha256: hash.digest("hex"), sizeBytes: found.sizeBytes };
}

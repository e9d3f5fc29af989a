// Why this step exists: faults of an execution's input are reported before anything is read or paid for, and
// everything that could change meanwhile (defaults, the newest version, the base model) is fixed for the whole run.
import { buffer } from "node:stream/consumers";
import { baseModelManifestKey, below, runKey, runPrefix } from "../schemas/bucket.ts";
import executionInputSchema from "../schemas/execution/execution-input.schema.json" with { type: "json" };
import { idOf, modelJobs } from "../schemas/execution/jobs.ts";
import { refuseEmptyRanges } from "../schemas/execution/tuning.ts";
import baseModelSchema from "../schemas/models/base-model.schema.json" with { type: "json" };
import { NamedError } from "../schemas/tables/errors.ts";
import type {
  Algorithms,
  BaseModelManifest,
  ExecutionInput,
  GatePolicy,
  Hyperparameters,
  LearningCurve,
  Run,
  TuningInput,
} from "../schemas/types.ts";
import { approvalOf } from "./approval/asked.ts";
import { door } from "./lambda/door.ts";
import { environment } from "./lambda/environment.ts";
import { task } from "./lambda/task.ts";
import { openStore } from "./store/open.ts";
import {
  isKey,
  keyExpectation,
  ObjectInvalid,
  ObjectMissing,
  type ObjectStore,
  readJson,
  type StoredObject,
  writeJson,
} from "./store/store.ts";
import { resolveImages } from "./validate-input/images.ts";

const jobs = modelJobs.map(idOf);
const uri = { type: "string", maxLength: 255 };

const event = {
  type: "object",
  additionalProperties: false,
  required: ["input", "execution", "startedAt"],
  properties: {
    input: {},
    execution: { type: "string", minLength: 1, maxLength: 80 },
    startedAt: { $ref: "common.schema.json#/$defs/timestamp" },
    // A definition of an earlier version names none.
    images: { type: "object", required: jobs, properties: Object.fromEntries(jobs.map((job) => [job, uri])) },
  },
};
type Event = {
  input: unknown;
  execution: string;
  startedAt: string;
  images?: Parameters<typeof resolveImages>[0];
};

// What the schema's defaults leave: only the base model and what it recommends may still be missing.
type CompleteInput = Required<
  Omit<
    ExecutionInput,
    "baseModel" | "hyperparameters" | "gate" | "algorithms" | "tuning" | "curve" | "startedBy"
  >
> & {
  startedBy?: string;
  curve?: LearningCurve;
  baseModel?: string;
  algorithms?: Algorithms;
  tuning?: TuningInput & Pick<Required<TuningInput>, "parallel" | "ranges">;
  hyperparameters: Hyperparameters;
  gate: GatePolicy;
};

const checkInput = door<CompleteInput>(executionInputSchema, {
  what: "The execution's input",
  name: "InvalidInput",
  useDefaults: true,
});
const checkBaseModel = door<BaseModelManifest>(baseModelSchema, {
  what: "The base model's manifest",
  name: "InvalidInput",
});

export const handler = task(
  event,
  async ({ input: received, execution, startedAt, images }: Event): Promise<Run> => {
    // Step Functions takes more than this, but the name becomes a part of keys, and of a command to type.
    if (!/^[0-9A-Za-z_-]+$/.test(execution))
      throw new NamedError(
        "InvalidInput",
        "The execution's name may have only letters, digits, - and _. Start it again under another name, or none.",
      );
    const { source, baseModel, hyperparameters, algorithms, tuning, ...settings } = checkInput(received);
    if (settings.curve) refuseUnused(settings.curve, tuning);
    const bucket = environment.dataBucket;
    if (source.bucket !== bucket)
      throw new NamedError(
        "InvalidInput",
        `/source/bucket must be the pipeline's own data bucket, ${bucket}.`,
      );
    const approval = await approvalOf(environment.approval, settings.gate.approval);
    const store = await openStore({ driver: environment.objectStore, bucket });
    const found = await findExport(store, source);
    const own = await findBaseModel(store, baseModel ?? environment.baseModel);
    const run: Run = {
      execution,
      startedAt,
      prefix: runPrefix(execution),
      source: { bucket, ...found },
      baseModel: own,
      hyperparameters,
      algorithms: algorithms ?? null,
      tuning: tuning ? await resolveTuning(store, tuning, own) : null,
      ...settings,
      approval,
      ...(images && { images: await resolveImages(images) }),
    };
    // For a job that does a function's work: a request for a job has no room for an event.
    await writeJson(store, runKey(execution), run);
    return run;
  },
);

function refuseUnused({ shares }: LearningCurve, tuning: object | undefined): void {
  if (tuning)
    throw new NamedError(
      "InvalidInput",
      "/curve and /tuning: a learning curve compares shares of the rows under the same settings. Leave one of them out.",
    );
  if (shares.some((share, index) => share <= (shares[index - 1] ?? 0)))
    throw new NamedError("InvalidInput", "/curve/shares must rise from one to the next.");
}

async function resolveTuning(
  store: ObjectStore,
  { trials, parallel, ranges, baseModels = [] }: NonNullable<CompleteInput["tuning"]>,
  own: BaseModel,
): Promise<Run["tuning"]> {
  refuseEmptyRanges(ranges);
  const others = baseModels.filter((name) => name !== own.name);
  const found = [own, ...(await Promise.all(others.map((name) => findBaseModel(store, name))))];
  return {
    trials,
    parallel,
    ranges,
    baseModels: found,
  };
}

/** The version that is read from here on, even when a newer one is uploaded later. */
async function findExport(store: ObjectStore, source: ExecutionInput["source"]) {
  if (!isKey(source.key)) throw new NamedError("InvalidInput", `/source/key must be ${keyExpectation}.`);
  const found = await store.head(source.key, source.versionId);
  if (!found)
    throw new NamedError(
      "InvalidInput",
      `/source: ${source.versionId === undefined ? "there is no such object" : "the object has no such version"} in the data bucket. Upload the export, then start again.`,
    );
  const { key, versionId, etag, sizeBytes } = found;
  return { key, versionId, etag, sizeBytes, gzip: await isGzip(store, found) };
}

async function isGzip(store: ObjectStore, { key, versionId, sizeBytes }: StoredObject): Promise<boolean> {
  if (sizeBytes < 2) return false;
  const head = await buffer(await store.read(key, { versionId, range: [0, 1] }));
  return head[0] === 0x1f && head[1] === 0x8b;
}

type BaseModel = NonNullable<Run["tuning"]>["baseModels"][number];

async function findBaseModel(store: ObjectStore, name: string): Promise<BaseModel> {
  const remedy = `Add it: pbp base-model add ${name} <folder>.`;
  const manifest = checkBaseModel(await readManifest(store, name, remedy));
  if (manifest.name !== name || !manifest.prefix.startsWith(below("base-models", name)))
    throw new NamedError("InvalidInput", `The manifest of base model ${name} is another model's. ${remedy}`);
  const files = Object.keys(manifest.files);
  const missing = (await Promise.all(files.map((file) => store.head(manifest.prefix + file)))).indexOf(null);
  if (missing >= 0)
    throw new NamedError("InvalidInput", `Base model ${name} lacks its file ${files[missing]}. ${remedy}`);
  return {
    name,
    prefix: manifest.prefix,
    weightsSha256: manifest.weightsSha256,
    embeddingKey: manifest.embeddingKey,
    learningRate: manifest.learningRate,
  };
}

async function readManifest(store: ObjectStore, name: string, remedy: string): Promise<unknown> {
  try {
    return await readJson(store, baseModelManifestKey(name));
  } catch (error) {
    if (error instanceof ObjectMissing)
      throw new NamedError("InvalidInput", `There is no base model ${name}. ${remedy}`);
    if (error instanceof ObjectInvalid)
      throw new NamedError("InvalidInput", `The manifest of base model ${name} is not readable. ${remedy}`);
    throw error;
  }
}

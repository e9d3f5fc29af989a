// What one execution costs, computed from the work it does: word pieces, the FLOPs of a piece, what the processor of an
// instance reaches, and the price table of the receipts.
import { functions, taskSize } from "../../pipeline/functions.ts";
import executionInputSchema from "../../schemas/execution/execution-input.schema.json" with { type: "json" };
import { idOf, type Job } from "../../schemas/execution/jobs.ts";
import runSchema from "../../schemas/execution/run.schema.json" with { type: "json" };
import deploymentSchema from "../../schemas/installation/deployment.schema.json" with { type: "json" };
import type { Run } from "../../schemas/types.ts";
import { machinesIn, type StateMachine } from "../../states/asl.ts";
import { definition } from "../../states/definition.ts";
import { limit } from "../../states/limits.ts";
import prices from "../../tasks/notify/prices.json" with { type: "json" };
import { VALIDATION_SHARE } from "../../tasks/preprocess/sides/split.ts";
import { trialsOf } from "../../tasks/preprocess/tuning/trials.ts";
import { devices, servicePrices, value } from "./assumptions.ts";

/** Where the jobs run. */
export type Plan = {
  preprocess: { instance: string };
  /** Whether the deployment has the task for large bundles. */
  promote: { hasTask: boolean };
  embed: { instance: string; maximum: number };
  train: { instance: string };
  evaluate: { instance: string };
};

export type Part = "start" | "transfer" | "tokenise" | "compute";
export type JobEstimate = {
  state: Job;
  instance: string;
  count: number;
  seconds: Record<Part, number>;
  usd: number;
};
export type Estimate = { jobs: JobEstimate[]; services: number; usd: number };

const { preprocess, promote, embed, train, evaluate } = deploymentSchema.properties;
const epochs = executionInputSchema.properties.epochs.default;
const testFraction = executionInputSchema.properties.testFraction.default;

/** The first instance of each list, without spot: what is surely enough. */
export const defaults: Plan = {
  preprocess: { instance: preprocess.properties.instances.default[0]! },
  promote: { hasTask: false },
  embed: {
    instance: embed.properties.instances.default[0]!,
    maximum: embed.properties.maximumInstanceCount.default,
  },
  // The list begins with spot, whose discount nobody knows before.
  train: { instance: train.properties.instances.default[0]!.replace(" spot", "") },
  evaluate: { instance: evaluate.properties.instances.default[0]! },
};
const idleInstance = embed.properties.idleInstances.default[0]!;
/** The default lists of instances, each from its first to its last. */
export const ladders: Readonly<Record<JobEstimate["state"], readonly string[]>> = {
  PreprocessJob: preprocess.properties.instances.default,
  Embed: embed.properties.instances.default,
  Train: train.properties.instances.default.filter((type) => !type.endsWith(" spot")),
  Evaluate: evaluate.properties.instances.default,
};
const versionsKept = deploymentSchema.properties.keepVersions.default + 1;

/**
 * FLOP of one word piece through BERT-base in a window of `length`: 24 d² a layer for the products with weights, 4·length·d
 * for attention, 12 layers, d = 768. 175 MFLOP at 128. Training costs three times that: the backward pass is two.
 */
export function flopsPerPiece(length: number): number {
  const [layers, width] = [12, 768];
  return layers * (24 * width ** 2 + 4 * length * width);
}

/** FLOP/s that a job reaches on an instance: Evaluate judges in fp32, the others compute in 16 bits where they can. */
export function reached(instance: string, state: JobEstimate["state"]): number {
  const { peakFlops, float32Flops, cores, name } = devices[instance]!;
  const isFloat32 = state === "Evaluate";
  if (peakFlops > 0) return (isFloat32 ? float32Flops : peakFlops) * value("gpuShare");
  if (!name.includes("AMX")) return cores * value("cpuFlops");
  return cores * value(isFloat32 ? "amxFloat32Flops" : "amxFlops");
}

/** @param isWarm All but some of the notes have a vector, and there is a champion to compare with. */
export function estimate(notes: number, isWarm: boolean, plan: Plan = defaults): Estimate {
  const jobs = [
    ...(isPreparedByJob(notes) ? [preparation(notes, plan)] : []),
    embedding(notes, isWarm, plan),
    training(notes, plan),
    evaluation(notes, isWarm, plan),
  ];
  const services = servicesOf(notes, plan);
  return { jobs, services, usd: jobs.reduce((sum, { usd }) => sum + usd, services) };
}

const window = 128;
const vectorBytes = () => value("dimension") * 4;
const bundleBytes = (notes: number) => value("modelBytes") + value("bundleCopies") * notes * vectorBytes();

/** Whether Preprocess runs on an instance, as states/jobs/preprocess.ts decides it. */
export const isPreparedByJob = (notes: number): boolean =>
  notes * value("exportBytes") > preprocess.properties.aboveMegabytes.default * 1e6;

function preparation(notes: number, plan: Plan): JobEstimate {
  const exported = notes * value("exportBytes");
  const { usd, ...made } = job("PreprocessJob", plan.preprocess.instance, 1, {
    // It comes while it is read; what was made of it goes afterwards.
    transferBytes: exported * value("spoolFactor"),
    tokenisedPieces: 0,
    flops: 0,
  });
  const seconds = { ...made.seconds, compute: exported / value("preprocessBytes") };
  return { ...made, seconds, usd: (secondsOf({ seconds }) / 3600) * usdPerHour(made.instance) };
}

function embedding(notes: number, isWarm: boolean, plan: Plan): JobEstimate {
  const missing = isWarm ? Math.round(notes * value("newShare")) : notes;
  const pieces = missing * value("embeddedPieces");
  // As states/jobs/embed.ts says it.
  const count = Math.min(plan.embed.maximum, Math.max(1, Math.ceil(missing / limit("textsPerInstance"))));
  return job("Embed", missing > 0 ? plan.embed.instance : idleInstance, count, {
    // On the first host, for which the others wait: the store comes down, their shards come over, its own shard and the
    // bundle's copies go up.
    transferBytes: value("modelBytes") + (notes + missing + value("bundleCopies") * notes) * vectorBytes(),
    tokenisedPieces: missing * value("piecesPerNote"),
    flops: pieces * flopsPerPiece(value("embeddedPieces")),
  });
}

/** How many trials the page's table has. */
export const tunedTrials = 16;

/**
 * What `--tune 16` costs in place of one training: the very trials that an execution would get, each with its own
 * epochs, on the training rows without the validation side. One after another, as a deployment has it by default.
 */
export function tuning(notes: number, plan: Plan): { one: JobEstimate; usd: number; seconds: number } {
  const [example] = runSchema.examples as unknown as [Run];
  const asked = { trials: tunedTrials, parallel: 1, ranges: {}, baseModels: [example.baseModel] };
  const trials = trialsOf({ ...example, epochs, tuning: asked } as Run, "keyphrases", ["transformer"]);
  const jobs = trials.map((trial) => training(notes * (1 - VALIDATION_SHARE), plan, trial.epochs));
  return {
    one: training(notes, plan),
    usd: jobs.reduce((sum, one) => sum + one.usd, 0),
    seconds: jobs.reduce((sum, one) => sum + secondsOf(one), 0),
  };
}

function training(notes: number, plan: Plan, passes = epochs): JobEstimate {
  const pieces = notes * value("annotatedShare") * (1 - testFraction) * value("piecesPerNote");
  return job("Train", plan.train.instance, 1, {
    transferBytes: 2 * value("modelBytes") + pieces * 10,
    tokenisedPieces: pieces,
    flops: 3 * passes * pieces * flopsPerPiece(window),
  });
}

function evaluation(notes: number, isWarm: boolean, plan: Plan): JobEstimate {
  const pieces = notes * value("annotatedShare") * testFraction * value("piecesPerNote");
  const models = isWarm ? 2 : 1;
  return job("Evaluate", plan.evaluate.instance, 1, {
    transferBytes: models * value("modelBytes") + pieces * 10,
    tokenisedPieces: models * pieces,
    flops: models * pieces * flopsPerPiece(window),
  });
}

type Work = { transferBytes: number; tokenisedPieces: number; flops: number };

function job(state: JobEstimate["state"], instance: string, count: number, work: Work): JobEstimate {
  const { cores } = devices[instance]!;
  const seconds = {
    start: value("startSeconds"),
    transfer: work.transferBytes / value("transferBytes"),
    tokenise: work.tokenisedPieces / (value("tokenisedPieces") * cores * count),
    compute: work.flops / (reached(instance, state) * count),
  };
  const usd = (secondsOf({ seconds }) / 3600) * count * usdPerHour(instance);
  return { state, instance, count, seconds, usd };
}

export const secondsOf = ({ seconds }: Pick<JobEstimate, "seconds">): number =>
  Object.values(seconds).reduce((sum, one) => sum + one, 0);

/** Throws when the price table lacks an instance: an estimate without it would be a guess. */
export function usdPerHour(instance: string): number {
  const table: Readonly<Record<string, number>> = prices.usdPerHour;
  const usd = table[instance];
  if (usd === undefined) throw new Error(`tasks/notify/prices.json has no price for ${instance}.`);
  return usd;
}

const gigabytes = (bytes: number) => bytes / 1e9;
const price = (name: keyof typeof servicePrices): number => servicePrices[name].value;

/** Functions, transitions, and what Promote writes to EFS and reads back. */
function servicesOf(notes: number, plan: Plan): number {
  const byTask = isPromotedByTask(notes, plan);
  const seconds: Record<string, number> = {
    ...(!isPreparedByJob(notes) && {
      preprocess: (notes * value("exportBytes")) / value("preprocessBytes"),
    }),
    "check-artifacts": bundleBytes(notes) / value("bundleBytes"),
    ...(!byTask && { promote: promoteSeconds(notes) }),
  };
  const task = byTask ? (promoteSeconds(notes) / 3600) * taskHour() : 0;
  // CheckKind and ReadChampion call one function.
  const small = ["validate-input", "read-champion", "read-champion", "quality-gate", "notify"];
  const names = [...small, ...Object.keys(seconds)];
  const lambda = names.map((name) => {
    const { memoryMegabytes, ephemeralStorageMegabytes = 512 } = functions[name]!;
    // The small ones take a second with their cold start.
    const busy = seconds[name] ?? 1;
    return (
      price("lambdaRequest") +
      busy * (memoryMegabytes / 1024) * price("lambdaGigabyteSecond") +
      busy * ((ephemeralStorageMegabytes - 512) / 1024) * price("lambdaStorage")
    );
  });
  const efs = gigabytes(bundleBytes(notes)) * (price("efsWritten") + price("efsRead"));
  return lambda.reduce((sum, usd) => sum + usd, efs + task + transitions() * price("transition"));
}

/** Of the task in pipeline/cloud/fargate/promote-task.ts. */
const taskHour = () =>
  (taskSize.cpu / 1024) * price("fargateProcessorHour") +
  (taskSize.memory / 1024) * price("fargateGigabyteHour");

/** Whether Promote runs as a task, as states/jobs/promote.ts decides it. */
export const isPromotedByTask = (notes: number, plan: Plan): boolean =>
  plan.promote.hasTask &&
  bundleBytes(notes) + notes * limit("bytesPerText") > promote.properties.aboveMegabytes.default * 1e6;

/** Written once, read back once. */
const promoteSeconds = (notes: number) => (2 * bundleBytes(notes)) / value("bundleBytes");

/** Every state once, the choices' other ends and the failures' states included: an upper bound of a run without retries. */
function transitions(): number {
  const count = ({ States }: StateMachine): number =>
    Object.values(States).reduce(
      (sum, state) => sum + 1 + machinesIn(state).reduce((inner, machine) => inner + count(machine), 0),
      0,
    );
  return count(definition);
}

export const hours = 730; // of a month

/** What is paid by the month, whether or not anything runs; with as many versions on EFS as are kept. */
export function monthly(notes: number, plan: Plan = defaults): { what: string; usd: number }[] {
  const zones = 2;
  const kept = versionsKept * bundleBytes(notes);
  // The export, its rows, the store's vectors, a run's model and bundle: what one run leaves there.
  const bucket =
    2 * notes * value("exportBytes") + notes * vectorBytes() + bundleBytes(notes) + value("modelBytes");
  return [
    { what: `endpoint of the EFS API in ${zones} zones`, usd: zones * hours * price("endpointHour") },
    {
      what: `endpoints of ECR and CloudWatch Logs there, with \`promote\``,
      usd: plan.promote.hasTask ? 3 * zones * hours * price("endpointHour") : 0,
    },
    { what: "key", usd: price("keyMonth") },
    { what: "S3, what one run leaves there", usd: gigabytes(bucket) * price("s3Month") },
    { what: `EFS, ${versionsKept} versions`, usd: gigabytes(kept) * price("efsMonth") },
  ];
}

/** What a job takes on an instance of its list, every note new and a champion to score. */
export function longest(state: JobEstimate["state"], instance: string, notes: number): JobEstimate {
  const plan: Plan = { ...defaults, [idOf(state)]: { ...defaults[idOf(state)], instance } };
  const runs = [false, true].map((isWarm) =>
    estimate(notes, isWarm, plan).jobs.find((one) => one.state === state),
  );
  return runs.reduce((a, b) => (secondsOf(b!) > secondsOf(a!) ? b : a))!;
}

/** Bytes that a job's process holds, of several the fullest. Every note new, and a champion to score. */
export function memoryOf(state: JobEstimate["state"], notes: number): number {
  if (state === "PreprocessJob") return notes * value("digestBytes");
  // The first host holds all vectors three times while it writes embeddings.sav.
  if (state === "Embed") return notes * (3 * vectorBytes() + value("indexBytes"));
  const annotated = notes * value("annotatedShare");
  return state === "Train"
    ? annotated * (1 - testFraction) * value("trainingBytes")
    : annotated * testFraction * value("judgedBytes");
}

/** How many notes a job does on an instance within its time limit and its memory, to the nearest ten thousand below. */
export function mostNotes(state: JobEstimate["state"], instance: string): number {
  const step = 10_000;
  let [fits, tooMany] = [0, 1e9];
  while (tooMany - fits > step) {
    const notes = Math.floor((fits + tooMany) / 2 / step) * step;
    const isQuick = secondsOf(longest(state, instance, notes)) <= limit("jobRuntime");
    if (isQuick && memoryOf(state, notes) <= devices[instance]!.memoryBytes) fits = notes;
    else tooMany = notes;
  }
  return fits;
}

/** What a size needs and this version does not give. Empty: it fits. */
export function obstacles(notes: number, plan: Plan = defaults): string[] {
  const found: string[] = [];
  const hours = (seconds: number) => `${(seconds / 3600).toFixed(1)} h`;
  for (const one of estimate(notes, true, plan).jobs)
    if (secondsOf(one) > limit("jobRuntime"))
      found.push(
        `${one.state} on ${one.instance} takes ${hours(secondsOf(one))}; a job ends after ${hours(limit("jobRuntime"))}`,
      );
  if (notes * value("exportBytes") * value("spoolFactor") > limit("largestDisk") * 1e9)
    found.push("PreprocessJob needs a larger disk than SageMaker gives");
  for (const { state, instance } of estimate(notes, true, plan).jobs) {
    const [memory, { memoryBytes }] = [memoryOf(state, notes), devices[instance]!];
    if (memory > memoryBytes)
      found.push(
        `${state} needs ${gigabytes(memory).toFixed(0)} GB of memory; ${instance} has ${gigabytes(memoryBytes).toFixed(0)}`,
      );
  }
  const bundle = `a bundle of ${gigabytes(bundleBytes(notes)).toFixed(0)} GB`;
  const minutes = (seconds: number) => (seconds / 60).toFixed(0);
  const isTask = isPromotedByTask(notes, plan);
  const given = isTask ? limit("promoteTaskRuntime") : functions.promote!.timeoutSeconds;
  if (promoteSeconds(notes) > given)
    found.push(
      `Promote moves ${bundle} in ${minutes(promoteSeconds(notes))} minutes; ${isTask ? "its task has" : "Lambda gives"} ${minutes(given)}${isTask ? "" : ", and a deployment with `promote` has a task for it"}`,
    );
  const { timeoutSeconds } = functions["check-artifacts"]!;
  const read = bundleBytes(notes) / value("bundleBytes");
  if (read > timeoutSeconds)
    found.push(
      `CheckArtifacts reads ${bundle} in ${minutes(read)} minutes; Lambda gives ${minutes(timeoutSeconds)}`,
    );
  return found;
}

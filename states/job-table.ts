import type { BucketFolder } from "../schemas/bucket.ts";
import { idOf, type Job, jobNames } from "../schemas/execution/jobs.ts";
import type { ErrorName } from "../schemas/tables/errors.ts";

export type JobKind = "Processing" | "Training";

/** What the definition, the deployment and the engines must know of a job. */
type JobSettings = {
  kind: JobKind;
  /** The error of an execution whose job failed. */
  error: ErrorName;
  /** Its folder in containers/ and the last part of its image's repository, where that is not its id. */
  image?: string;
  /** Its channels by their names in the container, each with the folder of the bucket in which it lies. */
  inputs: Readonly<Record<string, BucketFolder>>;
  outputs: Readonly<Record<string, BucketFolder>>;
  /** Where it keeps what a second attempt goes on from. */
  checkpoints?: BucketFolder;
  /** The settings of a deployment that are placeholders of the definition, without the job's name. */
  settings: Readonly<
    Partial<
      Record<
        | "Instances"
        | "IdleInstances"
        | "LinearInstances"
        | "InstanceCount"
        | "TrialsAtOnce"
        | "AboveMegabytes",
        string
      >
    >
  >;
};

export const jobTable = {
  PreprocessJob: {
    kind: "Processing",
    error: "PreprocessFailed",
    // Functions on a larger host: Lambda's bundle, with what it touches.
    image: "functions",
    inputs: { run: "runs" },
    outputs: { answer: "runs" },
    settings: { Instances: "instances", AboveMegabytes: "aboveMegabytes" },
  },
  Embed: {
    kind: "Processing",
    error: "EmbeddingFailed",
    inputs: { notes: "runs", missing: "runs", model: "base-models", store: "embeddings" },
    outputs: { shard: "embeddings", bundle: "runs" },
    settings: {
      Instances: "instances",
      IdleInstances: "idleInstances",
      InstanceCount: "maximumInstanceCount",
    },
  },
  Train: {
    kind: "Training",
    error: "TrainingFailed",
    inputs: { train: "runs", labels: "runs", validation: "runs", model: "base-models" },
    outputs: { model: "runs" },
    checkpoints: "checkpoints",
    settings: {
      Instances: "instances",
      LinearInstances: "linearInstances",
      InstanceCount: "instanceCount",
      TrialsAtOnce: "trialsAtOnce",
    },
  },
  Evaluate: {
    kind: "Processing",
    error: "EvaluationFailed",
    inputs: {
      test: "runs",
      labels: "runs",
      train: "runs",
      facets: "runs",
      challenger: "runs",
      champion: "champions",
    },
    outputs: { evaluation: "runs" },
    settings: { Instances: "instances" },
  },
} as const satisfies Record<Job, JobSettings>;

/** A job's folder in containers/, and the last part of its image's repository. */
export const imageOf = (job: Job): string => (jobTable[job] as JobSettings).image ?? idOf(job);

export type InputOf<Of extends Job> = keyof (typeof jobTable)[Of]["inputs"] & string;
export type OutputOf<Of extends Job> = keyof (typeof jobTable)[Of]["outputs"] & string;

/** The folders of the bucket that a job reads, and those that it writes. */
export function foldersOf(job: Job): { reads: BucketFolder[]; writes: BucketFolder[] } {
  const { inputs, outputs, checkpoints }: JobSettings = jobTable[job];
  const kept = checkpoints ? [checkpoints] : [];
  const distinct = (folders: Readonly<Record<string, BucketFolder>>) => [
    ...new Set([...Object.values(folders), ...kept]),
  ];
  return { reads: distinct(inputs), writes: distinct(outputs) };
}

/** What an engine says of a job; a setting is an instance list or a count of a deployment. */
type JobParts = { roleArn: string; imageUri: string; settingOf: (setting: string) => string };

/** The values of the jobs' placeholders: `TrainRoleArn`, `TrainImageUri`, `TrainInstances`, … */
export function jobValues(partsOf: (job: Job) => JobParts): Record<string, string> {
  return Object.fromEntries(
    jobNames.flatMap((job) => {
      const { roleArn, imageUri, settingOf } = partsOf(job);
      const settings = Object.entries(jobTable[job].settings);
      return [
        [`${job}RoleArn`, roleArn],
        [`${job}ImageUri`, imageUri],
        ...settings.map(([placeholder, setting]) => [job + placeholder, settingOf(setting)]),
      ];
    }),
  );
}

// The layout of the data bucket; on one machine, of the store in the home.

/** Everything in the bucket lies in one of these folders. */
export const bucketFolders = [
  "incoming",
  "exports",
  "base-models",
  "embeddings",
  "runs",
  "checkpoints",
  "champions",
  "monitoring",
  "uploads",
  "predictions",
] as const;
export type BucketFolder = (typeof bucketFolders)[number];

/** What the keys in a folder begin with: `runs/`, or with an execution `runs/<execution>/`. */
export const below = (folder: BucketFolder, ...parts: string[]) => `${[folder, ...parts].join("/")}/`;

/** The folder that an object lies in; undefined for what the pipeline did not make. */
export const folderOf = (key: string) => bucketFolders.find((folder) => key.startsWith(below(folder)));

/** What an execution made: messages, dataset, model, evaluations. */
export const runPrefix = (execution: string) => below("runs", execution);

/** The run as ValidateInput made it. */
export const runKey = (execution: string) => `${runPrefix(execution)}run.json`;

/** What PreprocessJob answered, in which the function's result is, as states/jobs/preprocess.ts places it. */
export const preprocessAnswerKey = (execution: string) => `${runPrefix(execution)}preprocess/answer.json`;

/** What Promote is called with, as QualityGate leaves it for PromoteTask. */
export const promoteEventKey = (execution: string) => `${runPrefix(execution)}promote/event.json`;

/** What PromoteTask answered, as states/jobs/promote.ts places it: by the champion's generation, 0 for none, and the redrive. */
export const promoteAnswerKey = (execution: string, attempt: string) =>
  `${runPrefix(execution)}promote/${attempt}/answer.json`;

/** What Evaluate wrote, as states/jobs/evaluate.ts places it: by the generation that was the champion, 0 for none. */
export const evaluationPrefix = (execution: string, championGeneration: number | null) =>
  below("runs", execution, "evaluation", String(championGeneration ?? 0));

/** The execution that made an object; undefined outside of `runs/`. */
export const executionOf = (key: string) => (folderOf(key) === "runs" ? key.split("/")[1] : undefined);

/** Written last, and names every other file: a base model is there once its manifest is. */
export const baseModelManifestKey = (name: string) => `${below("base-models", name)}manifest.json`;

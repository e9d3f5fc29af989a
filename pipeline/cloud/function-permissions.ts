import type { IBucket } from "aws-cdk-lib/aws-s3";
import { type BucketFolder, below } from "../../schemas/bucket.ts";
import type { Statement } from "./roles.ts";

/** What tells what became of an execution, and nothing of a note. */
export const outcomeFiles: readonly string[] = ["dataset/report.json", "receipt.json"].map(
  (file) => `${below("runs")}*/${file}`,
);

/** What a function may touch. test/cloud/permissions.test.ts compares this with what its code calls. */
export type Touches = {
  reads?: readonly BucketFolder[];
  /** Reads versions by their id, as a state that must see what an earlier one saw. */
  versions?: true;
  lists?: readonly BucketFolder[];
  writes?: readonly BucketFolder[];
  /** Reads {@link outcomeFiles}. */
  readsOutcomes?: true;
  removes?: readonly BucketFolder[];
  /** The models folder on EFS. */
  models?: "reads" | "writes";
  /** The EFS API, for the preflight of a promotion. */
  describesFileSystem?: true;
  /** The digests of the jobs' images. */
  describesImages?: true;
  startsExecutions?: true;
  /** Lists the executions of the pipeline's machine. */
  listsExecutions?: true;
  /** Makes and updates the endpoints of the registered models. */
  publishesModels?: true;
  /** Starts jobs that answer files of notes, of a deployment that has them. */
  startsPredictions?: true;
  /** SageMaker's Model Registry, of a deployment that uses it. */
  registersModels?: true;
  /** To the operators' topic. */
  publishes?: true;
  /** Asks for an execution: for the error of one that failed, the model of one that succeeded, or, with a second start under its name, whether it is there. */
  describesExecutions?: true;
  /** Asks the endpoints of the registered models. */
  invokesEndpoints?: true;
  /** Of an execution that failed: what it used. */
  readsHistories?: true;
};

const promotes: Touches = {
  reads: ["runs", "base-models", "champions"],
  versions: true,
  writes: ["champions"],
  removes: ["champions"],
  models: "writes",
  describesFileSystem: true,
};

/** By the name of the function, as in pipeline/functions.ts. */
export const touches: Readonly<Record<string, Touches>> = {
  "start-execution": { startsExecutions: true, describesExecutions: true },
  "validate-input": {
    reads: ["incoming", "exports", "base-models"],
    versions: true,
    writes: ["runs"],
    describesImages: true,
  },
  preprocess: {
    reads: ["incoming", "exports", "embeddings"],
    versions: true,
    lists: ["embeddings"],
    writes: ["runs", "embeddings"],
  },
  "check-artifacts": { reads: ["runs", "checkpoints"], versions: true, writes: ["runs"] },
  // Repairs a pointer that it finds behind.
  "read-champion": { reads: ["champions"], models: "writes" },
  "quality-gate": { reads: ["runs", "champions"], versions: true, writes: ["runs"] },
  promote: promotes,
  register: { reads: ["runs", "champions"], versions: true, writes: ["champions"], registersModels: true },
  notify: {
    reads: ["runs"],
    versions: true,
    writes: ["runs", "monitoring"],
    publishes: true,
    describesExecutions: true,
    readsHistories: true,
  },
  // It packs what the endpoint unpacks, and lays the policy beside the notes.
  predict: {
    reads: ["champions", "predictions"],
    writes: ["champions", "predictions"],
    startsPredictions: true,
  },
  publish: { reads: ["champions"], writes: ["champions"], publishesModels: true },
  "explain-job-failure": {},
  answer: { invokesEndpoints: true },
  "check-last-success": {
    reads: ["monitoring"],
    versions: true,
    writes: ["monitoring"],
    listsExecutions: true,
    describesExecutions: true,
  },
  "remind-approvals": {
    reads: ["runs", "monitoring"],
    versions: true,
    lists: ["monitoring"],
    writes: ["monitoring"],
    removes: ["monitoring"],
    publishes: true,
  },
  history: { models: "reads" },
  rollback: { models: "writes" },
  "set-traffic": { models: "writes" },
  "set-policy": { models: "writes" },
  "force-promotion": promotes,
  "receive-export": {
    reads: ["incoming", "uploads"],
    versions: true,
    readsOutcomes: true,
    writes: ["incoming", "uploads"],
  },
  approve: {
    ...promotes,
    // The store looks whether a key is there before it removes it.
    reads: [...promotes.reads!, "monitoring"],
    writes: ["champions", "runs"],
    removes: ["champions", "monitoring"],
  },
};

/** What a function does on the file system. */
export const mounts = ({ models, describesFileSystem }: Touches) => ({
  writes: models === "writes",
  describes: describesFileSystem === true,
});

/** What of the bucket whoever runs such a function may touch. */
export function bucketStatements(bucket: IBucket, may: Touches): Statement[] {
  const objects = (folders: readonly BucketFolder[]) =>
    folders.map((folder) => bucket.arnForObjects(`${below(folder)}*`));
  const { reads = [], lists = [], writes = [], removes = [] } = may;
  const outcomes = may.readsOutcomes ? outcomeFiles.map((file) => bucket.arnForObjects(file)) : [];
  const statements: Statement[] = [];
  if (reads.length > 0) {
    const actions = ["s3:GetObject", ...(may.versions ? ["s3:GetObjectVersion"] : [])];
    statements.push({ actions, resources: [...objects(reads), ...outcomes] });
    // Without it S3 answers "forbidden" for a key that does not exist, and a missing object could not be told from a
    // missing permission.
    statements.push({ actions: ["s3:ListBucket"], resources: [bucket.bucketArn] });
  }
  if (lists.length > 0)
    statements.push({
      actions: ["s3:ListBucketVersions"],
      resources: [bucket.bucketArn],
      conditions: { StringLike: { "s3:prefix": lists.map((folder) => `${below(folder)}*`) } },
    });
  if (writes.length > 0)
    statements.push({ actions: ["s3:PutObject", "s3:AbortMultipartUpload"], resources: objects(writes) });
  if (removes.length > 0) statements.push({ actions: ["s3:DeleteObject"], resources: objects(removes) });
  return statements;
}

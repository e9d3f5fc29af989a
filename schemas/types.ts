// Generated from schemas/*.schema.json by `npm run generate`. Do not edit.

/**
 * What a model says about a text: keyphrases in it, its one class, or any number of classes. Where earlier versions wrote none, keyphrases is meant.
 */
export type Kind = "keyphrases" | "single-label" | "multi-label";
/**
 * The label set, in the order of the export. 64 labels give 129 tags: more is a sign of a wrong field.
 *
 * @minItems 1
 * @maxItems 64
 *
 * Items: A keyphrase label. No hyphen at the start, since tags are written B-label and I-label.
 */
export type Labels = string[];
/**
 * GPUs first. The last one is a CPU, which is seldom out of capacity; it is the type that Evaluate asks for first, so that it needs no separate quota.
 *
 * @minItems 1
 * @maxItems 8
 */
export type Instances = string[];
/**
 * For a run without a new text, which only copies vectors.
 *
 * @minItems 1
 * @maxItems 8
 */
export type Instances1 = string[];
/**
 * `<type> spot` takes spare capacity; the job keeps checkpoints.
 *
 * @minItems 1
 * @maxItems 8
 */
export type TrainingInstances = string[];
/**
 * CPUs for linear models, which are trained in seconds to minutes: too short for spare capacity to pay.
 *
 * @minItems 1
 * @maxItems 8
 */
export type TrainingInstances1 = string[];
/**
 * CPUs, each fast enough to score the largest export within a job's time limit.
 *
 * @minItems 1
 * @maxItems 8
 */
export type Instances2 = string[];
/**
 * @minItems 4
 * @maxItems 4
 */
export type Counts = number[];
/**
 * The label set, in the order of the export. 64 labels give 129 tags: more is a sign of a wrong field.
 *
 * @minItems 1
 * @maxItems 64
 *
 * Items: A keyphrase label. No hyphen at the start, since tags are written B-label and I-label.
 */
export type Labels1 = string[];
/**
 * What is trained, one default trial each.
 *
 * @minItems 1
 * @maxItems 3
 *
 * Items: What is trained. linear: hashed n-grams. frozen: a linear head on the base model's vectors. transformer: all of the base model.
 */
export type Algorithms = ("linear" | "frozen" | "transformer")[];

export interface Messages {
  artifacts: Artifacts;
  "base-model": BaseModelManifest;
  "bundle-manifest": BundleManifest;
  champion: ChampionState;
  dataset: Dataset;
  deployment: Deployment;
  "document-counts": DocumentCounts;
  "embeddings-manifest": EmbeddingsManifest;
  evaluation: Evaluation;
  "execution-input": ExecutionInput;
  "labelled-row": LabelledRow;
  "model-manifest": ModelManifest;
  "preprocess-report": PreprocessReport;
  "promotion-record": PromotionRecord;
  "rejected-record": RejectedRecord;
  "run-receipt": RunReceipt;
  run: Run;
  "training-export": TrainingExport;
  verdict: Verdict;
}
/**
 * CheckArtifacts's result: what Embed and Train left in the bucket, verified.
 */
export interface Artifacts {
  /**
   * Whose model it is: the one that was chosen.
   */
  trial: number;
  model: Model;
  embeddings: {
    /**
     * Prefix of object keys in the data bucket, ending in a slash.
     */
    prefix: string;
    /**
     * SHA-256 of embeddings.safetensors, embeddings.index.json and embeddings.sav.
     */
    files: {
      /**
       * SHA-256 of a file's bytes, lower-case hex.
       */
      [k: string]: string;
    };
    texts: number;
    /**
     * Vectors computed by this execution.
     */
    embedded: number;
    /**
     * Vectors taken from the embedding store.
     */
    reused: number;
    dimension: number;
  };
}
/**
 * A model archive in the data bucket, with the digest that every later step must find again.
 */
export interface Model {
  /**
   * Key of an object in the data bucket. S3 allows 1,024 bytes.
   */
  key: string;
  /**
   * SHA-256 of a file's bytes, lower-case hex.
   */
  sha256: string;
  sizeBytes: number;
}
/**
 * manifest.json of a base model: base-models/<name>/manifest.json points to the folder of its files. Written last by base-model add.
 */
export interface BaseModelManifest {
  name: string;
  /**
   * Prefix of object keys in the data bucket, ending in a slash.
   */
  prefix: string;
  /**
   * SHA-256 of every file below prefix.
   */
  files: {
    /**
     * SHA-256 of a file's bytes, lower-case hex.
     */
    [k: string]: string;
  };
  /**
   * SHA-256 of a file's bytes, lower-case hex.
   */
  weightsSha256: string;
  /**
   * Whether the tokenizer lower-cases. Recorded once, asserted by train, evaluate and embed.
   */
  lowerCase: boolean;
  /**
   * How word pieces become one vector.
   */
  pooling: "mean";
  /**
   * Whether vectors are scaled to length 1.
   */
  normalize: boolean;
  /**
   * Word pieces of a text that are embedded, special tokens included.
   */
  embeddingMaxLength: number;
  /**
   * Length of a vector.
   */
  dimension: number;
  /**
   * First 16 hex digits of the SHA-256 of weightsSha256, pooling, normalize, embeddingMaxLength and lowerCase: names the embedding store.
   */
  embeddingKey: string;
  /**
   * Peak learning rate that suits this model: executions that name none fine-tune with it. 5e-5 is usual for BERT-base; a small model wants more.
   */
  learningRate: number;
  /**
   * UTC instant, RFC 3339.
   */
  addedAt: string;
}
/**
 * manifest.json of models/versions/<version>/, written last. The bundle's digest is the SHA-256 of its sorted 'sha256  path' lines.
 */
export interface BundleManifest {
  /**
   * Folder name of a bundle: <generation>-<first 12 hex digits of its digest>.
   */
  version: string;
  /**
   * SHA-256 of a file's bytes, lower-case hex.
   */
  digest: string;
  /**
   * Name of a Step Functions execution. At most 80 characters is AWS's limit.
   */
  execution: string;
  /**
   * UTC instant, RFC 3339.
   */
  createdAt: string;
  kind?: Kind;
  labels: Labels;
  model: Model1;
  /**
   * Every other file of the bundle by its path.
   */
  files: {
    [k: string]: {
      /**
       * SHA-256 of a file's bytes, lower-case hex.
       */
      sha256: string;
      sizeBytes: number;
    };
  };
}
/**
 * A model archive in the data bucket, with the digest that every later step must find again.
 */
export interface Model1 {
  /**
   * Key of an object in the data bucket. S3 allows 1,024 bytes.
   */
  key: string;
  /**
   * SHA-256 of a file's bytes, lower-case hex.
   */
  sha256: string;
  sizeBytes: number;
}
/**
 * ReadChampion's result: the model in use, or null when none was ever promoted. A champion that cannot be read is an error, never null.
 */
export interface ChampionState {
  champion: null | Champion;
}
export interface Champion {
  /**
   * Number of an entry in the generation log, from 1.
   */
  generation: number;
  /**
   * Folder name of a bundle: <generation>-<first 12 hex digits of its digest>.
   */
  version: string;
  /**
   * Name of a Step Functions execution. At most 80 characters is AWS's limit.
   */
  execution: string;
  /**
   * UTC instant, RFC 3339.
   */
  promotedAt: string;
  kind?: Kind;
  labels: Labels;
  model: Model;
}
/**
 * Preprocess's result, also written as dataset/manifest.json: pointers, counts and digests, no text. Files below prefix: train.jsonl, test.jsonl (LabelledRow), notes.jsonl (a line a record: recordId and text digest), labels.json (the label set), report.json (PreprocessReport), rejects.jsonl (RejectedRecord), missing.jsonl (a line a text without a vector: digest and content).
 */
export interface Dataset {
  /**
   * Prefix of object keys in the data bucket, ending in a slash.
   */
  prefix: string;
  exportId: string;
  /**
   * UTC instant, RFC 3339.
   */
  exportedAt: string;
  /**
   * SHA-256 of a file's bytes, lower-case hex.
   */
  exportSha256: string;
  kind?: Kind;
  labels: Labels;
  train: Side;
  /**
   * A share of the training groups, by which trials are compared and a decision is fitted. null: nothing is chosen by one.
   */
  validation: null | Side;
  test: Side;
  /**
   * The embedding plan.
   */
  embedding: {
    /**
     * Prefix of object keys in the data bucket, ending in a slash.
     */
    storePrefix: string;
    /**
     * Distinct texts of this export.
     */
    texts: number;
    /**
     * Those without a vector: what the GPU will see.
     */
    missing: number;
  };
  /**
   * The trainings of this execution. Number 0 is the simplest default.
   *
   * @minItems 1
   * @maxItems 30
   */
  trials: Trial[];
}
export interface Side {
  documents: number;
  rows: number;
  tokens: number;
  entities: number;
  /**
   * SHA-256 of a file's bytes, lower-case hex.
   */
  sha256: string;
}
export interface Trial {
  /**
   * Its number.
   */
  trial: number;
  /**
   * What is trained. linear: hashed n-grams. frozen: a linear head on the base model's vectors. transformer: all of the base model.
   */
  algorithm: "linear" | "frozen" | "transformer";
  baseModel: {
    name: string;
    /**
     * Prefix of object keys in the data bucket, ending in a slash.
     */
    prefix: string;
    /**
     * SHA-256 of a file's bytes, lower-case hex.
     */
    weightsSha256: string;
  };
  /**
   * Passes over the training rows. 100 is far beyond where fine-tuning stops improving.
   */
  epochs: number;
  hyperparameters: ResolvedHyperparameters;
}
/**
 * With every default filled in.
 */
export interface ResolvedHyperparameters {
  /**
   * Rows an optimiser step sees on average. 512 is what fits a 24 GB GPU at length 128.
   */
  batchSize: number;
  /**
   * Peak learning rate of AdamW. Absent: what the base model's manifest recommends. Above 0.01 a transformer diverges within a few steps.
   */
  learningRate: number;
  /**
   * Word pieces in a window, [CLS] and [SEP] included. BERT has 512 positions.
   */
  maxSequenceLength: number;
  /**
   * Seeds the head, the order of batches, dropout and the bootstrap.
   */
  seed: number;
}
/**
 * The configuration of a deployment, under the key `pbp` of the CDK context (cdk.json). Everything has a default; without network and fileSystem, the stack makes them.
 */
export interface Deployment {
  /**
   * Also the beginning of every name in the account. A job's name has room for 20 characters of it.
   */
  stackName: string;
  /**
   * Of AWS's regions: that of the US government is another.
   */
  partition: "aws" | "aws-us-gov";
  /**
   * Without it a VPC is made: isolated subnets in `zones` zones, endpoints for S3 and EFS, no NAT.
   */
  network?: {
    vpcId: string;
    /**
     * Private subnets with a way to S3 and to the EFS API: a NAT, or endpoints.
     *
     * @minItems 1
     * @maxItems 16
     */
    subnetIds: string[];
    /**
     * The zone of each subnet, in the same order.
     *
     * @minItems 1
     * @maxItems 16
     */
    availabilityZones: string[];
    /**
     * For the functions on EFS and for the jobs; the jobs' instances talk to each other in it.
     */
    securityGroupId: string;
  };
  /**
   * In the VPC of `network`. Without it an encrypted EFS with elastic throughput is made.
   */
  fileSystem?: {
    fileSystemId: string;
    /**
     * Of its mount targets: port 2049 is opened there.
     */
    securityGroupId: string;
  };
  /**
   * In how many of the region's zones a VPC made by the stack has subnets for jobs. One zone may have GPUs when another has none, and a subnet costs nothing.
   */
  zones: number;
  /**
   * Folder of the file system that becomes the functions' root; it holds `models`.
   */
  modelsPath: string;
  /**
   * User and group that own what is written there.
   */
  posixId: number;
  /**
   * Of executions that name none.
   */
  baseModel: string;
  embed: {
    instances: Instances;
    idleInstances: Instances1;
    /**
     * One instance per million new texts, up to this many.
     */
    maximumInstanceCount: number;
  };
  train: {
    instances: TrainingInstances;
    linearInstances: TrainingInstances1;
    instanceCount: number;
    /**
     * How many trainings of an execution may run at the same time. The quota of each instance type must allow as many; an execution may ask for fewer (tuning.parallel).
     */
    trialsAtOnce: number;
  };
  evaluate: {
    instances: Instances2;
  };
  /**
   * Bundles kept besides the one in use.
   */
  keepVersions: number;
  /**
   * Where alarms and verdicts go; null: subscribe to the topic by other means.
   */
  alarmEmail: string | null;
  /**
   * How often an execution should succeed. An alarm is raised when none has for more than this many days, so allow for a run and a late export: 8 for weekly exports. A number is of the default model; an object has one for each registered model with an alarm. null: no such alarm.
   */
  expectedEveryDays:
    | null
    | number
    | {
        [k: string]: number;
      };
  logRetentionDays: 30 | 90 | 180 | 365 | 731 | 1827 | 2192 | 2557 | 2922 | 3288 | 3653;
  /**
   * How long exports and what executions wrote stay in the bucket: patient data. The models in use are not touched.
   */
  runRetentionDays: number;
  /**
   * Where docs/runbook.md is read; the alarms link its headings.
   */
  runbookUrl: string;
  /**
   * false: the bucket, the key and a file system made by the stack are deleted with it. For trials.
   */
  keepData: boolean;
}
/**
 * A line of documents.jsonl: both models' counts on one test document, from which QualityGate draws its bootstrap. [tokens right, true positives, false positives, false negatives].
 */
export interface DocumentCounts {
  document: string;
  tokens: number;
  challenger: Counts;
  champion: null | Counts;
}
/**
 * manifest.json next to the three embedding files, written last by Embed: without it the job did not finish.
 */
export interface EmbeddingsManifest {
  embeddingKey: string;
  files: {
    /**
     * SHA-256 of a file's bytes, lower-case hex.
     */
    [k: string]: string;
  };
  texts: number;
  embedded: number;
  reused: number;
  dimension: number;
}
/**
 * metrics.json of Evaluate: both models on the same test rows, at full precision. Beside it documents.jsonl (DocumentCounts).
 */
export interface Evaluation {
  /**
   * SHA-256 of a file's bytes, lower-case hex.
   */
  testSha256: string;
  /**
   * Documents that were scored.
   */
  documents: number;
  rows: number;
  tokens: number;
  entities: number;
  /**
   * Test documents left out because the champion was trained on them.
   */
  excludedDocuments: number;
  labels: Labels;
  /**
   * Labels of the test set that the champion knows too; without a champion, all. Entities, scores, baseline and documents.jsonl count nothing else, in gold or prediction; perLabel has all.
   *
   * @maxItems 64
   *
   * Items: A keyphrase label. No hyphen at the start, since tags are written B-label and I-label.
   */
  comparedLabels: string[];
  challenger: ModelScores;
  champion: null | ModelScores;
  baseline: Scores1;
}
export interface ModelScores {
  /**
   * SHA-256 of a file's bytes, lower-case hex.
   */
  modelSha256: string;
  labels: Labels1;
  scores: Scores;
  perLabel: {
    [k: string]: {
      /**
       * A number from 0 to 1.
       */
      precision: number;
      /**
       * A number from 0 to 1.
       */
      recall: number;
      /**
       * A number from 0 to 1.
       */
      f1: number;
      /**
       * Gold entities of this label.
       */
      support: number;
    };
  };
}
/**
 * Scores on the test rows. Entity-level unless the name says token.
 */
export interface Scores {
  /**
   * Token accuracy, O included.
   */
  accuracy: number;
  /**
   * A number from 0 to 1.
   */
  precision: number;
  /**
   * A number from 0 to 1.
   */
  recall: number;
  /**
   * A number from 0 to 1.
   */
  f1: number;
}
/**
 * Scores on the test rows. Entity-level unless the name says token.
 */
export interface Scores1 {
  /**
   * Token accuracy, O included.
   */
  accuracy: number;
  /**
   * A number from 0 to 1.
   */
  precision: number;
  /**
   * A number from 0 to 1.
   */
  recall: number;
  /**
   * A number from 0 to 1.
   */
  f1: number;
}
/**
 * What starts an execution: written by start-execution for an S3 event, or typed by an operator. Only source is required.
 */
export interface ExecutionInput {
  /**
   * The export to train on.
   */
  source: {
    /**
     * Must be the pipeline's own data bucket.
     */
    bucket: string;
    /**
     * Key of an object in the data bucket. S3 allows 1,024 bytes.
     */
    key: string;
    /**
     * Version of the object. Absent: the newest when the execution starts.
     */
    versionId?: string;
  };
  /**
   * Name of a registered model. Not registered, which is the folder that the others lie in.
   */
  model?: string;
  /**
   * Passes over the training rows. 100 is far beyond where fine-tuning stops improving.
   */
  epochs?: number;
  hyperparameters?: Hyperparameters;
  /**
   * Name under base-models/. Absent: the deployment's default (BASE_MODEL).
   */
  baseModel?: string;
  algorithms?: Algorithms;
  tuning?: TuningInput;
  gate?: GatePolicy;
  /**
   * Fewest annotated samples (distinct texts) worth a GPU.
   */
  minSamples?: number;
  /**
   * Share of the groups held out. Below 1 % no test set says anything; above half nothing is left to learn from.
   */
  testFraction?: number;
  /**
   * forbid: fail when texts carry direct identifiers (SSN, telephone, e-mail, record number, date of birth). report: count them.
   */
  identifiedText?: "forbid" | "report";
  /**
   * Why this run was started; kept in the receipt and the generation log. No patient data.
   */
  reason?: string;
}
/**
 * What an operator may change about the fine-tune, besides epochs.
 */
export interface Hyperparameters {
  /**
   * Rows an optimiser step sees on average. 512 is what fits a 24 GB GPU at length 128.
   */
  batchSize: number;
  /**
   * Peak learning rate of AdamW. Absent: what the base model's manifest recommends. Above 0.01 a transformer diverges within a few steps.
   */
  learningRate?: number;
  /**
   * Word pieces in a window, [CLS] and [SEP] included. BERT has 512 positions.
   */
  maxSequenceLength: number;
  /**
   * Seeds the head, the order of batches, dropout and the bootstrap.
   */
  seed: number;
}
/**
 * Trains several models with other settings and takes the best on the validation side. Absent: only the default of each algorithm.
 */
export interface TuningInput {
  /**
   * How many in all, the defaults among them. The more, the more of the best score is luck: at 30 some two standard errors.
   */
  trials: number;
  /**
   * How many at the same time, if the deployment allows it.
   */
  parallel?: number;
  ranges?: TuningRanges;
  /**
   * Names under base-models/ that trials may use besides the execution's own.
   *
   * @minItems 1
   * @maxItems 7
   */
  baseModels?: string[];
}
/**
 * From and to, both included; the same number twice holds it fixed. What is not named has a range of its own around the default; the window's length is varied only if it is named.
 */
export interface TuningRanges {
  /**
   * @minItems 2
   * @maxItems 2
   */
  learningRate?: number[];
  /**
   * @minItems 2
   * @maxItems 2
   */
  batchSize?: number[];
  /**
   * @minItems 2
   * @maxItems 2
   *
   * Items: Passes over the training rows. 100 is far beyond where fine-tuning stops improving.
   */
  epochs?: number[];
  /**
   * @minItems 2
   * @maxItems 2
   */
  maxSequenceLength?: number[];
  /**
   * @minItems 2
   * @maxItems 2
   */
  regularization?: number[];
}
/**
 * What a challenger must show to be promoted.
 */
export interface GatePolicy {
  /**
   * accuracy is token accuracy; f1 is strict entity-level F1.
   */
  metric: "accuracy" | "f1";
  /**
   * The challenger must be strictly above it.
   */
  minimum: number;
  /**
   * The challenger must beat the champion by strictly more than this.
   */
  minimumImprovement: number;
  /**
   * With a number, a difference whose bootstrap interval at this level contains zero is inconclusive. null: the plain comparison decides.
   */
  confidence: number | null;
  /**
   * Entity-level F1 that the challenger must strictly exceed on a label, by label. Absent: no floor. At most 16: each floor is one more chance to fail by bad luck.
   */
  labelMinimum?: {
    /**
     * A number from 0 to 1.
     */
    [k: string]: number;
  };
}
/**
 * A line of dataset/train.jsonl or dataset/test.jsonl: one sentence or window of a note, as tokens with strict IOB2 tags. Rows of a document follow each other in the order of the text.
 */
export interface LabelledRow {
  /**
   * First 16 hex digits of the SHA-256 of the folded text (case, white space, composition and unseen characters aside): the same text has the same id in every export, and the id says nothing about the patient.
   */
  document: string;
  /**
   * Words and punctuation, at most 256 a row.
   *
   * @minItems 1
   * @maxItems 256
   */
  tokens: string[];
  /**
   * O, B-<label> or I-<label>; as many as tokens.
   *
   * @minItems 1
   * @maxItems 256
   */
  tags: string[];
}
/**
 * manifest.json inside model.tar.gz, written last by Train: without it the job did not finish, even if SageMaker uploaded something.
 */
export interface ModelManifest {
  labels: Labels;
  /**
   * O, then B- and I- of each label, in the order of the classifier's outputs.
   *
   * @minItems 3
   * @maxItems 129
   */
  tags: string[];
  lowerCase: boolean;
  maxSequenceLength: number;
  /**
   * Passes over the training rows. 100 is far beyond where fine-tuning stops improving.
   */
  epochs: number;
  seed: number;
  trainRows: number;
  trainTokens: number;
  steps: number;
  /**
   * Mean loss of the last epoch.
   */
  finalLoss: number;
  /**
   * SHA-256 of a file's bytes, lower-case hex.
   */
  baseWeightsSha256: string;
  /**
   * SHA-256 of a file's bytes, lower-case hex.
   */
  trainSha256: string;
  /**
   * What the matrix products ran in.
   */
  dtype: "float32" | "bfloat16" | "float16";
  /**
   * SHA-256 of every other file of the archive: model.safetensors, config.json, tokenizer files, labels.json and train-documents.txt (a sorted document id a line: what this model has seen).
   */
  files: {
    /**
     * SHA-256 of a file's bytes, lower-case hex.
     */
    [k: string]: string;
  };
}
/**
 * dataset/report.json: counts of everything that was kept, dropped, snapped, deduplicated or rejected.
 */
export interface PreprocessReport {
  /**
   * Records read.
   */
  records: number;
  rejected: number;
  rejectedByRule: {
    [k: string]: number;
  };
  /**
   * Accepted records with keyphrases, empty lists included.
   */
  annotated: number;
  /**
   * Distinct annotated texts: what minSamples counts.
   */
  annotatedTexts: number;
  /**
   * Accepted records without keyphrases: embedded only.
   */
  unannotated: number;
  /**
   * Distinct texts of accepted records: what is embedded.
   */
  texts: number;
  /**
   * Annotated records of whose text a model reads what it read of one before: the same but for case, space, accents and characters that nobody sees.
   */
  duplicates: {
    records: number;
    /**
     * Of these, with other keyphrases than the one kept (the first).
     */
    conflicting: number;
    /**
     * Documents left out of the test side because the same text is trained on.
     */
    movedFromTest: number;
    /**
     * Documents left out of the train side because the same text is pinned to test.
     */
    movedFromTrain: number;
  };
  split: {
    pinned: number;
    byPatient: number;
    byEncounter: number;
    byText: number;
    /**
     * Groups on both sides because their records are pinned so. 0 without pins.
     */
    straddlingGroups: number;
  };
  /**
   * Kept spans by label: every label of the header, also one without any.
   */
  labels: {
    [k: string]: number;
  };
  spans: {
    read: number;
    kept: number;
    /**
     * Kept spans widened to whole tokens.
     */
    snapped: number;
    /**
     * Dropped for a longer span on the same tokens.
     */
    overlapping: number;
    /**
     * Dropped: the same offsets and label twice in a record.
     */
    duplicate: number;
  };
  /**
   * How many spans would begin and end where words do, or be their text, if offsets were counted otherwise. Tried on the spans of notes in which one does not fit.
   */
  offsets: {
    /**
     * Spans tried: the first 1,000.
     */
    tried: number;
    fits: {
      /**
       * As UTF-16 code units.
       */
      utf16: number;
      /**
       * As Unicode code points.
       */
      codepoint: number;
      /**
       * As UTF-8 bytes.
       */
      utf8: number;
      /**
       * As grapheme clusters.
       */
      grapheme: number;
      /**
       * CR LF counted as one.
       */
      lineEndsAsOne: number;
      /**
       * LF counted as two.
       */
      lineEndsAsTwo: number;
      /**
       * One less.
       */
      oneLess: number;
      /**
       * One more.
       */
      oneMore: number;
      /**
       * End one more.
       */
      endIncluded: number;
      /**
       * Start one less.
       */
      fromOne: number;
    };
  };
  /**
   * Over annotated, deduplicated documents.
   */
  tokens: {
    total: number;
    /**
     * Tokens inside a kept span.
     */
    gold: number;
    /**
     * Of these, tokens written to a row with a tag other than O.
     */
    goldInRows: number;
    /**
     * gold - goldInRows. Must be 0.
     */
    goldLost: number;
  };
  rows: number;
  /**
   * Documents cut into more than one row.
   */
  longNotes: number;
  /**
   * Records whose text shows a direct identifier, by kind.
   */
  identifiers: {
    socialSecurityNumber: number;
    telephone: number;
    email: number;
    recordNumber: number;
    dateOfBirth: number;
  };
  /**
   * Whether the file began with one (skipped).
   */
  byteOrderMark: boolean;
  /**
   * What fails nothing, but is seldom meant.
   *
   * @maxItems 16
   */
  warnings: string[];
}
/**
 * models/history/<generation>.json, or below models/registered/<name>/: one entry of the generation log, created exclusively, never changed.
 */
export interface PromotionRecord {
  /**
   * Name of a registered model. Not registered, which is the folder that the others lie in.
   */
  model?: string;
  /**
   * Number of an entry in the generation log, from 1.
   */
  generation: number;
  /**
   * forced: an operator promoted by hand, against the verdict.
   */
  action: "promote" | "rollback" | "forced";
  /**
   * Folder name of a bundle: <generation>-<first 12 hex digits of its digest>.
   */
  version: string;
  /**
   * The version before; null for the first.
   */
  from: null | string;
  /**
   * UTC instant, RFC 3339.
   */
  at: string;
  /**
   * Promote, or who rolled back or forced.
   */
  actor: string;
  /**
   * The execution whose model was promoted; null for a rollback.
   */
  execution: null | string;
  reason: string;
  /**
   * Key of verdict.json in the data bucket and the scores it was decided on; null for a rollback.
   */
  verdict: null | {
    /**
     * Key of an object in the data bucket. S3 allows 1,024 bytes.
     */
    key: string;
    /**
     * A number from 0 to 1.
     */
    accuracy: number;
    /**
     * A number from 0 to 1.
     */
    f1: number;
  };
  /**
   * UTC instant, RFC 3339.
   */
  exportedAt?: string;
  /**
   * Of a forced promotion: what the gate had said, and which of its rules did not hold.
   */
  overruled?: {
    verdict: "promote" | "reject" | "inconclusive";
    /**
     * @maxItems 32
     */
    rules: string[];
  };
}
/**
 * A line of rejects.jsonl: where and why, never the value. Of the record only its id is told.
 */
export interface RejectedRecord {
  /**
   * JSON pointer into the export, such as /records/17/keyphrases/2/end. From 0: record 0 is the first.
   */
  pointer: string;
  /**
   * The rule that was broken.
   */
  rule:
    | "json"
    | "schema"
    | "span-order"
    | "span-outside"
    | "span-text"
    | "span-label"
    | "span-empty"
    | "duplicate-record-id"
    | "lone-surrogate"
    | "too-deep"
    | "too-large"
    | "no-token";
  /**
   * What the rule wants, without the value found.
   */
  expected: string;
  /**
   * The record's id, where it has one that can be read.
   */
  recordId?: string;
  /**
   * The record's line in JSON Lines, from 1.
   */
  line?: number;
  /**
   * Where the record begins in a JSON object, from 0; of a gzip, in what it holds.
   */
  byte?: number;
}
/**
 * runs/<execution>/receipt.json, written by notify: what an execution did, for people and programs. Fields the execution did not reach are null.
 */
export interface RunReceipt {
  /**
   * Name of a Step Functions execution. At most 80 characters is AWS's limit.
   */
  execution: string;
  status: "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "ABORTED";
  /**
   * UTC instant, RFC 3339.
   */
  startedAt: string;
  /**
   * UTC instant, RFC 3339.
   */
  endedAt: string;
  error: null | {
    name: string;
    message: string;
    /**
     * What helps, from errors.json: resume, rerun, correct the export or the input, or look for the cause first. Absent in receipts of earlier versions.
     */
    helps?: "resume" | "rerun" | "correct-export" | "correct-input" | "look";
  };
  /**
   * UTC instant, RFC 3339.
   */
  announcedAt?: string;
  verdict: "promote" | "reject" | "inconclusive" | null;
  /**
   * @maxItems 32
   */
  reasons: string[];
  metrics: null | {
    challenger: Scores;
    champion: null | Scores;
    baseline: Scores;
  };
  embeddings: null | {
    texts: number;
    embedded: number;
    reused: number;
  };
  generation: number | null;
  version: null | string;
  reason: string;
  /**
   * What it ran with. Absent in receipts of earlier versions; null for an input that could not be used.
   */
  settings?: null | Settings;
  /**
   * What was trained, and how it compares on the validation side. null: not reached. Absent in receipts of earlier versions.
   */
  trials?: null | TrialReceipt[];
  /**
   * The jobs that finished, in the order of the definition; an evaluation after a lost race comes on top. Of those that failed, only the trials that were passed over are among them.
   */
  jobs: null | Job[];
  /**
   * Of the jobs' instances, at list prices. null where none was rented, as on one machine.
   */
  cost: null | {
    /**
     * null when a job's price or time is not known.
     */
    usd: number | null;
    /**
     * Day of the price table.
     */
    pricesAsOf: string;
    /**
     * Whose list prices they are, wherever the jobs ran.
     */
    region: string;
    /**
     * Instance types that the price table does not have.
     *
     * @maxItems 64
     *
     * Items: Of SageMaker, or `local`.
     */
    unpriced: string[];
  };
}
export interface Settings {
  export: {
    /**
     * Key of an object in the data bucket. S3 allows 1,024 bytes.
     */
    key: string;
    /**
     * null: the newest when it started, which was not reached.
     */
    versionId: string | null;
    /**
     * null until Preprocess has read it.
     */
    sha256: null | string;
  };
  /**
   * Name of a registered model. Not registered, which is the folder that the others lie in.
   */
  model?: string;
  /**
   * null: the deployment's default, which was not reached.
   */
  baseModel: string | null;
  /**
   * Passes over the training rows. 100 is far beyond where fine-tuning stops improving.
   */
  epochs: number;
  /**
   * null: the base model's, which was not reached.
   */
  learningRate: number | null;
  batchSize: number;
  maxSequenceLength: number;
  seed: number;
  gate: GatePolicy1;
  minSamples: number;
  testFraction: number;
  identifiedText: "forbid" | "report";
  /**
   * Settings that are not the default: `epochs`, `gate.metric`. `baseModel` and `learningRate`, whose defaults are the deployment's and the base model's, where it is known that the input names them.
   *
   * @maxItems 32
   */
  changed: string[];
}
/**
 * What a challenger must show to be promoted.
 */
export interface GatePolicy1 {
  /**
   * accuracy is token accuracy; f1 is strict entity-level F1.
   */
  metric: "accuracy" | "f1";
  /**
   * The challenger must be strictly above it.
   */
  minimum: number;
  /**
   * The challenger must beat the champion by strictly more than this.
   */
  minimumImprovement: number;
  /**
   * With a number, a difference whose bootstrap interval at this level contains zero is inconclusive. null: the plain comparison decides.
   */
  confidence: number | null;
  /**
   * Entity-level F1 that the challenger must strictly exceed on a label, by label. Absent: no floor. At most 16: each floor is one more chance to fail by bad luck.
   */
  labelMinimum?: {
    /**
     * A number from 0 to 1.
     */
    [k: string]: number;
  };
}
export interface TrialReceipt {
  trial: number;
  /**
   * What is trained. linear: hashed n-grams. frozen: a linear head on the base model's vectors. transformer: all of the base model.
   */
  algorithm: "linear" | "frozen" | "transformer";
  baseModel: string;
  /**
   * Passes over the training rows. 100 is far beyond where fine-tuning stops improving.
   */
  epochs: number;
  hyperparameters: ResolvedHyperparameters;
  status: "completed" | "failed";
  /**
   * On the validation side, by the metric of the kind; null without one.
   */
  score: number | null;
  /**
   * Of the score.
   */
  standardError: number | null;
  /**
   * Its model is the one that was evaluated: the simplest within one standard error of the best.
   */
  chosen: boolean;
  failure: null | {
    name: string;
    message: string;
  };
  /**
   * null: no job was made.
   */
  job: null | string;
}
export interface Job {
  state: "Embed" | "Train" | "Evaluate";
  /**
   * Of a training.
   */
  trial?: number;
  /**
   * SageMaker's limit.
   */
  job: string;
  /**
   * Where the job's log is read: a link, or a path below the home.
   */
  log: string;
  /**
   * Of SageMaker, or `local`.
   */
  instanceType: string;
  instanceCount: number;
  /**
   * From start to end by the clock.
   */
  seconds: number | null;
  /**
   * Of each instance; with managed spot fewer than the clock's.
   */
  billableSeconds: number | null;
  usd: number | null;
}
/**
 * ValidateInput's result: the execution's input with every default filled in and every reference resolved.
 */
export interface Run {
  /**
   * Name of a Step Functions execution. At most 80 characters is AWS's limit.
   */
  execution: string;
  /**
   * UTC instant, RFC 3339.
   */
  startedAt: string;
  /**
   * Prefix of object keys in the data bucket, ending in a slash.
   */
  prefix: string;
  source: {
    bucket: string;
    /**
     * Key of an object in the data bucket. S3 allows 1,024 bytes.
     */
    key: string;
    versionId: string;
    etag: string;
    sizeBytes: number;
  };
  /**
   * Name of a registered model. Not registered, which is the folder that the others lie in.
   */
  model?: string;
  /**
   * Passes over the training rows. 100 is far beyond where fine-tuning stops improving.
   */
  epochs: number;
  hyperparameters: ResolvedHyperparameters;
  /**
   * The part of the base model's manifest that later states need.
   */
  baseModel: {
    name: string;
    /**
     * Prefix of object keys in the data bucket, ending in a slash.
     */
    prefix: string;
    /**
     * SHA-256 of a file's bytes, lower-case hex.
     */
    weightsSha256: string;
    embeddingKey: string;
  };
  /**
   * What is trained, one trial each; null: what the kind of the export has.
   */
  algorithms: null | Algorithms;
  /**
   * How many trials there are, and from what they are drawn; null: only the default of each algorithm.
   */
  tuning: null | Tuning;
  gate: GatePolicy1;
  minSamples: number;
  testFraction: number;
  identifiedText: "forbid" | "report";
  /**
   * Why somebody did something; no patient data. Empty, or one line that is not blank and that a terminal shows as it is: no control characters, no marks of direction.
   */
  reason: string;
}
export interface Tuning {
  trials: number;
  parallel: number;
  ranges: TuningRanges1;
  /**
   * The execution's own first.
   *
   * @minItems 1
   * @maxItems 8
   */
  baseModels: TuningBaseModel[];
}
/**
 * From and to, both included; the same number twice holds it fixed. What is not named has a range of its own around the default; the window's length is varied only if it is named.
 */
export interface TuningRanges1 {
  /**
   * @minItems 2
   * @maxItems 2
   */
  learningRate?: number[];
  /**
   * @minItems 2
   * @maxItems 2
   */
  batchSize?: number[];
  /**
   * @minItems 2
   * @maxItems 2
   *
   * Items: Passes over the training rows. 100 is far beyond where fine-tuning stops improving.
   */
  epochs?: number[];
  /**
   * @minItems 2
   * @maxItems 2
   */
  maxSequenceLength?: number[];
  /**
   * @minItems 2
   * @maxItems 2
   */
  regularization?: number[];
}
export interface TuningBaseModel {
  name: string;
  /**
   * Prefix of object keys in the data bucket, ending in a slash.
   */
  prefix: string;
  /**
   * SHA-256 of a file's bytes, lower-case hex.
   */
  weightsSha256: string;
  embeddingKey: string;
  /**
   * What suits it, or what the input names.
   */
  learningRate: number;
}
/**
 * What the billing dashboard drops into incoming/. One JSON object, or JSON Lines whose first line is the header (this object without records) and every further line a record; either may be gzipped.
 */
export interface TrainingExport {
  /**
   * Version of this format.
   */
  schemaVersion: "1.0";
  /**
   * The dashboard's own id of this export.
   */
  exportId: string;
  /**
   * UTC instant, RFC 3339.
   */
  exportedAt: string;
  /**
   * The program that wrote the export.
   */
  source: string;
  /**
   * What start and end count: UTF-16 code units (JavaScript) or code points (Python).
   */
  offsetUnit: "utf16" | "codepoint";
  labels: Labels;
  /**
   * The notes. Streamed: never held in memory as a whole.
   */
  records?: ExportRecord[];
}
/**
 * One note.
 */
export interface ExportRecord {
  /**
   * An opaque id of the dashboard. Not a name.
   */
  recordId: string;
  /**
   * An opaque id of the dashboard. Not a name.
   */
  patientId?: string;
  /**
   * An opaque id of the dashboard. Not a name.
   */
  encounterId?: string;
  specialty?: string;
  /**
   * Billing codes of the encounter.
   *
   * @maxItems 256
   */
  codes?: {
    system: string;
    code: string;
  }[];
  /**
   * The note. A million characters is about 300 pages: more is a concatenation error.
   */
  text: string;
  /**
   * Pins the record to one side. Absent: a hash of the group decides.
   */
  split?: "train" | "test";
  /**
   * Absent: not annotated (embedded, not trained on). Empty: annotated, nothing found.
   *
   * @maxItems 10000
   */
  keyphrases?: Keyphrase[];
}
/**
 * A labelled span of the text; end is exclusive.
 */
export interface Keyphrase {
  start: number;
  end: number;
  /**
   * A keyphrase label. No hyphen at the start, since tags are written B-label and I-label.
   */
  label: string;
  /**
   * The slice, as a check on the offsets.
   */
  text?: string;
}
/**
 * verdict.json of QualityGate: the decision with every number and reason behind it.
 */
export interface Verdict {
  verdict: "promote" | "reject" | "inconclusive";
  /**
   * One entry for every rule that was applied, passed or not.
   *
   * @minItems 1
   * @maxItems 32
   */
  reasons: {
    rule:
      | "above-minimum"
      | "above-champion"
      | "above-baseline"
      | "finds-entities"
      | "enough-test-documents"
      | "same-labels"
      | "label-minimum"
      | "first-model"
      | "significant";
    passed: boolean;
    /**
     * One sentence with the numbers.
     */
    message: string;
  }[];
  policy: GatePolicy1;
  /**
   * The generation the challenger was compared with; null without a champion.
   */
  championGeneration: number | null;
  /**
   * SHA-256 of a file's bytes, lower-case hex.
   */
  challengerSha256: string;
  metrics: {
    challenger: Scores;
    champion: null | Scores;
    baseline: Scores;
  };
  counts: {
    documents: number;
    tokens: number;
    entities: number;
    excludedDocuments: number;
  };
  /**
   * Paired bootstrap over documents, challenger minus champion on the policy's metric. null without a champion.
   */
  comparison: null | Comparison;
  /**
   * Per label of the test set, both models' entity-level scores; null for a champion that does not know the label.
   */
  perLabel: {
    [k: string]: {
      support: number;
      challenger: LabelScores;
      champion: null | LabelScores;
    };
  };
}
export interface Comparison {
  metric: "accuracy" | "f1";
  difference: number;
  /**
   * Confidence level of the interval; 0.95 when the policy sets none.
   */
  level: number;
  lower: number;
  upper: number;
  /**
   * A number from 0 to 1.
   */
  probabilityBetter: number;
  /**
   * Difference that this test set would show at the level with 80 % power.
   */
  smallestDetectable: number;
  resamples: number;
  seed: number;
}
export interface LabelScores {
  /**
   * A number from 0 to 1.
   */
  precision: number;
  /**
   * A number from 0 to 1.
   */
  recall: number;
  /**
   * A number from 0 to 1.
   */
  f1: number;
}

// Generated from the *.schema.json of schemas/ by `npm run generate`. Do not edit.

/**
 * What a model says about a text: keyphrases in it, its one class, or any number of classes. Where earlier versions wrote none, keyphrases is meant. schemas/tables/kinds.json has their words.
 */
export type Kind = "keyphrases" | "single-label" | "multi-label";
/**
 * What is missing without which a model is as good.
 *
 * @maxItems 64
 */
export type Warnings = string[];
/**
 * The label set, in the order of the export. More than 1,000 are a sign of a wrong field.
 *
 * @minItems 1
 * @maxItems 1000
 *
 * Items: Name of a keyphrase's or class's label: one line that a terminal shows as it is, without white space at its ends. The kinds narrow it: training-export.schema.json.
 */
export type Labels = string[];
/**
 * CPUs: the work is done by one core.
 *
 * @minItems 1
 * @maxItems 8
 */
export type Instances = string[];
/**
 * GPUs first. The last one is a CPU, which is seldom out of capacity; it is the type that Evaluate asks for first, so that it needs no separate quota.
 *
 * @minItems 1
 * @maxItems 8
 */
export type Instances1 = string[];
/**
 * For a run without a new text, which only copies vectors.
 *
 * @minItems 1
 * @maxItems 8
 */
export type Instances2 = string[];
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
export type Instances3 = string[];
/**
 * @minItems 4
 * @maxItems 4
 */
export type Counts = number[];
/**
 * @maxItems 1000
 */
export type Numbers = number[];
/**
 * Labels that no test document has: left out of macroF1.
 *
 * @maxItems 1000
 *
 * Items: Name of a keyphrase's or class's label: one line that a terminal shows as it is, without white space at its ends. The kinds narrow it: training-export.schema.json.
 */
export type Some = string[];
/**
 * What is trained, one default trial each.
 *
 * @minItems 1
 * @maxItems 3
 *
 * Items: What is trained, the simplest first. linear: hashed n-grams. frozen: a linear head on the base model's vectors. transformer: all of the base model.
 */
export type Algorithms = ("linear" | "frozen" | "transformer")[];
/**
 * What an application is to do with a text: let it pass, let it pass and show it to a person, or hold it back.
 */
export type PolicyAction = "allow" | "flag" | "block";
/**
 * The items by part.
 *
 * @minItems 16
 * @maxItems 16
 */
export type Parts = number[];
/**
 * The same count for sixteen random parts of the export, by a salted hash of what must not be divided: the patient, else the encounter, else the text. Any eight of them are a random half. How far these differ is the noise in any comparison with another export.
 *
 * @minItems 16
 * @maxItems 16
 */
export type Parts1 = number[];
/**
 * Documents by their number of keyphrases or classes.
 *
 * @maxItems 64
 */
export type Histogram = {
  from: number;
  /**
   * Included.
   */
  to: number;
  documents: number;
  parts: Parts1;
}[];
/**
 * Documents by length, in words and punctuation marks.
 *
 * @maxItems 64
 */
export type Histogram1 = {
  from: number;
  /**
   * Included.
   */
  to: number;
  documents: number;
  parts: Parts1;
}[];
/**
 * Bins that hold a document, in rising order; a bin ends where the next one of its scale begins: 0, 1, 2, 3, 4, 6, 8, 12, 16, 24 and so on.
 *
 * @maxItems 64
 */
export type Histogram2 = {
  from: number;
  /**
   * Included.
   */
  to: number;
  documents: number;
  parts: Parts1;
}[];
/**
 * @maxItems 32
 */
export type Reasons = string[];
/**
 * As in the verdict. Absent in receipts of earlier versions.
 *
 * @maxItems 64
 */
export type Findings = Finding[];
/**
 * What the run lacks. Absent in receipts of earlier versions.
 *
 * @maxItems 64
 */
export type Warnings1 = string[];
/**
 * The same count for sixteen random parts of the callers, by a hash of what a request is routed by. How far these differ is the noise in any comparison.
 *
 * @minItems 16
 * @maxItems 16
 */
export type Parts2 = number[];
/**
 * Answers by their number of keyphrases or classes.
 *
 * @maxItems 64
 */
export type ServedHistogram = {
  from: number;
  /**
   * Included.
   */
  to: number;
  /**
   * The sum of the parts.
   */
  documents: number;
  parts: Parts2;
}[];
/**
 * Answers by the length of their text, in words and punctuation marks, in the bins of profile.json.
 *
 * @maxItems 64
 */
export type ServedHistogram1 = {
  from: number;
  /**
   * Included.
   */
  to: number;
  /**
   * The sum of the parts.
   */
  documents: number;
  parts: Parts2;
}[];
/**
 * Keyphrases or classes by their confidence in percent, in bins of 5.
 *
 * @maxItems 64
 */
export type ServedHistogram2 = {
  from: number;
  /**
   * Included.
   */
  to: number;
  /**
   * The sum of the parts.
   */
  documents: number;
  parts: Parts2;
}[];
/**
 * A line of training.jsonl: how a training went up to a step, or what a validation after it found. About 500 lines of steps at most, evenly spread, the first and the last step always among them.
 */
export type TrainingLogLine = TrainingStep | TrainingValidation;
/**
 * Absent in verdicts of earlier versions.
 *
 * @maxItems 64
 */
export type Findings1 = Finding[];

export interface Messages {
  analysis: Analysis;
  artifacts: Artifacts;
  "awaiting-approval": AwaitingApproval;
  "base-model": BaseModelManifest;
  "bundle-manifest": BundleManifest;
  "captured-answer": CapturedAnswer;
  champion: ChampionState;
  "class-row": ClassRow;
  dataset: Dataset;
  deployment: Deployment;
  "document-counts": DocumentCounts;
  "document-facets": DocumentFacets;
  "embeddings-manifest": EmbeddingsManifest;
  evaluation: Evaluation;
  "execution-input": ExecutionInput;
  "feedback-record": FeedbackRecord;
  "home-settings": HomeSettings;
  "labelled-row": LabelledRow;
  "model-card": ModelCard;
  "model-error": ModelError;
  "model-manifest": ModelManifest;
  policy: Policy;
  "prediction-target": PredictionTarget;
  "preprocess-report": PreprocessReport;
  profile: Profile;
  "promotion-record": PromotionRecord;
  "registry-target": RegistryTarget;
  "rejected-record": RejectedRecord;
  "review-record": ReviewRecord;
  "run-receipt": RunReceipt;
  run: Run;
  "selection-status": SelectionStatus;
  "selection-upload": SelectionUpload;
  selection: Selection;
  "serve-classes-answer": ServeClassesAnswer;
  "serve-explain-answer": ServeExplainAnswer;
  "serve-explain": ServeExplain;
  "serve-feedback-answer": ServeFeedbackAnswer;
  "serve-feedback": ServeFeedback;
  "serve-keyphrases-answer": ServeKeyphrasesAnswer;
  "serve-models": ServeModels;
  "serve-notes": ServeNotes;
  "serve-problem": ServeProblem;
  "serve-similar-answer": ServeSimilarAnswer;
  "serve-similar": ServeSimilar;
  "served-counts": ServedCounts;
  "serving-target": ServingTarget;
  tracking: Tracking1;
  "traffic-record": TrafficRecord;
  "training-export": TrainingExport;
  "training-log": TrainingLogLine;
  verdict: Verdict;
}
/**
 * analysis.json of Evaluate: what each model gets wrong on the test rows, in counts for people; nothing is decided by it. Over all labels of the dataset, and those that only the champion knows. Beside it errors.jsonl and suspects.jsonl (ModelError).
 */
export interface Analysis {
  kind: Kind;
  /**
   * Documents that were scored.
   */
  documents: number;
  challenger: ModelAnalysis;
  champion: null | ModelAnalysis;
}
export interface ModelAnalysis {
  /**
   * The number format in which the model answered.
   */
  precision: "float32" | "float64";
  /**
   * Lines of errors.jsonl, if this is the challenger.
   */
  errors: number;
  confusion: Confusion;
  boundaries: null | Boundaries;
  /**
   * Scores by specialty and by each facet of the export, by name.
   */
  byFacet: FacetScores[];
  /**
   * Scores by words of the document, shortest first. A range without documents is left out.
   */
  byLength: LengthScores[];
  /**
   * Scores by how often a keyphrase (its words in small letters, whatever its label) stands in this execution's training side; of classes, by the training documents of the class. null: Evaluate was not given the training side.
   */
  bySeen: null | SeenScores[];
}
/**
 * Keyphrases: gold and predicted by the largest overlap. Single-label: documents. Multi-label: a pair is a document in which the one class is missed and the other invented; both also count as missed and invented.
 */
export interface Confusion {
  /**
   * @maxItems 2000
   */
  labels: LabelConfusion[];
  /**
   * One label taken for another, the most frequent first.
   *
   * @maxItems 300
   */
  pairs: ConfusedPair[];
  /**
   * All other pairs together.
   */
  rest: {
    pairs: number;
    count: number;
  };
}
export interface LabelConfusion {
  /**
   * Name of a keyphrase's or class's label: one line that a terminal shows as it is, without white space at its ends. The kinds narrow it: training-export.schema.json.
   */
  label: string;
  right: number;
  /**
   * The model says nothing there.
   */
  missed: number;
  /**
   * There is nothing where the model says it.
   */
  invented: number;
}
export interface ConfusedPair {
  /**
   * Name of a keyphrase's or class's label: one line that a terminal shows as it is, without white space at its ends. The kinds narrow it: training-export.schema.json.
   */
  gold: string;
  /**
   * Name of a keyphrase's or class's label: one line that a terminal shows as it is, without white space at its ends. The kinds narrow it: training-export.schema.json.
   */
  predicted: string;
  count: number;
}
/**
 * Of keyphrases: how each one of the model relates to the gold one that it overlaps most. exact to overlapping have the right label; all but invented add up to the gold keyphrases.
 */
export interface Boundaries {
  exact: number;
  longer: number;
  shorter: number;
  /**
   * Begins and ends on the same side of the gold one.
   */
  overlapping: number;
  /**
   * Wherever it begins and ends.
   */
  otherLabel: number;
  missed: number;
  invented: number;
}
export interface FacetScores {
  facet: string;
  /**
   * At most 50, of at least 5 documents each: the most frequent first.
   *
   * @maxItems 50
   */
  values: FacetValueScores[];
  /**
   * Documents with any other value. null: there is none.
   */
  rest: null | {
    /**
     * How many others there are.
     */
    values: number;
    documents: number;
    items: number;
    scores: Scores;
  };
  /**
   * Documents without this facet. null: there is none.
   */
  without: null | {
    documents: number;
    items: number;
    scores: Scores;
  };
}
export interface FacetValueScores {
  value: string;
  documents: number;
  items: number;
  scores: Scores;
}
/**
 * Scores on the test rows. What accuracy counts and what the others do, the kind says: tokens and entities, documents or label decisions and classes.
 */
export interface Scores {
  /**
   * Share of the units (tokens with O included, documents, label decisions) that are right.
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
  /**
   * A number from 0 to 1.
   */
  macroF1: number;
}
export interface LengthScores {
  from: number;
  /**
   * The last of a range; null: it has no end.
   */
  to: null | number;
  documents: number;
  items: number;
  scores: Scores;
}
export interface SeenScores {
  from: number;
  /**
   * The last of a range; null: it has no end.
   */
  to: null | number;
  /**
   * Gold items.
   */
  items: number;
  found: number;
  /**
   * What the model says in vain, by how often that stands in training.
   */
  invented: number;
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
 * CheckArtifacts's result: what Embed and Train left in the bucket, verified.
 */
export interface Artifacts {
  /**
   * Whose model it is: the one that was chosen.
   */
  trial: number;
  model: Model;
  warnings?: Warnings;
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
 * monitoring/awaiting/<execution>.json: a promotion that waits, for the reminders. Removed by the decision.
 */
export interface AwaitingApproval {
  /**
   * Name of a Step Functions execution. At most 80 characters is AWS's limit.
   */
  execution: string;
  /**
   * Name of a registered model. Not registered, which is the folder that the others lie in.
   */
  model: string;
  /**
   * UTC instant, RFC 3339.
   */
  since: string;
  /**
   * null: not yet.
   */
  remindedAt: null | string;
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
  /**
   * Absent in bundles of earlier versions: transformer.
   */
  algorithm?: "linear" | "frozen" | "transformer";
  labels: Labels;
  model: Model;
  lineage?: Lineage;
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
 * Absent in bundles of earlier versions.
 */
export interface Lineage {
  /**
   * UTC instant, RFC 3339.
   */
  startedAt: string;
  /**
   * null: the export arrived by itself.
   */
  startedBy: null | string;
  /**
   * Why somebody did something; no patient data. Empty, or one line that is not blank and that a terminal shows as it is: no control characters, no marks of direction.
   */
  reason: string;
  export: {
    exportId: string;
    /**
     * UTC instant, RFC 3339.
     */
    exportedAt: string;
    /**
     * Key of an object in the data bucket. S3 allows 1,024 bytes.
     */
    key: string;
    versionId: string;
    sizeBytes: number;
    /**
     * SHA-256 of a file's bytes, lower-case hex.
     */
    sha256: string;
    train: LineageSide;
    test: LineageSide;
    validation: null | LineageSide;
  };
  baseModel: {
    name: string;
    /**
     * SHA-256 of a file's bytes, lower-case hex.
     */
    weightsSha256: string;
  };
  /**
   * Of the run; what its trial learnt by is the trial's.
   */
  settings: {
    gate: GatePolicy;
    minSamples: number;
    testFraction: number;
    identifiedText: "forbid" | "report";
    conflicts: "refuse" | "allow";
    /**
     * Whether a person must approve what the gate would promote. four-eyes: another person than the one who started the run.
     */
    approval: "none" | "required" | "four-eyes";
  };
  trial: {
    trial: number;
    /**
     * How many were trained.
     */
    of: number;
    /**
     * What is trained, the simplest first. linear: hashed n-grams. frozen: a linear head on the base model's vectors. transformer: all of the base model.
     */
    algorithm: "linear" | "frozen" | "transformer";
    /**
     * Passes over the training rows. 100 is far beyond where fine-tuning stops improving.
     */
    epochs: number;
    hyperparameters: ResolvedHyperparameters;
    /**
     * SHA-256 of a file's bytes, lower-case hex.
     */
    modelSha256: string;
  };
  /**
   * The commit of what promoted it; the images have the jobs' code. unknown: not from a clone. -dirty: with changes that no commit has.
   */
  code: string;
  images: null | Images;
  verdict: {
    /**
     * Key of an object in the data bucket. S3 allows 1,024 bytes.
     */
    key: string;
    verdict: "promote" | "reject" | "inconclusive";
    /**
     * What it was compared with; null: nothing was in use.
     */
    championGeneration: null | number;
    scores: Scores;
    /**
     * @maxItems 32
     */
    reasons: string[];
  };
  /**
   * null: none was needed.
   */
  approval: null | ByHand;
  /**
   * null: the gate's verdict held.
   */
  forced: null | ByHand;
}
export interface LineageSide {
  documents: number;
  rows: number;
  /**
   * SHA-256 of a file's bytes, lower-case hex.
   */
  sha256: string;
}
/**
 * What a challenger must show to be promoted.
 */
export interface GatePolicy {
  /**
   * accuracy: of tokens, documents or label decisions, by kind. f1: over all entities or classes together. macroF1: the mean of the labels' F1, for classes only.
   */
  metric: "accuracy" | "f1" | "macroF1";
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
   * F1 that the challenger must strictly exceed on a label, by label. Absent: no floor. At most 16: each floor is one more chance to fail by bad luck.
   */
  labelMinimum?: {
    /**
     * A number from 0 to 1.
     */
    [k: string]: number;
  };
  /**
   * A promotion waits for a person's approval. Absent: as the deployment or the home has it, which this may only tighten.
   */
  approval?: "required";
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
   * Peak learning rate of AdamW. Absent: what the base model's manifest recommends; for classes 0.4 of it. Above 0.01 a transformer diverges within a few steps.
   */
  learningRate: number;
  /**
   * Word pieces in a window, [CLS] and [SEP] included. BERT has 512 positions.
   */
  maxSequenceLength: number;
  /**
   * Seeds the head, the order of batches, dropout, the points of tuning and the bootstrap.
   */
  seed: number;
  /**
   * Epochs without a better validation score after which training stops and the best epoch is kept. 0: never.
   */
  patience: number;
  /**
   * balanced: rare classes count more in the loss. It finds more of them, and its confidences say less.
   */
  classWeights: "none" | "balanced";
  /**
   * Of a multi-label model, fitted on the validation side: one for all labels, or one for each label.
   */
  thresholds: "one" | "label";
  /**
   * Of linear and frozen: the inverse strength C of the L2 penalty.
   */
  regularization: number;
  /**
   * The precision at which coverage is told: the share of documents that can be sent on without a person.
   */
  reject: number;
}
/**
 * The containers of the jobs, by job. `digest` is null where the registry was not asked or did not answer, and on one machine.
 */
export interface Images {
  embed: Image;
  train: Image;
  evaluate: Image;
}
export interface Image {
  uri: string;
  digest: string | null;
}
export interface ByHand {
  by: string;
  /**
   * Of what an operator does, such as a rollback: never empty.
   */
  reason: string;
}
/**
 * A line of served/<model>/<hour>/<worker>.capture.jsonl, where PBP_CAPTURE is on: what was answered. The text only with PBP_CAPTURE_TEXT.
 */
export interface CapturedAnswer {
  /**
   * UTC instant, RFC 3339.
   */
  at: string;
  /**
   * The beginning of the answer id's SHA-256, as feedback has it.
   */
  answer: string;
  /**
   * Number of an entry in the generation log, from 1.
   */
  generation: number;
  /**
   * Folder name of a bundle: <generation>-<first 12 hex digits of its digest>.
   */
  version: string;
  arm: "champion" | "arm";
  textSha256: string;
  /**
   * Code points.
   */
  characters: number;
  /**
   * And punctuation marks.
   */
  words: number;
  /**
   * As the caller gave them.
   */
  facets: {
    [k: string]: string;
  };
  /**
   * Keyphrases or classes.
   */
  items: CapturedItem[];
  text?: string;
}
export interface CapturedItem {
  /**
   * Name of a keyphrase's or class's label: one line that a terminal shows as it is, without white space at its ends. The kinds narrow it: training-export.schema.json.
   */
  label: string;
  /**
   * A number from 0 to 1.
   */
  confidence: number;
  start?: number;
  end?: number;
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
  kind: Kind;
  labels: LabelsReference;
  model: Model;
}
/**
 * A label set by reference, since 1,000 names would not fit into a state's data: their number, and the SHA-256 of the labels.json that has them.
 */
export interface LabelsReference {
  count: number;
  /**
   * SHA-256 of a file's bytes, lower-case hex.
   */
  sha256: string;
}
/**
 * A line of dataset/train.jsonl, validation.jsonl or test.jsonl of an export of classes: a distinct text with the classes that apply to it.
 */
export interface ClassRow {
  /**
   * As in labelled-row.schema.json.
   */
  document: string;
  text: string;
  /**
   * In the order of the label set: exactly one for single-label, any number for multi-label.
   *
   * @maxItems 1000
   *
   * Items: Name of a keyphrase's or class's label: one line that a terminal shows as it is, without white space at its ends. The kinds narrow it: training-export.schema.json.
   */
  classes: string[];
  /**
   * Of the first record with this text; absent without any.
   */
  facets?: {
    [k: string]: string;
  };
}
/**
 * Preprocess's result, also written as dataset/manifest.json: pointers, counts and digests, no text. Files below prefix: train.jsonl, validation.jsonl (when there is one), test.jsonl (LabelledRow, or ClassRow for classes), notes.jsonl (a line a record: recordId, text digest and random part of the export), labels.json (the label set), report.json (PreprocessReport), profile.json (Profile), rejects.jsonl (RejectedRecord), missing.jsonl (a line a text without a vector: digest and content).
 */
export interface Dataset {
  /**
   * Prefix of object keys in the data bucket, ending in a slash.
   */
  prefix: string;
  kind: Kind;
  exportId: string;
  /**
   * UTC instant, RFC 3339.
   */
  exportedAt: string;
  /**
   * SHA-256 of a file's bytes, lower-case hex.
   */
  exportSha256: string;
  labels: LabelsReference;
  /**
   * SHA-256 of a file's bytes, lower-case hex.
   */
  profileSha256?: string;
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
  /**
   * Words and punctuation of its texts.
   */
  tokens: number;
  /**
   * What accuracy counts: tokens, documents, or label decisions (documents times labels).
   */
  units: number;
  /**
   * What recall counts: entities or classes.
   */
  items: number;
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
   * What is trained, the simplest first. linear: hashed n-grams. frozen: a linear head on the base model's vectors. transformer: all of the base model.
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
  /**
   * Of a learning curve.
   */
  trainShare?: number;
  /**
   * Of a learning curve: where below the prefix its train.jsonl lies.
   */
  trainFolder?: string;
  /**
   * Of a learning curve: documents of its train.jsonl.
   */
  trainDocuments?: number;
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
  preprocess: {
    /**
     * Larger exports are prepared by a SageMaker processing job with a disk of their size; up to this, by a function. One of gzip counts ten times, since that is how far it may unpack. 2,000 fill two fifths of a function's disk and, at 10 MB a second, take a quarter of its time.
     */
    aboveMegabytes: number;
    instances: Instances;
  };
  /**
   * For bundles that a function has no time to promote: a Fargate task on the file system. Without it there is no such task, and in a VPC of the stack's own none of the endpoints that it needs, which are paid for by the hour (docs/costs.md).
   */
  promote?: {
    /**
     * Larger bundles are promoted by the task; up to this, by the function. A bundle is the model and two copies of the vectors. 10,000 take a third of a function's time at 75 MB a second, there and back, and nearly all of it at 25.
     */
    aboveMegabytes: number;
  };
  embed: {
    instances: Instances1;
    idleInstances: Instances2;
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
    instances: Instances3;
  };
  /**
   * Whether each registered model is served by an endpoint of SageMaker, which Publish creates and updates (docs/serving.md). serverless: paid by the request, outside of the VPC. instance: in the VPC, on instances of its own. Which settings belong to which mode: pipeline/cloud/serving/settings.ts.
   */
  serving: {
    mode: "none" | "serverless" | "instance";
    /**
     * serverless: memory of one copy, which answers one request at a time. The CPU grows with it.
     */
    memoryMegabytes?: number;
    /**
     * serverless: requests that are answered at the same time, for each model.
     */
    maxConcurrency?: number;
    /**
     * serverless: copies that are kept warm, and paid for all the time; at most maxConcurrency.
     */
    provisionedConcurrency?: number;
    /**
     * instance: of each model's endpoint.
     */
    instanceType?: string;
    /**
     * instance: for each model. Two are in two zones.
     */
    instanceCount?: number;
    /**
     * instance: of the new version's instances, those that answer first, while the alarms are watched; SageMaker rounds up. It needs two instances: of one there is no part.
     */
    canaryPercent?: number;
    /**
     * Who alone may ask the endpoints over HTTPS, through a function URL (docs/serving.md). Without it there is no such URL.
     */
    callerRoleArn?: string;
  };
  /**
   * Whether a person must approve what the gate would promote. four-eyes: another person than the one who started the run.
   */
  approval: "none" | "required" | "four-eyes";
  /**
   * Whether SageMaker's Model Registry is told of every model that comes into use or waits for approval (docs/promotion.md).
   */
  registry: boolean;
  /**
   * For pbp predict --cloud: a processing job of the image serve, on CPUs. Without it there is no such job, nor a role for it.
   */
  predict?: {
    /**
     * One instance answers a file. The larger, the faster: it computes a batch on each core.
     */
    instanceType: string;
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
  modelCard?: ModelCard;
  tracking?: Tracking;
  /**
   * The role of the dashboard's server, which alone may send exports over HTTPS (docs/dashboard.md). Without it there is no such address.
   */
  dashboardRoleArn?: string;
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
 * What only people can say of a model, for the model-card.md of each run: `modelCard` of a deployment's configuration, or model-card.json in the home on one machine. What is absent is printed as not stated. No patient data.
 */
export interface ModelCard {
  /**
   * Who answers for the model.
   */
  developer?: string;
  /**
   * An address for questions.
   */
  contact?: string;
  /**
   * How to report a wrong answer, and to whom.
   */
  faultReports?: string;
  /**
   * Of the trained model.
   */
  license?: string;
  /**
   * Of the base model's weights.
   */
  baseModelLicense?: string;
  /**
   * Of the notes.
   */
  language?: string;
  /**
   * A trial, or in use.
   */
  releaseStage?: string;
  /**
   * Where it may be used.
   */
  availability?: string;
  regulatoryApproval?: string;
  keywords?: string;
  /**
   * What it is for, and at which step of the work.
   */
  intendedUse?: string;
  /**
   * What is built on its answers.
   */
  downstreamUse?: string;
  /**
   * What it must not be used for.
   */
  outOfScope?: string;
  primaryUsers?: string;
  howToUse?: string;
  /**
   * Whose notes it is for.
   */
  targetPopulation?: string;
  knownRisks?: string;
  knownBiases?: string;
  clinicalRiskLevel?: string;
  /**
   * What its users should do about risks and biases.
   */
  recommendations?: string;
  /**
   * Where the notes come from, and who labelled them.
   */
  dataSource?: string;
  biasMitigation?: string;
  /**
   * Who watches it, and how often it is trained again.
   */
  maintenance?: string;
  security?: string;
  /**
   * Who paid for it, and who had a say.
   */
  transparency?: string;
  stakeholders?: string;
  /**
   * Papers, studies, pages.
   */
  resources?: string;
  /**
   * When it expires or is looked at again.
   */
  nextReview?: string;
  /**
   * What each label means.
   */
  labels?: {
    [k: string]: string;
  };
}
/**
 * Without it no run is sent anywhere.
 */
export interface Tracking {
  /**
   * Where the server is, without a user, a query or a fragment. In AWS https://, reachable from the internet and without a sign-in: Notify's function is in no VPC and has no token.
   */
  uri: string;
  /**
   * Absent: predictive-billing-pipeline.
   */
  experiment?: string;
}
/**
 * A line of documents.jsonl: both models' counts on one test document, from which QualityGate draws its bootstrap. [units right, items found (true positives), invented (false positives), missed (false negatives)].
 */
export interface DocumentCounts {
  document: string;
  units: number;
  challenger: Counts;
  champion: null | Counts;
  /**
   * Of classes only: what the document has and what each model says, as numbers into labels of metrics.json. What is not among its comparedLabels is left out.
   */
  classes?: {
    gold: Numbers;
    challenger: Numbers;
    champion: null | Numbers;
  };
}
/**
 * A line of dataset/facets.jsonl: what scores of a document of the test side are sliced by. Read by Evaluate alone; no model sees it.
 */
export interface DocumentFacets {
  /**
   * As in labelled-row.schema.json.
   */
  document: string;
  /**
   * Of the first record with this text: its facets, and its specialty under that name.
   */
  facets: {
    [k: string]: string;
  };
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
  /**
   * Where the vectors lie, so that drift can be told without them. Absent in manifests of earlier versions.
   */
  profile?: {
    /**
     * Root of the mean squared distance of the vectors from their mean.
     */
    spread: number;
    /**
     * Each of sixteen random parts of the export that has texts, by profile.json's numbers of parts.
     *
     * @minItems 1
     * @maxItems 16
     */
    parts: {
      part: number;
      texts: number;
      /**
       * Their mean vector.
       *
       * @minItems 1
       * @maxItems 8192
       */
      mean: number[];
      /**
       * Word pieces of those that this execution embedded, on the first host: up to the embedding length of each text.
       */
      pieces: number;
      /**
       * Of these, pieces that stand for words which the vocabulary cannot spell.
       */
      unknown: number;
    }[];
  };
}
/**
 * metrics.json of Evaluate: both models on the same test rows, at full precision. Beside it documents.jsonl (DocumentCounts).
 */
export interface Evaluation {
  /**
   * SHA-256 of a file's bytes, lower-case hex.
   */
  testSha256: string;
  kind: Kind;
  /**
   * Documents that were scored.
   */
  documents: number;
  rows: number;
  /**
   * What accuracy counts: tokens, documents or label decisions.
   */
  units: number;
  /**
   * What recall counts: entities or classes.
   */
  items: number;
  /**
   * Test documents left out because the champion was trained on them.
   */
  excludedDocuments: number;
  labels: Labels;
  /**
   * Labels of the test set that the champion knows too; without a champion, all. Items, scores, baselines and documents.jsonl count nothing else, in gold or prediction; perLabel has all.
   *
   * @maxItems 1000
   *
   * Items: Name of a keyphrase's or class's label: one line that a terminal shows as it is, without white space at its ends. The kinds narrow it: training-export.schema.json.
   */
  comparedLabels: string[];
  challenger: ModelScores;
  champion: null | ModelScores;
  baselines: Baselines;
  /**
   * A word that tells the classes apart almost by itself, which many documents have: a heading, a template. Absent: none, or not looked for.
   */
  separatedBy?: {
    word: string;
    documents: number;
  };
}
export interface ModelScores {
  /**
   * SHA-256 of a file's bytes, lower-case hex.
   */
  modelSha256: string;
  labels: Labels;
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
       * Gold items of this label.
       */
      support: number;
      /**
       * A number from 0 to 1.
       */
      auroc?: number;
      /**
       * A number from 0 to 1.
       */
      averagePrecision?: number;
    };
  };
  /**
   * A number from 0 to 1.
   */
  subsetAccuracy?: number;
  /**
   * A number from 0 to 1.
   */
  calibrationError?: number;
  /**
   * A number from 0 to 1.
   */
  emptyPredictions?: number;
  withoutSupport?: Some;
  /**
   * The share of documents that can be sent on without a person, by a threshold that gives the precision asked for on the validation side; and what it gives on the test side.
   */
  coverage?: null | Coverage;
}
export interface Coverage {
  /**
   * A number from 0 to 1.
   */
  precision: number;
  threshold: number;
  /**
   * A number from 0 to 1.
   */
  share: number;
  /**
   * The precision on the test side: the share of these documents whose answer is right. null: there are none. Absent: an earlier version, which did not measure it.
   */
  reached?: null | number;
}
/**
 * Scores of answers that need no model. nothing: no entity, no class. majority: the commonest class of the test rows, always. mostFrequent: the most frequent label of the test rows, always.
 */
export interface Baselines {
  nothing: Scores;
  majority?: Scores;
  mostFrequent?: Scores;
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
  curve?: LearningCurve;
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
   * What becomes of texts that came with different classes, single-label. refuse: more than 5 % of them fail the execution. allow: the majority counts, a tie is left out.
   */
  conflicts?: "refuse" | "allow";
  /**
   * Why somebody did something; no patient data. Empty, or one line that is not blank and that a terminal shows as it is: no control characters, no marks of direction.
   */
  reason?: string;
  /**
   * Who did something, as pbp says it: user@host on one machine, the ARN of the caller's identity in AWS.
   */
  startedBy?: string;
}
/**
 * What an operator may change about the training, besides epochs.
 */
export interface Hyperparameters {
  /**
   * Rows an optimiser step sees on average. 512 is what fits a 24 GB GPU at length 128.
   */
  batchSize: number;
  /**
   * Peak learning rate of AdamW. Absent: what the base model's manifest recommends; for classes 0.4 of it. Above 0.01 a transformer diverges within a few steps.
   */
  learningRate?: number;
  /**
   * Word pieces in a window, [CLS] and [SEP] included. BERT has 512 positions.
   */
  maxSequenceLength: number;
  /**
   * Seeds the head, the order of batches, dropout, the points of tuning and the bootstrap.
   */
  seed: number;
  /**
   * Epochs without a better validation score after which training stops and the best epoch is kept. 0: never.
   */
  patience: number;
  /**
   * balanced: rare classes count more in the loss. It finds more of them, and its confidences say less.
   */
  classWeights: "none" | "balanced";
  /**
   * Of a multi-label model, fitted on the validation side: one for all labels, or one for each label.
   */
  thresholds: "one" | "label";
  /**
   * Of linear and frozen: the inverse strength C of the L2 penalty.
   */
  regularization: number;
  /**
   * The precision at which coverage is told: the share of documents that can be sent on without a person.
   */
  reject: number;
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
 * Trains on shares of the training groups, to see what more labelled notes would bring. Judges and promotes nothing.
 */
export interface LearningCurve {
  /**
   * Of the training groups, the smallest first; each share holds those before it.
   *
   * @minItems 2
   * @maxItems 10
   *
   * Items: Of the training groups.
   */
  shares: number[];
  /**
   * Trainings of each share, which differ by the seed; one for an algorithm that does not use it.
   */
  seeds: number;
}
/**
 * A line of served/<model>/<hour>/<worker>.feedback.jsonl: how right an answer of the service was, by what a caller said later. No text, no id of a caller.
 */
export interface FeedbackRecord {
  /**
   * The beginning of the answer id's SHA-256. Of several lines with the same one, the latest counts.
   */
  answer: string;
  /**
   * UTC instant, RFC 3339.
   */
  at: string;
  /**
   * UTC instant, RFC 3339.
   */
  servedAt: string;
  kind: Kind;
  /**
   * Number of an entry in the generation log, from 1.
   */
  generation: number;
  /**
   * Folder name of a bundle: <generation>-<first 12 hex digits of its digest>.
   */
  version: string;
  arm: "champion" | "arm";
  /**
   * All that was answered was right, and nothing was missing.
   */
  exact: boolean;
  /**
   * Of every label that was answered or would have been right: keyphrases, or classes.
   *
   * @maxItems 2000
   */
  labels: LabelFeedback[];
}
export interface LabelFeedback {
  /**
   * Name of a keyphrase's or class's label: one line that a terminal shows as it is, without white space at its ends. The kinds narrow it: training-export.schema.json.
   */
  label: string;
  right: number;
  wrong: number;
  missed: number;
}
/**
 * settings.json of a home: what a deployment's configuration says in AWS. A person writes it.
 */
export interface HomeSettings {
  /**
   * Whether a person must approve what the gate would promote. four-eyes: another person than the one who started the run.
   */
  approval?: "none" | "required" | "four-eyes";
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
 * A line of errors.jsonl: one error of the challenger on the test rows, by document and place, without text. suspects.jsonl has at most 1,000 of them, gold labels to look at again: invented, other label, wrong bounds and missed in turn, and of each the surest first.
 */
export interface ModelError {
  /**
   * As in labelled-row.schema.json.
   */
  document: string;
  /**
   * First token of the gold keyphrase, or of an invented one; counted through all rows of the document.
   */
  start?: number;
  /**
   * The token after the last.
   */
  end?: number;
  /**
   * Where the model's begins, if it has other bounds than the gold one.
   */
  predictedStart?: number;
  predictedEnd?: number;
  /**
   * As in boundaries of analysis.schema.json.
   */
  kind: "longer" | "shorter" | "overlapping" | "otherLabel" | "missed" | "invented";
  gold: null | string;
  predicted: null | string;
  /**
   * A number from 0 to 1.
   */
  score: number;
}
/**
 * manifest.json inside model.tar.gz, written last by Train: without it the job did not finish, even if SageMaker uploaded something.
 */
export interface ModelManifest {
  labels: Labels;
  kind?: Kind;
  /**
   * What is trained, the simplest first. linear: hashed n-grams. frozen: a linear head on the base model's vectors. transformer: all of the base model.
   */
  algorithm?: "linear" | "frozen" | "transformer";
  /**
   * Of keyphrases: O, then B- and I- of each label, in the order of the classifier's outputs.
   *
   * @minItems 3
   * @maxItems 129
   */
  tags?: string[];
  /**
   * Of a model that reads word pieces.
   */
  lowerCase?: boolean;
  /**
   * Of a model that reads word pieces.
   */
  maxSequenceLength?: number;
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
   * null for linear, which has no base model.
   */
  baseWeightsSha256: null | string;
  /**
   * SHA-256 of a file's bytes, lower-case hex.
   */
  trainSha256: string;
  /**
   * Of the epoch that was kept, on the validation side. null or absent: there was none.
   */
  validation?: null | ValidationScore;
  /**
   * What the matrix products ran in.
   */
  dtype: "float32" | "bfloat16" | "float16";
  /**
   * SHA-256 of every other file of the archive: the weights, config.json, the tokenizer's files, labels.json, decision.json of classes, and train-documents.txt (a sorted document id a line: what this model has seen).
   */
  files: {
    /**
     * SHA-256 of a file's bytes, lower-case hex.
     */
    [k: string]: string;
  };
}
export interface ValidationScore {
  /**
   * A number from 0 to 1.
   */
  score: number;
  metric: "accuracy" | "f1" | "macroF1";
  /**
   * A number from 0 to 1.
   */
  standardError: number;
  documents: number;
}
/**
 * models/policy.json, or below models/registered/<name>/: what an application is to do with a text, by the labels that the model finds. Of the rules that apply, the strictest decides (block, then flag, then allow; of equal ones the first in the order of the model's labels). Where none applies, `otherwise` does.
 */
export interface Policy {
  /**
   * Version of this format.
   */
  schemaVersion: "1.0";
  /**
   * A rule by label, for as many labels of the model as need one.
   */
  labels: {
    [k: string]: PolicyRule;
  };
  otherwise: PolicyAction;
}
export interface PolicyRule {
  action: PolicyAction;
  /**
   * A number from 0 to 1.
   */
  threshold?: number;
}
/**
 * What the stack tells the function `predict` of the jobs that answer files of notes.
 */
export interface PredictionTarget {
  /**
   * URI of the image `serve`, with its tag.
   */
  image: string;
  /**
   * What the jobs run under.
   */
  roleArn: string;
  stackName: string;
  /**
   * By which a bill is told apart.
   */
  tags: {
    [k: string]: string;
  };
  instanceType: string;
  volumeGigabytes: number;
  maxRuntimeSeconds: number;
  /**
   * For the answers, and for the volume.
   */
  keyArn: string;
  /**
   * Whether SageMaker takes the key for the volume: not of a type with local NVMe, which encrypts that itself.
   */
  encryptsVolume: boolean;
  /**
   * @minItems 1
   * @maxItems 16
   */
  subnetIds: string[];
  securityGroupId: string;
}
/**
 * dataset/report.json: counts of everything that was kept, dropped, snapped, deduplicated or rejected. What the export is like is in profile.json. What only keyphrases or only classes have is absent in a report of the others.
 */
export interface PreprocessReport {
  /**
   * null: the header was not read.
   */
  kind: null | Kind;
  /**
   * Records read.
   */
  records: number;
  rejected: number;
  rejectedByRule: {
    [k: string]: number;
  };
  /**
   * Accepted records with keyphrases or classes, empty lists included.
   */
  annotated: number;
  /**
   * Distinct annotated texts: what minSamples counts.
   */
  annotatedTexts: number;
  /**
   * Accepted records without: embedded only.
   */
  unannotated: number;
  /**
   * Distinct texts of accepted records: what is embedded.
   */
  texts: number;
  duplicates: Duplicates;
  split: {
    pinned: number;
    byPatient: number;
    byEncounter: number;
    byText: number;
    /**
     * Groups on the training and the test side because their records are pinned so. 0 without pins.
     */
    straddlingGroups: number;
  };
  spans?: {
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
  offsets?: {
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
  tokens?: {
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
  /**
   * Of all sides.
   */
  rows: number;
  /**
   * Documents cut into more than one row.
   */
  longNotes?: number;
  classes?: ClassCounts;
  identifiers: Identifiers;
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
 * Annotated records of whose text a model reads what it read of one before: the same but for case, space, accents and characters that nobody sees.
 */
export interface Duplicates {
  records: number;
  /**
   * Of these, with another annotation than the first. Of keyphrases, the first is kept.
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
}
/**
 * Of classes, over distinct texts.
 */
export interface ClassCounts {
  /**
   * Classes a document, on average.
   */
  perDocument: number;
  /**
   * Documents to which no class applies.
   */
  empty: number;
  /**
   * Labels with fewer than 30 documents: the test side has too few of them, or none, to judge them by.
   *
   * @maxItems 1000
   *
   * Items: Name of a keyphrase's or class's label: one line that a terminal shows as it is, without white space at its ends. The kinds narrow it: training-export.schema.json.
   */
  tooRare: string[];
  conflicts: Conflicts;
}
export interface Conflicts {
  /**
   * Texts that came with different classes.
   */
  texts: number;
  /**
   * Of these, left out because no class has the majority. Single-label only.
   */
  ties: number;
  /**
   * A number from 0 to 1.
   */
  ceiling: number;
}
/**
 * Records whose text shows a direct identifier, by kind.
 */
export interface Identifiers {
  socialSecurityNumber: number;
  telephone: number;
  email: number;
  recordNumber: number;
  dateOfBirth: number;
}
/**
 * dataset/profile.json of Preprocess: what an export is like, as counts and shares of its distinct annotated texts. What became of each record is in report.json. Kept with a bundle, so that a later export can be compared with the one that its model was trained on.
 */
export interface Profile {
  kind: Kind;
  /**
   * Accepted records.
   */
  records: number;
  /**
   * Of these, annotated ones.
   */
  annotated: number;
  documents: Sides;
  duplicates: Duplicates;
  /**
   * null for keyphrases.
   */
  conflicts: null | Conflicts;
  identifiers: Identifiers;
  /**
   * Every label of the header, in its order.
   *
   * @maxItems 1000
   */
  labels: LabelProfile[];
  annotations: Histogram;
  lengths: Histogram1;
  /**
   * Documents by the number of rows that they were cut into, at sentences, of at most 256 words: windows of keyphrases, before a tokenizer has seen them. null for classes, whose texts are one row.
   */
  windows: null | Histogram2;
  /**
   * specialty, and the facets of the records, in the order in which they came: at most 16.
   *
   * @maxItems 16
   */
  facets: FacetProfile[];
  /**
   * Facets of documents that were not counted because 16 others came first.
   */
  furtherFacets: number;
  /**
   * Documents whose facets were not counted because 65,535 other combinations of values came first.
   */
  withoutFacets: number;
}
/**
 * Distinct annotated texts by side, without those that conflicts leave out. Everything below counts them.
 */
export interface Sides {
  train: number;
  validation: number;
  test: number;
}
export interface LabelProfile {
  /**
   * Name of a keyphrase's or class's label: one line that a terminal shows as it is, without white space at its ends. The kinds narrow it: training-export.schema.json.
   */
  label: string;
  documents: Sides1;
  /**
   * Keyphrases with it; of classes, documents.
   */
  items: number;
  parts: Parts;
}
/**
 * Documents that have it.
 */
export interface Sides1 {
  train: number;
  validation: number;
  test: number;
}
export interface FacetProfile {
  /**
   * Its name.
   */
  facet: string;
  /**
   * The most frequent values, at most 32, none with fewer than 5 documents.
   *
   * @maxItems 32
   */
  values: FacetValue[];
  /**
   * All other values together.
   */
  rest: {
    /**
     * How many there are; of a facet with more than 1,000, the first 1,000 are told apart.
     */
    values: number;
    documents: number;
    parts: Parts1;
  };
  /**
   * Documents without this facet.
   */
  absent: {
    documents: number;
    parts: Parts1;
  };
}
export interface FacetValue {
  /**
   * As the export has it, with unprintable characters as escapes.
   */
  value: string;
  documents: number;
  parts: Parts1;
  /**
   * (others - these) / all: near 1 where the value is rare.
   */
  classImbalance: number;
  /**
   * The most frequent labels of the export, at most 32.
   *
   * @maxItems 32
   */
  labels: {
    /**
     * Name of a keyphrase's or class's label: one line that a terminal shows as it is, without white space at its ends. The kinds narrow it: training-export.schema.json.
     */
    label: string;
    /**
     * Difference in proportions of labels: the share of the other documents that have the label, minus the share of these. Below 0 where the value has more of it.
     */
    difference: number;
  }[];
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
   * Promote, or who rolled back, forced or approved.
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
    /**
     * A number from 0 to 1.
     */
    macroF1?: number;
  };
  /**
   * UTC instant, RFC 3339.
   */
  exportedAt?: string;
  /**
   * Who did something, as pbp says it: user@host on one machine, the ARN of the caller's identity in AWS.
   */
  approvedBy?: string;
  /**
   * Of an approved promotion: who had started its run; null: the export arrived by itself.
   */
  startedBy?: null | string;
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
 * What the stack tells Register of SageMaker's Model Registry.
 */
export interface RegistryTarget {
  /**
   * With which the names of the groups begin.
   */
  stackName: string;
  /**
   * URI of the image `serve`, with its tag, which answers from the registered models.
   */
  image: string;
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
    | "no-token"
    | "other-kind"
    | "class-label"
    | "class-count";
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
 * A line of served/<model>/<hour>/<worker>.review.jsonl: an answer that was not sure, for a person to look at. Whoever has the texts finds them by the ids; there is no text here.
 */
export interface ReviewRecord {
  /**
   * The caller's name of the note.
   */
  id: string;
  /**
   * UTC instant, RFC 3339.
   */
  at: string;
  /**
   * The beginning of the answer id's SHA-256.
   */
  answer: string;
  /**
   * Number of an entry in the generation log, from 1.
   */
  generation: number;
  /**
   * Folder name of a bundle: <generation>-<first 12 hex digits of its digest>.
   */
  version: string;
  arm: "champion" | "arm";
  /**
   * Of the least sure keyphrase or class; null where the answer has none.
   */
  label: null | string;
  /**
   * A number from 0 to 1.
   */
  confidence: number;
}
/**
 * runs/<execution>/receipt.json, written by notify: what an execution did, for people and programs. Fields the execution did not reach are null.
 */
export interface RunReceipt {
  /**
   * Name of a Step Functions execution. At most 80 characters is AWS's limit.
   */
  execution: string;
  /**
   * Of the export; null until Preprocess has read it. Absent in receipts of earlier versions.
   */
  kind?: null | Kind;
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
    helps?: "resume" | "rerun" | "correct-export" | "correct-input" | "other-model" | "look";
  };
  /**
   * UTC instant, RFC 3339.
   */
  announcedAt?: string;
  verdict: "promote" | "reject" | "inconclusive" | null;
  reasons: Reasons;
  metrics: null | {
    challenger: Scores;
    champion: null | Scores;
    baselines: Baselines;
  };
  embeddings: null | {
    texts: number;
    embedded: number;
    reused: number;
  };
  generation: number | null;
  version: null | string;
  /**
   * Of a run whose promotion waits, or waited, for a person. Absent: it needed none, or there was nothing to promote.
   */
  approval?: {
    asked: "required" | "four-eyes";
    /**
     * null: it waits.
     */
    decision: null | ApprovalDecision;
  };
  publication?: Publication;
  registration?: Registration;
  reason: string;
  /**
   * What it ran with. Absent in receipts of earlier versions; null for an input that could not be used.
   */
  settings?: null | Settings;
  /**
   * What was trained, and how it compares on the validation side. null: not reached. Absent in receipts of earlier versions.
   */
  trials?: null | TrialReceipt[];
  findings?: Findings;
  warnings?: Warnings1;
  /**
   * Of an execution that succeeded, the jobs that finished, in the order of the definition; an evaluation after a lost race comes on top, and of those that failed only the trials that were passed over are among them. Of one that did not succeed, every job that it started, in the order of their starts.
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
     * @maxItems 1000
     *
     * Items: Of SageMaker, or `local`.
     */
    unpriced: string[];
  };
}
/**
 * What a person decided about a promotion that waited: runs/<execution>/approval.json, created exclusively, never changed.
 */
export interface ApprovalDecision {
  decision: "approved" | "declined";
  /**
   * Who did something, as pbp says it: user@host on one machine, the ARN of the caller's identity in AWS.
   */
  by: string;
  /**
   * In AWS the execution of the operators' machine, by which CloudTrail knows who it was; on one machine the same as by.
   */
  actor: string;
  /**
   * Of what an operator does, such as a rollback: never empty.
   */
  reason: string;
  /**
   * UTC instant, RFC 3339.
   */
  at: string;
}
/**
 * Of a run that promoted, where the deployment has endpoints. Absent otherwise, and in receipts of earlier versions.
 */
export interface Publication {
  /**
   * none: the deployment has no endpoints. published: the endpoint has it, or is taking it up. superseded: it has a newer generation. failed: it has what it had before.
   */
  status: "none" | "published" | "superseded" | "failed";
  /**
   * Its name; null where there is none, or where Publish could not say it.
   */
  endpoint: string | null;
  message: string;
}
/**
 * Of a run that promoted or waits for approval, where the deployment uses the Model Registry. Absent otherwise, and in receipts of earlier versions.
 */
export interface Registration {
  /**
   * What the registry says of the model from now on. none: the deployment does not use it. failed: it says what it said before; the model itself is not touched by that.
   */
  status: "none" | "Approved" | "PendingManualApproval" | "Rejected" | "failed";
  /**
   * ARN of the model package; null where there is none, or where Register could not say it.
   */
  package: string | null;
  message: string;
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
  /**
   * Epochs without a better validation score after which training stops and the best epoch is kept. 0: never.
   */
  patience?: number;
  /**
   * balanced: rare classes count more in the loss. It finds more of them, and its confidences say less.
   */
  classWeights?: "none" | "balanced";
  /**
   * Of a multi-label model, fitted on the validation side: one for all labels, or one for each label.
   */
  thresholds?: "one" | "label";
  /**
   * Of linear and frozen: the inverse strength C of the L2 penalty.
   */
  regularization?: number;
  /**
   * The precision at which coverage is told: the share of documents that can be sent on without a person.
   */
  reject?: number;
  gate: GatePolicy;
  minSamples: number;
  testFraction: number;
  identifiedText: "forbid" | "report";
  conflicts?: "refuse" | "allow";
  /**
   * null: what the kind has. Absent in receipts of earlier versions.
   */
  algorithms?: null | Algorithms;
  /**
   * null: none. Absent in receipts of earlier versions.
   */
  tuning?: null | TuningSettings;
  /**
   * Settings that are not the default: `epochs`, `gate.metric`. `baseModel` and `learningRate`, whose defaults are the deployment's and the base model's, where it is known that the input names them.
   *
   * @maxItems 32
   */
  changed: string[];
}
export interface TuningSettings {
  trials: number;
  parallel: number;
  ranges: TuningRanges;
  /**
   * Besides the execution's own.
   *
   * @maxItems 8
   */
  baseModels: string[];
}
export interface TrialReceipt {
  trial: number;
  /**
   * What is trained, the simplest first. linear: hashed n-grams. frozen: a linear head on the base model's vectors. transformer: all of the base model.
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
export interface Finding {
  rule: "loss-not-falling" | "diverging" | "overtraining" | "still-improving" | "accelerator-idle";
  trial: number;
  /**
   * One sentence with the numbers.
   */
  message: string;
}
export interface Job {
  state: "PreprocessJob" | "Embed" | "Train" | "Evaluate";
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
   * SageMaker's word, in the receipt of an execution that did not succeed; null: it ran when the execution ended. Absent: Completed.
   */
  status?: "Completed" | "Failed" | "Stopped" | null;
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
 * ValidateInput's result: the execution's input with every default filled in and every reference resolved; but for the learning rate, which depends on the export's kind: Preprocess gives each trial its own.
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
    /**
     * Whether it begins as gzip does: then it is larger than it looks. Absent in runs of earlier versions.
     */
    gzip?: boolean;
  };
  /**
   * Name of a registered model. Not registered, which is the folder that the others lie in.
   */
  model?: string;
  /**
   * Passes over the training rows. 100 is far beyond where fine-tuning stops improving.
   */
  epochs: number;
  hyperparameters: Hyperparameters;
  baseModel: ResolvedBaseModel;
  /**
   * What is trained, one trial each; null: what the kind of the export has.
   */
  algorithms: null | Algorithms;
  curve?: LearningCurve;
  /**
   * How many trials there are, and from what they are drawn; null: only the default of each algorithm.
   */
  tuning: null | Tuning;
  gate: GatePolicy;
  minSamples: number;
  testFraction: number;
  identifiedText: "forbid" | "report";
  conflicts: "refuse" | "allow";
  /**
   * Why somebody did something; no patient data. Empty, or one line that is not blank and that a terminal shows as it is: no control characters, no marks of direction.
   */
  reason: string;
  /**
   * Whether a person must approve what the gate would promote. four-eyes: another person than the one who started the run.
   */
  approval?: "none" | "required" | "four-eyes";
  images?: Images;
  /**
   * Who did something, as pbp says it: user@host on one machine, the ARN of the caller's identity in AWS.
   */
  startedBy?: string;
}
/**
 * The part of the base model's manifest that later states need.
 */
export interface ResolvedBaseModel {
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
   * What suits it. Absent in runs of earlier versions, whose hyperparameters name one.
   */
  learningRate?: number;
}
export interface Tuning {
  trials: number;
  parallel: number;
  ranges: TuningRanges;
  /**
   * The execution's own first.
   *
   * @minItems 1
   * @maxItems 8
   */
  baseModels: ResolvedBaseModel[];
}
/**
 * What receive-export answers about a selection: what became of it, from the receipt of its execution.
 */
export interface SelectionStatus {
  /**
   * The dashboard's own id of the selection: the exportId of the export. It becomes a part of keys and of the execution's name.
   */
  selectionId: string;
  /**
   * incomplete: it did not arrive whole, send it again. waiting: its export has not been read yet. running: it has been read. The others are ends.
   */
  status:
    | "incomplete"
    | "waiting"
    | "running"
    | "awaiting-approval"
    | "promoted"
    | "declined"
    | "rejected"
    | "inconclusive"
    | "failed";
  /**
   * null: incomplete.
   */
  execution: null | string;
  reasons: Reasons;
  error: null | {
    name: string;
    message: string;
    /**
     * What helps, from errors.json: resume, rerun, correct the export or the input, or look for the cause first. Absent in receipts of earlier versions.
     */
    helps?: "resume" | "rerun" | "correct-export" | "correct-input" | "other-model" | "look";
  };
  generation: number | null;
  version: null | string;
}
/**
 * An export too large for one request, cut into parts: what the dashboard asks addresses for, and sends again once every part is there.
 */
export interface SelectionUpload {
  /**
   * SHA-256 of a file's bytes, lower-case hex.
   */
  sha256: string;
  /**
   * In their order. 100 of 32 MiB are 3.3 GB.
   *
   * @minItems 1
   * @maxItems 100
   */
  parts: SelectionPart[];
}
export interface SelectionPart {
  /**
   * At most 32 MiB.
   */
  sizeBytes: number;
  /**
   * SHA-256 of a file's bytes, lower-case hex.
   */
  sha256: string;
}
/**
 * uploads/selections/<selectionId>.json, written once by receive-export: which bytes the dashboard sent under this id. A second selection of the same id is the same one, or a conflict.
 */
export interface Selection {
  /**
   * The dashboard's own id of the selection: the exportId of the export. It becomes a part of keys and of the execution's name.
   */
  selectionId: string;
  /**
   * The registered model that it is for; null: the default one.
   */
  model: null | string;
  /**
   * SHA-256 of a file's bytes, lower-case hex.
   */
  sha256: string;
  sizeBytes: number;
  /**
   * Key of an object in the data bucket. S3 allows 1,024 bytes.
   */
  key: string;
  records: number;
  rejected: number;
  /**
   * The first of them.
   *
   * @maxItems 20
   */
  rejects: RejectedRecord[];
  /**
   * UTC instant, RFC 3339.
   */
  receivedAt: string;
}
/**
 * Answer of POST /v1/classes.
 */
export interface ServeClassesAnswer {
  /**
   * Name of a registered model. Not registered, which is the folder that the others lie in.
   */
  model: string;
  /**
   * Number of an entry in the generation log, from 1.
   */
  generation: number;
  /**
   * Folder name of a bundle: <generation>-<first 12 hex digits of its digest>.
   */
  version: string;
  /**
   * champion, or arm while traffic is split.
   */
  arm: "champion" | "arm";
  /**
   * @minItems 1
   * @maxItems 64
   */
  answers: ClassesOfNote[];
}
export interface ClassesOfNote {
  /**
   * The caller's name of the note, which stands in its answer.
   */
  id?: string;
  /**
   * By which feedback names an answer of the service: what was answered, signed.
   */
  answerId: string;
  /**
   * In the order of the labels; exactly one where they exclude each other.
   */
  classes: ServedClass[];
  /**
   * A number from 0 to 1.
   */
  confidence: number;
  /**
   * Whether the model is as sure as it has to be to need no person. Always true where it has no such limit.
   */
  sure: boolean;
  policy?: Ruling;
}
export interface ServedClass {
  /**
   * Name of a keyphrase's or class's label: one line that a terminal shows as it is, without white space at its ends. The kinds narrow it: training-export.schema.json.
   */
  label: string;
  /**
   * A number from 0 to 1.
   */
  confidence: number;
}
/**
 * What is to be done, by the policy by label. Absent: there is none.
 */
export interface Ruling {
  action: PolicyAction;
  label: null | string;
  threshold: null | number;
}
/**
 * Answer of POST /v1/explain. baseline + sum is the score, within the tolerance, if complete.
 */
export interface ServeExplainAnswer {
  /**
   * Name of a registered model. Not registered, which is the folder that the others lie in.
   */
  model: string;
  /**
   * Number of an entry in the generation log, from 1.
   */
  generation: number;
  /**
   * Folder name of a bundle: <generation>-<first 12 hex digits of its digest>.
   */
  version: string;
  /**
   * champion, or arm while traffic is split.
   */
  arm: "champion" | "arm";
  /**
   * Whose score it is; null: why a word is in no keyphrase.
   */
  label: null | string;
  at?: ExplainedWord;
  /**
   * The score of a text that says nothing.
   */
  baseline: number;
  /**
   * What the model computes for the label, before temperature, probability and threshold.
   */
  score: number;
  /**
   * Of all weights.
   */
  sum: number;
  /**
   * How far baseline + sum may be from the score.
   */
  tolerance: number;
  /**
   * Whether the words account for the score. If not, the weights are only a hint.
   */
  complete: boolean;
  /**
   * What it cost, in passes through the model; a pass back counts as two.
   */
  passes: number;
  /**
   * In the order of the text; for keyphrases those of the sentence.
   */
  words: WeighedWord[];
}
/**
 * For keyphrases: the word that has the label.
 */
export interface ExplainedWord {
  start: number;
  end: number;
}
export interface WeighedWord {
  start: number;
  end: number;
  /**
   * What the word adds to the score; below 0: it speaks against the label.
   */
  weight: number;
}
/**
 * POST /v1/explain: which words of a text made the model's answer. docs/explaining.md says what it costs.
 */
export interface ServeExplain {
  /**
   * Name of a registered model. Not registered, which is the folder that the others lie in.
   */
  model?: string;
  /**
   * It has to be read some fifty times, and the explanation of a longer one is nothing that people would read.
   */
  text: string;
  /**
   * One of the model's. Absent: the likeliest.
   */
  label?: string;
  /**
   * For keyphrases: an offset in the word whose label is meant. Absent: the word that is most surely in a keyphrase. Else without meaning.
   */
  at?: number;
  /**
   * How offsets into the text are counted: Python counts code points; JavaScript, Java and C# count UTF-16 units.
   */
  offsets?: "codepoint" | "utf16";
}
/**
 * Answer of POST /v1/feedback, once it is kept: which generation had answered, and whether it was wholly right.
 */
export interface ServeFeedbackAnswer {
  /**
   * Name of a registered model. Not registered, which is the folder that the others lie in.
   */
  model: string;
  /**
   * Number of an entry in the generation log, from 1.
   */
  generation: number;
  /**
   * Folder name of a bundle: <generation>-<first 12 hex digits of its digest>.
   */
  version: string;
  arm: "champion" | "arm";
  exact: boolean;
}
/**
 * POST /v1/feedback: what would have been right for an answer, labels for classes, else keyphrases. No text.
 */
export interface ServeFeedback {
  /**
   * By which feedback names an answer of the service: what was answered, signed.
   */
  answerId: string;
  /**
   * The classes that are right; none, if no class is.
   *
   * @maxItems 1000
   */
  labels?: string[];
  /**
   * The keyphrases that are right, with offsets as in the answer.
   *
   * @maxItems 10000
   */
  keyphrases?: RightKeyphrase[];
}
export interface RightKeyphrase {
  start: number;
  end: number;
  label: string;
}
/**
 * Answer of POST /v1/keyphrases.
 */
export interface ServeKeyphrasesAnswer {
  /**
   * Name of a registered model. Not registered, which is the folder that the others lie in.
   */
  model: string;
  /**
   * Number of an entry in the generation log, from 1.
   */
  generation: number;
  /**
   * Folder name of a bundle: <generation>-<first 12 hex digits of its digest>.
   */
  version: string;
  /**
   * champion, or arm while traffic is split.
   */
  arm: "champion" | "arm";
  /**
   * @minItems 1
   * @maxItems 64
   */
  answers: KeyphrasesOfNote[];
}
export interface KeyphrasesOfNote {
  /**
   * The caller's name of the note, which stands in its answer.
   */
  id?: string;
  /**
   * By which feedback names an answer of the service: what was answered, signed.
   */
  answerId: string;
  /**
   * In the order of the text.
   */
  keyphrases: ServedKeyphrase[];
  policy?: Ruling;
}
export interface ServedKeyphrase {
  start: number;
  end: number;
  /**
   * Name of a keyphrase's or class's label: one line that a terminal shows as it is, without white space at its ends. The kinds narrow it: training-export.schema.json.
   */
  label: string;
  /**
   * A number from 0 to 1.
   */
  confidence: number;
}
/**
 * Answer of GET /v1/models.
 */
export interface ServeModels {
  models: ServedModel[];
}
export interface ServedModel {
  /**
   * Name of a registered model. Not registered, which is the folder that the others lie in.
   */
  model: string;
  /**
   * Number of an entry in the generation log, from 1.
   */
  generation: number;
  /**
   * Folder name of a bundle: <generation>-<first 12 hex digits of its digest>.
   */
  version: string;
  /**
   * champion, or arm while traffic is split.
   */
  arm: "champion" | "arm";
  kind: Kind;
  /**
   * What is trained, the simplest first. linear: hashed n-grams. frozen: a linear head on the base model's vectors. transformer: all of the base model.
   */
  algorithm: "linear" | "frozen" | "transformer";
  labels: Labels;
}
/**
 * POST /v1/keyphrases, /v1/classes and /invocations: notes to be answered.
 */
export interface ServeNotes {
  /**
   * Name of a registered model. Not registered, which is the folder that the others lie in.
   */
  model?: string;
  /**
   * @minItems 1
   * @maxItems 64
   */
  notes: ServedNote[];
  /**
   * How offsets into a text are counted: Python counts code points; JavaScript, Java and C# count UTF-16 units.
   */
  offsets?: "codepoint" | "utf16";
}
export interface ServedNote {
  /**
   * The caller's name of the note, which stands in its answer.
   */
  id?: string;
  text: string;
  /**
   * A product, a channel, a language, as in an export. Kept where answers are captured; no model sees them.
   */
  facets?: {
    [k: string]: string;
  };
}
/**
 * An error, as RFC 9457 has it. Nothing in it is from the request.
 */
export interface ServeProblem {
  type: string;
  title: string;
  status: number;
  detail: string;
  /**
   * Where in the body. * stands for a key that the schema does not name.
   */
  pointer?: string;
}
/**
 * Answer of POST /v1/similar.
 */
export interface ServeSimilarAnswer {
  /**
   * Name of a registered model. Not registered, which is the folder that the others lie in.
   */
  model: string;
  /**
   * Number of an entry in the generation log, from 1.
   */
  generation: number;
  /**
   * Folder name of a bundle: <generation>-<first 12 hex digits of its digest>.
   */
  version: string;
  /**
   * champion, or arm while traffic is split.
   */
  arm: "champion" | "arm";
  /**
   * @minItems 1
   * @maxItems 64
   */
  answers: NeighboursOfNote[];
}
export interface NeighboursOfNote {
  /**
   * The caller's name of the note, which stands in its answer.
   */
  id?: string;
  /**
   * The most similar first.
   *
   * @maxItems 100
   */
  neighbours: ServedNeighbour[];
}
export interface ServedNeighbour {
  /**
   * In the export. More than one where records share their text.
   *
   * @minItems 1
   */
  recordIds: string[];
  /**
   * Cosine.
   */
  similarity: number;
}
/**
 * POST /v1/similar: notes to which past ones are to be found.
 */
export interface ServeSimilar {
  /**
   * Name of a registered model. Not registered, which is the folder that the others lie in.
   */
  model?: string;
  /**
   * @minItems 1
   * @maxItems 64
   */
  notes: ServedNote1[];
  /**
   * How many for each.
   */
  count?: number;
}
export interface ServedNote1 {
  /**
   * The caller's name of the note, which stands in its answer.
   */
  id?: string;
  text: string;
}
/**
 * served/<model>/<hour>/<worker>.json: what one worker of the service answered in one hour, as counts. No text, no id, no key of a caller.
 */
export interface ServedCounts {
  /**
   * Name of a registered model. Not registered, which is the folder that the others lie in.
   */
  model: string;
  kind: Kind;
  /**
   * UTC.
   */
  hour: string;
  /**
   * By generation and arm. shadow: computed beside the answer of the generation in use, and not sent.
   *
   * @maxItems 64
   */
  served: Served[];
  /**
   * How the shadow's answers differ from those that were sent.
   *
   * @maxItems 64
   */
  shadow: ShadowCounts[];
}
export interface Served {
  /**
   * Number of an entry in the generation log, from 1.
   */
  generation: number;
  /**
   * Folder name of a bundle: <generation>-<first 12 hex digits of its digest>.
   */
  version: string;
  arm: "champion" | "arm" | "shadow";
  answers: number;
  /**
   * Keyphrases with the label; of classes, answers.
   *
   * @maxItems 1000
   */
  labels: {
    /**
     * Name of a keyphrase's or class's label: one line that a terminal shows as it is, without white space at its ends. The kinds narrow it: training-export.schema.json.
     */
    label: string;
    parts: Parts2;
  }[];
  annotations: ServedHistogram;
  lengths: ServedHistogram1;
  confidences: ServedHistogram2;
}
export interface ShadowCounts {
  /**
   * Number of an entry in the generation log, from 1.
   */
  generation: number;
  /**
   * Number of an entry in the generation log, from 1.
   */
  beside: number;
  compared: number;
  same: number;
  /**
   * @maxItems 2000
   */
  labels: {
    /**
     * Name of a keyphrase's or class's label: one line that a terminal shows as it is, without white space at its ends. The kinds narrow it: training-export.schema.json.
     */
    label: string;
    /**
     * Keyphrases or classes that only the shadow has.
     */
    added: number;
    /**
     * That only the answer has.
     */
    dropped: number;
  }[];
}
/**
 * What the stack tells Publish of the endpoints: the deployment's `serving`, and where they are to stand.
 */
export interface ServingTarget {
  mode: "serverless" | "instance";
  /**
   * URI of the image `serve`, with its tag.
   */
  image: string;
  /**
   * What the containers and SageMaker's download run under.
   */
  roleArn: string;
  stackName: string;
  /**
   * By which a bill is told apart.
   */
  tags: {
    [k: string]: string;
  };
  memoryMegabytes?: number;
  maxConcurrency?: number;
  provisionedConcurrency?: number;
  instanceType?: string;
  instanceCount?: number;
  canaryPercent?: number;
  /**
   * For the instances' volume. Not of a type with local NVMe, which encrypts that itself.
   */
  keyArn?: string;
  /**
   * @minItems 1
   * @maxItems 16
   */
  subnetIds?: string[];
  securityGroupId?: string;
  /**
   * Registered models whose endpoints have alarms, which roll an update back.
   *
   * @maxItems 41
   *
   * Items: Name of a registered model. Not registered, which is the folder that the others lie in.
   */
  watchedModels?: string[];
}
/**
 * An MLflow server that each run is sent to when it has ended: `tracking` of a deployment's configuration, or tracking.json in the home on one machine.
 */
export interface Tracking1 {
  /**
   * Where the server is, without a user, a query or a fragment. In AWS https://, reachable from the internet and without a sign-in: Notify's function is in no VPC and has no token.
   */
  uri: string;
  /**
   * Absent: predictive-billing-pipeline.
   */
  experiment?: string;
}
/**
 * models/traffic/<000001>.json, or below models/registered/<name>/: one entry of the traffic log, created exclusively, never changed. The highest one counts.
 */
export interface TrafficRecord {
  /**
   * Name of a registered model. Not registered, which is the folder that the others lie in.
   */
  model?: string;
  /**
   * Number of an entry in the generation log, from 1.
   */
  entry: number;
  /**
   * The generation that answers beside the one in use; null: none does any more.
   */
  arm: null | TrafficArm;
  /**
   * UTC instant, RFC 3339.
   */
  at: string;
  /**
   * Who asked for it.
   */
  actor: string;
  reason: string;
}
export interface TrafficArm {
  /**
   * Number of an entry in the generation log, from 1.
   */
  generation: number;
  /**
   * Folder name of a bundle: <generation>-<first 12 hex digits of its digest>.
   */
  version: string;
  /**
   * Number of an entry in the generation log, from 1.
   */
  beside: number;
  /**
   * Share of the callers whose requests reach the arm, in percent; hundredths count.
   */
  weight: number;
  /**
   * Both answer, the caller gets the answer of the generation in use, and the differences are counted.
   */
  shadow: boolean;
  /**
   * Hashed with the caller's key. It stays while the weight of one arm is changed, so that a larger share contains the smaller one.
   */
  salt: string;
}
/**
 * What the billing dashboard drops into incoming/. One JSON object, or JSON Lines whose first line is the header (this object without records) and every further line a record; either may be gzipped.
 */
export interface TrainingExport {
  /**
   * Version of this format. 1.1 has kind, classes and facets.
   */
  schemaVersion: "1.0" | "1.1";
  kind?: Kind;
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
   * What start and end count: UTF-16 code units (JavaScript) or code points (Python). Only for keyphrases, and required there.
   */
  offsetUnit?: "utf16" | "codepoint";
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
   * A product, a channel, a language: scores and balance are sliced by them, as by specialty. Never seen by a model.
   */
  facets?: {
    [k: string]: string;
  };
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
  /**
   * Of an export of classes: names out of labels, exactly one for single-label. Absent: not annotated. Empty: no class applies, multi-label only.
   *
   * @maxItems 1000
   *
   * Items: Name of a keyphrase's or class's label: one line that a terminal shows as it is, without white space at its ends. The kinds narrow it: training-export.schema.json.
   */
  classes?: string[];
}
/**
 * A labelled span of the text; end is exclusive.
 */
export interface Keyphrase {
  start: number;
  end: number;
  /**
   * No hyphen at the start, since tags are written B-label and I-label.
   */
  label: string;
  /**
   * The slice, as a check on the offsets.
   */
  text?: string;
}
export interface TrainingStep {
  /**
   * From 1. Of a linear model's fit: an iteration of L-BFGS.
   */
  step: number;
  /**
   * The mean of the steps since the last line.
   */
  loss: number;
  /**
   * On the first line: the loss of one who knows only how frequent each answer is. Absent with class weights, which change what a loss says.
   */
  priorLoss?: number;
  /**
   * From 1; absent where there are none.
   */
  epoch?: number;
  /**
   * Of all epochs; early stopping may end before.
   */
  steps?: number;
  /**
   * Of the step.
   */
  learningRate?: number;
  /**
   * Word pieces, of all processes together, since the last line.
   */
  piecesPerSecond?: number;
  /**
   * The share of the time since the last line, validation left out, in which a step was computed; the rest went on rows and checkpoints.
   */
  busy?: number;
  /**
   * Since the training began, without what an interruption lost.
   */
  seconds: number;
}
export interface TrainingValidation {
  /**
   * From 1. Of a linear model's fit: an iteration of L-BFGS.
   */
  step: number;
  /**
   * From 1; absent where there are none.
   */
  epoch?: number;
  /**
   * Of the answers on the validation side; trials are compared by the score.
   */
  validation: {
    metric: "f1" | "macroF1";
    score: number;
    standardError: number;
    documents: number;
    loss?: number;
  };
  /**
   * Since the training began, without what an interruption lost.
   */
  seconds: number;
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
      | "finds-items"
      | "enough-test-documents"
      | "same-labels"
      | "label-minimum"
      | "first-model"
      | "significant"
      | "predicts-labels"
      | "nearly-perfect";
    passed: boolean;
    /**
     * One sentence with the numbers.
     */
    message: string;
  }[];
  findings?: Findings1;
  kind: Kind;
  policy: GatePolicy;
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
    baselines: Baselines;
  };
  counts: {
    documents: number;
    units: number;
    items: number;
    excludedDocuments: number;
  };
  /**
   * Paired bootstrap over documents, challenger minus champion on the policy's metric. null without a champion.
   */
  comparison: null | Comparison;
  /**
   * How this export differs from the one that the champion was trained on. Told, never decided by. null without a champion or without its profile; absent in verdicts of earlier versions.
   */
  drift?: null | Drift;
  /**
   * Per label of the test set, both models' scores; null for a champion that does not know the label.
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
  metric: "accuracy" | "f1" | "macroF1";
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
export interface Drift {
  /**
   * Number of an entry in the generation log, from 1.
   */
  champion: number;
  /**
   * One for each thing that both exports were counted by, drifted or not.
   *
   * @maxItems 64
   */
  findings: {
    /**
     * labels, annotations, length, windows, unknown-pieces, embeddings, or facet: and its name.
     */
    what: string;
    /**
     * Jensen–Shannon distance, from 0 to 1. Of embeddings, how far the mean vector moved, in units of the vectors' spread.
     */
    distance: number;
    /**
     * Population stability index; null of embeddings.
     */
    psi: number | null;
    /**
     * The distance in the middle of many random splits of exports of these sizes that differ by chance alone. null: too few parts to know.
     */
    halves: number | null;
    /**
     * The distance that hardly any such split exceeds.
     */
    limit: number | null;
    /**
     * Whether the distance is above the limit.
     */
    exceeds: boolean;
    /**
     * One sentence with the numbers.
     */
    message: string;
  }[];
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

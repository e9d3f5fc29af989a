import type { Readable } from "node:stream";
import type {
  PromotionRecord,
  Publication,
  Registration,
  ServeExplainAnswer,
  TrafficRecord,
} from "../schemas/types.ts";
import type { Generation } from "../tasks/models/history.ts";
import type { BundleLineage } from "../tasks/models/lineage.ts";
import type { PolicySet, PolicyState } from "../tasks/models/policy.ts";
import type { WantedArm } from "../tasks/models/set-traffic.ts";
import type { Traffic } from "../tasks/models/traffic.ts";
import type { ObjectStore } from "../tasks/store/store.ts";
import type {
  ExecutionDescription,
  ExecutionStatus,
  HistoryEvent,
  StateProgress,
  TaskProgress,
} from "./execution.ts";

/** How an execution is watched and stopped. */
export type Watching = {
  /** Stops the execution: running jobs are stopped, then it ends as ABORTED. It can be resumed. */
  signal?: AbortSignal;
  onEvent?: (event: HistoryEvent) => void;
  onProgress?: (stateName: string, progress: TaskProgress) => void;
};

/** How long exports are taken in, and who hears what becomes of them. */
export type Receiving = { signal: AbortSignal; say: (sentence: string) => void };

/** An execution in a list. */
export type ListedExecution = {
  name: string;
  /** INTERRUPTED: its engine is gone; it can be resumed. */
  status: ExecutionStatus | "INTERRUPTED";
  /** The state entered last, Choices aside. */
  lastState: string;
  /** Of the states that run now, as far as they tell. */
  progress: StateProgress[];
  startDate: string;
  stopDate: string | null;
  error: string | null;
  /** What it was started with. */
  input: unknown;
};

/** Which executions a list is to have. What tells most cheaply is asked first. */
export type Wanted = {
  /** Those that come after this one in the list. */
  before?: string;
  /** By its name and what it was started with. */
  began?: (execution: Pick<ListedExecution, "name" | "input">) => boolean;
  status?: ListedExecution["status"];
  /** By anything else. */
  is?: (execution: ListedExecution) => boolean | Promise<boolean>;
};

/** A job of an execution; on one machine its instance is `local`. What is not known yet is null. */
export type JobStatus = {
  state: string;
  /** Of a training; null for any other job. */
  trial: number | null;
  job: string;
  /** SageMaker's word: InProgress, Completed, Failed, Stopping, Stopped; for training jobs in progress with what they do. */
  status: string;
  failure: string | null;
  instanceType: string | null;
  instanceCount: number | null;
  seconds: number | null;
  billableSeconds: number | null;
  /** Where its log is read. */
  log: string;
};

/** `bundle` is where the model lies. `forced`: who overruled which verdict, and why; null where the gate promoted it. */
export type Promotion = {
  generation: number;
  bundle: string;
  forced: Pick<PromotionRecord, "actor" | "reason" | "overruled"> | null;
};

/** What an entry of the log says of a promotion. */
export function promotionOf(record: PromotionRecord, bundle: string): Promotion {
  const { generation, action, actor, reason, overruled } = record;
  const forced = { actor, reason, ...(overruled && { overruled }) };
  return { generation, bundle, forced: action === "forced" ? forced : null };
}

/** `models`: every registered model. */
export type ModelHistory = {
  generations: Generation[];
  models: string[];
  traffic: Traffic;
  policy: PolicyState;
};

/** A text, and what about it is to be explained: the likeliest where that is null. `at` counts code points. */
export type ExplanationRequest = { text: string; label: string | null; at: number | null };

/** What pbp_reader says of it: as an answer of /v1/explain, without where it comes from. */
export type Explained = Omit<ServeExplainAnswer, "model" | "generation" | "version" | "arm">;

/** The file system of the models, as EFS tells it. */
export type FileSystemStatus = {
  fileSystemId: string;
  state: string;
  encrypted: boolean;
  mountTargets: { zone: string; state: string }[];
  /** `root` is the folder that the functions see as their root. */
  accessPoint: { accessPointId: string; state: string; root: string } | null;
};

/** What became of the generation in use outside of the models folder. */
export type Published = { publication: Publication; registration: Registration };
/** A generation that came into use, and in AWS what became of its endpoint and registration. */
export type BroughtIntoUse = PromotionRecord & Partial<Published>;

/** What was answered: the object with a line for each note, and by which generation. */
export type Predicted = { key: string; generation: number; version: string };

export type Predictions = {
  /**
   * Lets a job answer the notes, unless one has or does, by the generation that is in use now. Resolves when it has ended.
   * Throws PredictionFailed. Whoever stops waiting stops no job: the same call waits again.
   *
   * @param source Digest of the notes, by which the same file is known again. @param notes As serve/predict/answers.py
   *   reads them, asked for if they are not in the bucket.
   */
  answer(
    asked: { model?: string; source: string; notes: () => AsyncIterable<string> },
    tell: (step: string) => void,
  ): Promise<Predicted>;
};

/** A place where executions run: this machine's home, or a stack in AWS. */
export interface Installation {
  /** What messages call it. */
  readonly place: string;
  /** The options that name it on a command line, as they are to be typed: with a blank before, or nothing. */
  readonly options: string;
  readonly store: ObjectStore;
  readonly bucket: string;
  /** Folder of what the service has answered, as counts; null where it is not on this machine. */
  readonly served: string | null;
  /** Folder on this machine for what is thrown away. */
  readonly temporary: string;
  /** Whether executions run in the process that starts them, and are cut short when it ends. */
  readonly runsHere: boolean;
  /** The base model that a first run adds by itself; null where a deployment decides which one is there. */
  readonly ownBaseModel: string | null;
  /** Names that begin with `beginning`, the latest first, at most `limit`; if it is a whole name, that one alone. */
  namesFrom(beginning: string, limit: number): Promise<string[]>;
  /** The latest first, at most `limit`. Throws ExecutionDoesNotExist for a `before` that is not there. */
  list(limit: number, wanted?: Wanted): Promise<ListedExecution[]>;
  /** Throws ExecutionDoesNotExist. */
  describe(name: string): Promise<ExecutionDescription>;
  /** Every event, oldest first. Throws ExecutionDoesNotExist. */
  events(name: string): Promise<HistoryEvent[]>;
  /**
   * Calls `tell` when something may have changed, of one execution or of which there are, until `signal` ends it: at once
   * where that can be known, and else as often as the place lets one ask.
   */
  onChange(name: string | null, tell: () => void, signal: AbortSignal): void;
  /**
   * Puts an export where it starts an execution, `export.json.gz` or for a registered model `specialty/export.json.gz`.
   * Resolves when it is whole and there; the execution starts by itself, in this process where `runsHere`.
   */
  receiveExport(name: string, body: Readable, receiving: Receiving): Promise<void>;
  /** Where people watch an execution in a browser; null where there is no such page. */
  linkTo(name: string): string | null;
  /** Resolves when the execution has ended. */
  start(name: string, input: object, watching: Watching): Promise<void>;
  /**
   * Continues an execution that did not succeed. Resolves when it has ended. `takeOver`: its engine is gone for good,
   * says a person, where the installation cannot know.
   */
  resume(name: string, watching: Watching, takeOver: boolean): Promise<void>;
  /** Stops an execution that runs, whoever runs it, and its jobs. Resolves when it has ended. */
  stop(name: string): Promise<void>;
  /** In the order of their creation. */
  jobs(name: string): Promise<JobStatus[]>;
  /** What a job has printed, or the last lines of it. */
  logLines(job: JobStatus, last?: number): Promise<string[]>;
  /** How the model of an execution came into use, by its verdict or by hand; null if it never did. */
  promotion(name: string): Promise<Promotion | null>;
  /** The generations of a registered model, newest first: none where there is no such model. */
  history(model?: string): Promise<ModelHistory>;
  /** Without `to`: the version before the one in use. */
  rollback(request: { model?: string; to?: number; reason: string }): Promise<BroughtIntoUse>;
  /** Promotes the model of an execution even against its verdict, in the log of its registered model. */
  forcePromotion(request: { execution: string; reason: string }): Promise<BroughtIntoUse>;
  /** Lets the endpoint of a registered model take up what is in use, and tells the Model Registry of it. */
  publish(model?: string): Promise<Published>;
  /** Says which generation answers beside the one in use; null: none any more. */
  setTraffic(request: { model?: string; arm: WantedArm | null; reason: string }): Promise<TrafficRecord>;
  /** Puts a policy by label into force. */
  setPolicy(request: { model?: string; policy: unknown }): Promise<PolicySet>;
  /** Promotes the model of an execution that waits for approval. */
  approve(request: { execution: string; reason: string }): Promise<BroughtIntoUse>;
  /** Closes an execution that waits for approval. The model in use stays. */
  decline(request: { execution: string; reason: string }): Promise<void>;
  /** Where a job answers a file of notes; null where this machine does it itself. */
  readonly predictions: Predictions | null;
  /** What went into a generation's bundle. Throws InvalidInput where there is no such generation, or its bundle is gone. */
  lineage(request: { generation: number; model?: string }): Promise<BundleLineage>;
  /**
   * Which words of a text made the answer of an execution's model; null where that is not in use here, or never was.
   * Throws CannotExplain.
   */
  explain(execution: string, asked: ExplanationRequest): Promise<Explained | null>;
  /** null where it is a folder. */
  fileSystem(): Promise<FileSystemStatus | null>;
}

/** What an installation cannot do as it stands. The name is for programs; the message says what to do about it. */
export class InstallationError extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

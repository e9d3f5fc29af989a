import { type Ended, type Remedy, whatHelps } from "../../../schemas/advice.ts";
import { runPrefix } from "../../../schemas/bucket.ts";
import { NamedError } from "../../../schemas/errors.ts";
import { defaultKind } from "../../../schemas/kinds.ts";
import { type Settings, settingsOf } from "../../../schemas/settings.ts";
import { trialReceipts } from "../../../schemas/trials.ts";
import type {
  Dataset,
  EmbeddingsManifest,
  ExecutionInput,
  PreprocessReport,
  RunReceipt,
  Scores,
  TrialReceipt,
  Verdict,
} from "../../../schemas/types.ts";
import { ObjectMissing, type ObjectStore, readJson } from "../../../tasks/store/store.ts";
import { causeMessage } from "../../cause.ts";
import type { ExecutionDescription, StateProgress, StateVisit } from "../../execution.ts";
import type { FileSystemStatus, Installation, JobStatus, Promotion } from "../../installation.ts";
import { withDefaults } from "../execution-input.ts";
import { note } from "./output.ts";

// As much of a failed job's log as has the traceback of a script, and fits a screen with the rest.
const shownLines = 12;

/**
 * A job of an execution. `exitCode` is that of a process that failed (128 and the number of a signal: 137 is a kill, as
 * because memory ran out); `lastLines` are its log's, of a job that failed; `usd` is the receipt's, and null before it is written.
 */
export type Job = JobStatus & { exitCode: number | null; lastLines: string[]; usd: number | null };

/** What an execution did, for programs: `run --json` and `show --json`. What was not reached is null. */
export type Summary = {
  execution: string;
  status: ExecutionDescription["status"] | "INTERRUPTED";
  verdict: Verdict["verdict"] | null;
  /** Every rule of the gate that was applied. */
  reasons: Verdict["reasons"];
  /** On the test rows; the champion is the one that was in use when the model was judged. */
  metrics: (Verdict["metrics"] & Pick<Verdict, "championGeneration" | "perLabel">) | null;
  /** What it ran with, and what of it is not the default; null for an input that could not be used. */
  settings: Settings | null;
  reason: string;
  embeddings: { texts: number; embedded: number; reused: number } | null;
  report: PreprocessReport | null;
  generation: number | null;
  /** Of a model that was promoted by hand: who overruled which verdict, and why. */
  forced: Promotion["forced"];
  /** Folder of the promoted bundle. */
  bundle: string | null;
  /** What was trained and how it compares on the validation side, once all trials have ended. */
  trials: TrialReceipt[] | null;
  /** By state; a state that was entered again counts all its visits. */
  seconds: Record<string, number>;
  /** How far the states are that run now; empty in AWS, where the jobs' logs have it. */
  progress: StateProgress[];
  /** What SageMaker tells of the jobs now, and what the receipt counted. */
  jobs: Job[];
  /** Of the jobs' instances, at list prices; null where none was rented, and before the receipt is written. */
  cost: RunReceipt["cost"];
  /** null on one machine. */
  fileSystem: FileSystemStatus | null;
  error: { name: string; message: string } | null;
  /** What to do about it, from schemas/errors.json; null unless the execution failed, was stopped or was cut short. */
  helps: Remedy | null;
};

/** What the commands print that end with a Summary when there was no execution to tell about. */
export const noSummary = {
  execution: null,
  status: null,
  verdict: null,
  reasons: [],
  metrics: null,
  settings: null,
  reason: "",
  embeddings: null,
  report: null,
  generation: null,
  forced: null,
  bundle: null,
  trials: null,
  seconds: {},
  progress: [],
  jobs: [],
  cost: null,
  fileSystem: null,
  helps: null,
} satisfies Record<keyof Omit<Summary, "error">, unknown>;

/** Everything that `run` and `show` tell about an execution. */
export type Results = {
  description: ExecutionDescription;
  summary: Summary;
  verdict: Verdict | null;
  /** Of the installation, for what to type next. */
  options: string;
};

/** A verdict as it is written now: that of an earlier version knew one kind, and one baseline. */
function upToDate(verdict: Verdict | null): Verdict | null {
  if (verdict === null || "baselines" in verdict.metrics) return verdict;
  const { metrics, counts, ...rest } = verdict as unknown as Omit<Verdict, "metrics" | "counts"> & {
    metrics: { baseline: Scores; challenger: Scores; champion: Scores | null };
    counts: { documents: number; tokens: number; entities: number; excludedDocuments: number };
  };
  const { baseline, ...models } = metrics;
  const { tokens, entities, ...documents } = counts;
  return {
    ...rest,
    kind: defaultKind,
    metrics: { ...models, baselines: { nothing: baseline } },
    counts: { ...documents, units: tokens, items: entities },
  };
}

/** Reads what an execution has left in an installation. Throws ExecutionDoesNotExist. */
export async function readResults(installation: Installation, name: string): Promise<Results> {
  const description = await installation.describe(name);
  const { store } = installation;
  const prefix = runPrefix(name);
  const [verdict, report, embeddings, dataset, receipt, promotion, live, fileSystem] = await Promise.all([
    read<Verdict>(store, `${prefix}verdict.json`).then(upToDate),
    read<PreprocessReport>(store, `${prefix}dataset/report.json`),
    read<EmbeddingsManifest>(store, `${prefix}embeddings/manifest.json`),
    read<Dataset>(store, `${prefix}dataset/manifest.json`),
    read<RunReceipt>(store, `${prefix}receipt.json`),
    installation.promotion(name),
    installation.jobs(name).catch(without("the jobs' status", [])),
    installation.fileSystem().catch(without("the file system's status", null)),
  ]);
  const jobs = await Promise.all(jobsOf(live, receipt).map((job) => withLog(installation, job)));
  const status = statusOf(description);
  const summary: Summary = {
    execution: name,
    status,
    verdict: verdict?.verdict ?? null,
    reasons: verdict?.reasons ?? [],
    metrics: verdict && {
      ...verdict.metrics,
      championGeneration: verdict.championGeneration,
      perLabel: verdict.perLabel,
    },
    settings: settingsIn(description, dataset),
    reason: reasonIn(description.input),
    embeddings: embeddings && {
      texts: embeddings.texts,
      embedded: embeddings.embedded,
      reused: embeddings.reused,
    },
    report,
    generation: promotion?.generation ?? null,
    forced: promotion?.forced ?? null,
    bundle: promotion?.bundle ?? null,
    trials: trialsIn(description, dataset),
    seconds: secondsByState(description.states),
    progress: description.progress,
    jobs,
    cost: receipt?.cost ?? null,
    fileSystem,
    error:
      description.error === null
        ? null
        : { name: description.error, message: causeMessage(description.cause) },
    helps: endedBadly(status) ? whatHelps({ status, error: description.error }) : null,
  };
  return { description, summary, verdict, options: installation.options };
}

function trialsIn({ trials: ended }: ExecutionDescription, dataset: Dataset | null): TrialReceipt[] | null {
  return ended && dataset?.trials ? trialReceipts(dataset, ended.trials, ended.chosen) : null;
}

/** As ValidateInput resolved them, or as the input asks for them; null for an input that it refuses. */
export function settingsIn(
  { input, run }: Pick<ExecutionDescription, "input"> & { run?: ExecutionDescription["run"] },
  dataset: Pick<Dataset, "exportSha256"> | null = null,
): Settings | null {
  const asked = input as ExecutionInput;
  try {
    return settingsOf(run ?? withDefaults(asked), dataset?.exportSha256 ?? null, asked);
  } catch (error) {
    if (error instanceof NamedError) return null;
    throw error;
  }
}

export function reasonIn(input: unknown): string {
  const { reason } = (input ?? {}) as { reason?: unknown };
  return typeof reason === "string" ? reason : "";
}

/** A running execution without an engine was cut short: it can be resumed. */
function statusOf({ status, isOwned }: ExecutionDescription): Summary["status"] {
  return status === "RUNNING" && !isOwned ? "INTERRUPTED" : status;
}

/** Whether there is something to advise. */
export function endedBadly(status: Summary["status"]): status is Ended["status"] {
  return status !== "RUNNING" && status !== "SUCCEEDED";
}

/** Seconds by state, in the order of first entry. */
function secondsByState(visits: readonly StateVisit[]): Record<string, number> {
  const seconds: Record<string, number> = {};
  for (const { name, seconds: spent } of visits)
    if (spent !== null) seconds[name] = Math.round(((seconds[name] ?? 0) + spent) * 1000) / 1000;
  return seconds;
}

/** The live status where there is one; on one machine, and once SageMaker has forgotten a job, the receipt's. */
function jobsOf(live: readonly JobStatus[], receipt: RunReceipt | null): Job[] {
  const counted = receipt?.jobs ?? [];
  const forgotten = counted
    .filter(({ job }) => !live.some((known) => known.job === job))
    // The receipt has the jobs that finished.
    .map((job) => ({
      ...job,
      trial: job.trial ?? null,
      status: "Completed",
      failure: null,
      exitCode: null,
      lastLines: [],
    }));
  const known = live.map((job) => ({
    ...job,
    exitCode: exitCodeIn(job.failure),
    lastLines: [],
    usd: counted.find((entry) => entry.job === job.job)?.usd ?? null,
  }));
  return [...forgotten, ...known];
}

/** SageMaker tells it within the reason: `AlgorithmError: …, exit code: 137`. */
function exitCodeIn(failure: string | null): number | null {
  const code = /\bexit code: (\d{1,3})\b/.exec(failure ?? "")?.[1];
  return code === undefined ? null : Number(code);
}

async function withLog(installation: Installation, job: Job): Promise<Job> {
  if (job.status !== "Failed") return job;
  const lastLines = await installation.logLines(job, shownLines).catch(without(`the log of ${job.job}`, []));
  return { ...job, lastLines };
}

/** For what an operator may lack the permission to see: the rest is told all the same. */
export function without<Fallback>(what: string, fallback: Fallback): (error: Error) => Fallback {
  return ({ name }) => {
    note(`Without ${what}: ${name}.`);
    return fallback;
  };
}

/** Our own tasks wrote these objects and checked them at their doors. */
export async function read<T>(store: ObjectStore, key: string): Promise<T | null> {
  try {
    return (await readJson(store, key)) as T;
  } catch (error) {
    if (error instanceof ObjectMissing) return null;
    throw error;
  }
}

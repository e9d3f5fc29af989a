import { join } from "node:path";
import type { EmbeddingsManifest, PreprocessReport, Verdict } from "../../schemas/types.ts";
import { readHistory } from "../../tasks/models/history.ts";
import { ObjectMissing, readJson } from "../../tasks/store/store.ts";
import type { ExecutionDescription, StateVisit } from "../execution.ts";
import type { Pipeline } from "../local/pipeline.ts";
import { causeMessage } from "./cause.ts";

type Pair = { accuracy: number; f1: number };

/** What an execution did, for programs: `run --json` and `show --json`. What was not reached is null. */
export type Summary = {
  execution: string;
  status: ExecutionDescription["status"] | "INTERRUPTED";
  verdict: Verdict["verdict"] | null;
  reasons: string[];
  metrics: { challenger: Pair; champion: Pair | null; baseline: Pair } | null;
  embeddings: { texts: number; embedded: number; reused: number } | null;
  report: PreprocessReport | null;
  generation: number | null;
  /** Folder of the promoted bundle. */
  bundle: string | null;
  /** By state; a state that was entered again counts all its visits. */
  seconds: Record<string, number>;
  error: { name: string; message: string } | null;
};

/** What the commands print that end with a Summary when there was no execution to tell about. */
export const noSummary = {
  execution: null,
  status: null,
  verdict: null,
  reasons: [],
  metrics: null,
  embeddings: null,
  report: null,
  generation: null,
  bundle: null,
  seconds: {},
} satisfies Record<keyof Omit<Summary, "error">, unknown>;

/** Everything that `run` and `show` tell about an execution. */
export type Results = { description: ExecutionDescription; summary: Summary; verdict: Verdict | null };

/** Reads what an execution has left in the home. Throws ExecutionDoesNotExist. */
export async function readResults(pipeline: Pipeline, name: string): Promise<Results> {
  const description = pipeline.describe(name);
  const prefix = `runs/${name}/`;
  const [verdict, report, embeddings] = await Promise.all([
    read<Verdict>(pipeline, `${prefix}verdict.json`),
    read<PreprocessReport>(pipeline, `${prefix}dataset/report.json`),
    read<EmbeddingsManifest>(pipeline, `${prefix}embeddings/manifest.json`),
  ]);
  const promotion = await findPromotion(pipeline, name);
  const pair = ({ accuracy, f1 }: Pair): Pair => ({ accuracy, f1 });
  const summary: Summary = {
    execution: name,
    status: statusOf(description),
    verdict: verdict?.verdict ?? null,
    reasons: verdict?.reasons.map(({ message }) => message) ?? [],
    metrics: verdict && {
      challenger: pair(verdict.metrics.challenger),
      champion: verdict.metrics.champion && pair(verdict.metrics.champion),
      baseline: pair(verdict.metrics.baseline),
    },
    embeddings: embeddings && {
      texts: embeddings.texts,
      embedded: embeddings.embedded,
      reused: embeddings.reused,
    },
    report,
    generation: promotion?.generation ?? null,
    bundle: promotion && join(pipeline.home.models, "versions", promotion.version),
    seconds: secondsByState(description.states),
    error:
      description.error === null
        ? null
        : { name: description.error, message: causeMessage(description.cause) },
  };
  return { description, summary, verdict };
}

/** A running execution without an engine was cut short: it can be resumed. */
export function statusOf({ status, isOwned }: ExecutionDescription): Summary["status"] {
  return status === "RUNNING" && !isOwned ? "INTERRUPTED" : status;
}

/** Seconds by state, in the order of first entry. */
export function secondsByState(visits: readonly StateVisit[]): Record<string, number> {
  const seconds: Record<string, number> = {};
  for (const { name, seconds: spent } of visits)
    if (spent !== null) seconds[name] = Math.round(((seconds[name] ?? 0) + spent) * 1000) / 1000;
  return seconds;
}

async function findPromotion(pipeline: Pipeline, execution: string) {
  const history = await readHistory(pipeline.home.models);
  return history.find((entry) => entry.action === "promote" && entry.execution === execution) ?? null;
}

/** Our own tasks wrote these objects and checked them at their doors. */
async function read<T>(pipeline: Pipeline, key: string): Promise<T | null> {
  try {
    return (await readJson(pipeline.store, key)) as T;
  } catch (error) {
    if (error instanceof ObjectMissing) return null;
    throw error;
  }
}

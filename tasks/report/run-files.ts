// Everything that an execution left in runs/<execution>/ and that a person may want to see of it: counts, scores,
// settings. No file with a text in it is opened.
import { evaluationPrefix, runPrefix } from "../../schemas/bucket.ts";
import { wordsOf } from "../../schemas/kinds.ts";
import type {
  Analysis,
  Dataset,
  EmbeddingsManifest,
  Evaluation,
  PreprocessReport,
  Profile,
  RunReceipt,
  TrainingLogLine,
  Verdict,
} from "../../schemas/types.ts";
import { ObjectInvalid, ObjectMissing, type ObjectStore, readJson } from "../store/store.ts";
import { datasetAsNow, type Earlier, verdictAsNow } from "./earlier.ts";
import { type Spread, spreadOf } from "./spread.ts";
import { readKeptLog } from "./training-log.ts";

/** null: not there, be it that the run did not get so far, or that a version wrote it that had no such file. */
export type RunFiles = {
  receipt: RunReceipt | null;
  verdict: Verdict | null;
  dataset: Dataset | null;
  preprocess: PreprocessReport | null;
  profile: Profile | null;
  embeddings: EmbeddingsManifest | null;
  /** Evaluate's metrics.json, and what documents.jsonl says of how sure the score is. */
  evaluation: Evaluation | null;
  analysis: Analysis | null;
  spread: Spread | null;
  /** Of the trials whose log was kept. */
  trainings: Training[];
};
export type Training = { trial: number; lines: TrainingLogLine[] };

// A quarter of a million documents. Beyond it the score hardly moves, and reading would cost Notify its time.
const mostDocumentsBytes = 32 * 1024 * 1024;

export async function readRunFiles(store: ObjectStore, execution: string): Promise<RunFiles> {
  const prefix = runPrefix(execution);
  const [receipt, verdict, dataset, preprocess, profile, embeddings] = await Promise.all([
    readOrNull<RunReceipt>(store, `${prefix}receipt.json`),
    readOrNull<Verdict | Earlier["verdict"]>(store, `${prefix}verdict.json`).then(verdictAsNow),
    readOrNull<Dataset | Earlier["dataset"]>(store, `${prefix}dataset/manifest.json`).then(datasetAsNow),
    readOrNull<PreprocessReport>(store, `${prefix}dataset/report.json`),
    readOrNull<Profile>(store, `${prefix}dataset/profile.json`),
    readOrNull<EmbeddingsManifest>(store, `${prefix}embeddings/manifest.json`),
  ]);
  const judged = verdict && (await readEvaluation(store, execution, verdict));
  return {
    receipt,
    verdict,
    dataset,
    preprocess,
    profile,
    embeddings,
    evaluation: judged?.evaluation ?? null,
    analysis: judged?.analysis ?? null,
    spread: judged?.spread ?? null,
    trainings: await readTrainings(store, execution, dataset),
  };
}

async function readTrainings(
  store: ObjectStore,
  execution: string,
  dataset: Dataset | null,
): Promise<Training[]> {
  const read = (dataset?.trials ?? []).map(async ({ trial }) => {
    const lines = await readKeptLog(store, execution, trial);
    return lines ? [{ trial, lines }] : [];
  });
  return (await Promise.all(read)).flat();
}

/** Of the evaluation that was judged: one that lost a race has a folder of its own. */
async function readEvaluation(store: ObjectStore, execution: string, verdict: Verdict) {
  const folder = evaluationPrefix(execution, verdict.championGeneration);
  const [evaluation, analysis] = await Promise.all([
    readOrNull<Evaluation>(store, `${folder}metrics.json`),
    readOrNull<Analysis>(store, `${folder}analysis.json`),
  ]);
  if (!evaluation) return null;
  const key = `${folder}documents.jsonl`;
  const found = await store.head(key);
  if (!found || found.sizeBytes > mostDocumentsBytes) return { evaluation, analysis, spread: null };
  const lines = await store.read(key, { versionId: found.versionId });
  return { evaluation, analysis, spread: await spreadOf(lines, spreadMetric(verdict), evaluation.labels) };
}

/** What decided; of keyphrases F1, since accuracy counts the many tokens that nobody asked for. */
function spreadMetric({ kind, policy }: Verdict) {
  return wordsOf(kind).metrics.macroF1 === undefined ? "f1" : policy.metric;
}

/** null also for a file that is damaged: the rest is told all the same. */
export async function readOrNull<T>(store: ObjectStore, key: string): Promise<T | null> {
  try {
    return (await readJson(store, key)) as T;
  } catch (error) {
    if (error instanceof ObjectMissing || error instanceof ObjectInvalid) return null;
    throw error;
  }
}

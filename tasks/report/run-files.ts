// Everything that an execution left in runs/<execution>/ and that a person may want to see of it: counts, scores,
// settings. No file with a text in it is opened.
import { evaluationPrefix, runPrefix } from "../../schemas/bucket.ts";
import type { Algorithm } from "../../schemas/tables/algorithms.ts";
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
import { readKeptLog } from "./training-log.ts";

/** null: not there, be it that the run did not get so far, or that a version wrote it that had no such file. */
export type RunFiles = {
  receipt: RunReceipt | null;
  verdict: Verdict | null;
  dataset: Dataset | null;
  preprocess: PreprocessReport | null;
  profile: Profile | null;
  embeddings: EmbeddingsManifest | null;
  /** Of the evaluation that was judged: one that lost a race has a folder of its own. */
  evaluation: Evaluation | null;
  analysis: Analysis | null;
  /** Of the trials that have a log. */
  trainings: Training[];
};
export type Training = { trial: number; algorithm: Algorithm; lines: TrainingLogLine[] };

/** How a run is read. */
export type Reading = {
  /** Called for a file that cannot be read; what it returns stands for the file, what it throws ends the reading. */
  unreadable: (file: string, error: Error) => null;
  trainingLog: typeof readKeptLog;
};

/** For Notify: a damaged file counts as none, so that the rest is told all the same, and only what is kept is read. */
const afterTheEnd: Reading = {
  unreadable(_, error) {
    if (error instanceof ObjectInvalid) return null;
    throw error;
  },
  trainingLog: readKeptLog,
};

export async function readRunFiles(
  store: ObjectStore,
  execution: string,
  { unreadable, trainingLog } = afterTheEnd,
): Promise<RunFiles> {
  const read = async <T>(file: string, key = `${runPrefix(execution)}${file}`): Promise<T | null> => {
    try {
      return (await readJson(store, key)) as T;
    } catch (error) {
      return error instanceof ObjectMissing ? null : unreadable(file, error as Error);
    }
  };
  const [receipt, verdict, dataset, preprocess, profile, embeddings] = await Promise.all([
    read<RunReceipt>("receipt.json"),
    read<Verdict | Earlier["verdict"]>("verdict.json").then(verdictAsNow),
    read<Dataset | Earlier["dataset"]>("dataset/manifest.json").then(datasetAsNow),
    read<PreprocessReport>("dataset/report.json"),
    read<Profile>("dataset/profile.json"),
    read<EmbeddingsManifest>("embeddings/manifest.json"),
  ]);
  const judged = verdict ? evaluationPrefix(execution, verdict.championGeneration) : null;
  const [evaluation, analysis, trainings] = await Promise.all([
    judged === null ? null : read<Evaluation>("metrics.json", `${judged}metrics.json`),
    judged === null ? null : read<Analysis>("analysis.json", `${judged}analysis.json`),
    Promise.all(
      (dataset?.trials ?? []).map(async ({ trial, algorithm }) => {
        const lines = await trainingLog(store, execution, trial).catch((error: Error) =>
          unreadable("training.jsonl", error),
        );
        return lines ? [{ trial, algorithm, lines }] : [];
      }),
    ),
  ]);
  return {
    receipt,
    verdict,
    dataset,
    preprocess,
    profile,
    embeddings,
    evaluation,
    analysis,
    trainings: trainings.flat(),
  };
}

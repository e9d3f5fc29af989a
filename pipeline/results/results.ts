import { whatHelps } from "../../schemas/advice.ts";
import { evaluationPrefix, runPrefix } from "../../schemas/bucket.ts";
import { trialReceipts } from "../../schemas/trials.ts";
import type {
  Analysis,
  Dataset,
  EmbeddingsManifest,
  Evaluation,
  PreprocessReport,
  RunReceipt,
  TrainingLogLine,
  TrialReceipt,
  Verdict,
} from "../../schemas/types.ts";
import { type Earlier, verdictAsNow } from "../../tasks/report/earlier.ts";
import { readTrainingLog } from "../../tasks/report/training-log.ts";
import { causeMessage } from "../cause.ts";
import type { ExecutionDescription, StateVisit } from "../execution.ts";
import type { Installation } from "../installation.ts";
import { analysisFigures } from "./analysis.ts";
import { approvalIn } from "./approval.ts";
import { curvesOf } from "./curve.ts";
import { figuresOf } from "./evaluation.ts";
import { jobsWithLogs } from "./jobs.ts";
import { type Missing, orElse } from "./missing.ts";
import { reasonIn, settingsIn } from "./settings.ts";
import { readStored } from "./stored.ts";
import { endedBadly, type Summary, statusOf } from "./summary.ts";

/** Everything that `run` and `show` tell about an execution. */
export type Results = {
  description: ExecutionDescription;
  summary: Summary;
  verdict: Verdict | null;
  /** How its trainings went, also one that still trains; those without a log are left out. */
  training: Training[];
  /** Of the installation, for what to type next. */
  options: string;
  missing: Missing;
};

export type Training = Pick<Dataset["trials"][number], "trial" | "algorithm"> & { lines: TrainingLogLine[] };

/** Reads what an execution has left in an installation. Throws ExecutionDoesNotExist. */
export async function readResults(installation: Installation, name: string): Promise<Results> {
  const description = await installation.describe(name);
  const { store } = installation;
  const prefix = runPrefix(name);
  const missing: Missing = [];
  const [verdict, report, embeddings, dataset, receipt, promotion, live, fileSystem] = await Promise.all([
    readStored<Verdict | Earlier["verdict"]>(store, `${prefix}verdict.json`).then(verdictAsNow),
    readStored<PreprocessReport>(store, `${prefix}dataset/report.json`),
    readStored<EmbeddingsManifest>(store, `${prefix}embeddings/manifest.json`).catch(
      orElse(missing, "the embeddings' manifest", null),
    ),
    readStored<Dataset>(store, `${prefix}dataset/manifest.json`).catch(
      orElse(missing, "the dataset's manifest", null),
    ),
    readStored<RunReceipt>(store, `${prefix}receipt.json`),
    installation.promotion(name),
    installation.jobs(name).catch(orElse(missing, "the jobs' status", [])),
    installation.fileSystem().catch(orElse(missing, "the file system's status", null)),
  ]);
  const evaluated = verdict && evaluationPrefix(name, verdict.championGeneration);
  const [approval, jobs, evaluation, analysis, training] = await Promise.all([
    approvalIn(store, receipt),
    jobsWithLogs(installation, live, receipt, missing),
    evaluated === null
      ? null
      : readStored<Evaluation>(store, `${evaluated}metrics.json`).catch(
          orElse(missing, "metrics.json", null),
        ),
    evaluated === null
      ? null
      : readStored<Analysis>(store, `${evaluated}analysis.json`).catch(
          orElse(missing, "analysis.json", null),
        ),
    trainingOf(installation, name, dataset).catch(orElse(missing, "the training logs", [])),
  ]);
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
    drift: verdict?.drift ?? null,
    evaluation: figuresOf(evaluation),
    analysis: analysisFigures(analysis),
    settings: settingsIn(description, dataset),
    reason: reasonIn(description.input),
    embeddings: embeddings && {
      texts: embeddings.texts,
      embedded: embeddings.embedded,
      reused: embeddings.reused,
    },
    report,
    generation: promotion?.generation ?? null,
    approval,
    forced: promotion?.forced ?? null,
    bundle: promotion?.bundle ?? null,
    // The receipt has also those of an execution that failed before all had ended.
    trials: trialsIn(description, dataset) ?? receipt?.trials ?? null,
    curves: curvesOf(dataset, description.trials?.trials ?? []),
    findings: verdict?.findings ?? [],
    warnings: receipt?.warnings ?? [],
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
  return { description, summary, verdict, training, options: installation.options, missing };
}

async function trainingOf(
  { store }: Installation,
  name: string,
  dataset: Dataset | null,
): Promise<Training[]> {
  const logs = (dataset?.trials ?? []).map(async ({ trial, algorithm }) => {
    const lines = await readTrainingLog(store, name, trial);
    return lines ? [{ trial, algorithm, lines }] : [];
  });
  return (await Promise.all(logs)).flat();
}

function trialsIn({ trials: ended }: ExecutionDescription, dataset: Dataset | null): TrialReceipt[] | null {
  return ended && dataset?.trials ? trialReceipts(dataset, ended.trials, ended.chosen) : null;
}

/** Seconds by state, in the order of first entry. */
function secondsByState(visits: readonly StateVisit[]): Record<string, number> {
  const seconds: Record<string, number> = {};
  for (const { name, seconds: spent } of visits)
    if (spent !== null) seconds[name] = Math.round(((seconds[name] ?? 0) + spent) * 1000) / 1000;
  return seconds;
}

import { whatHelps } from "../../schemas/execution/advice.ts";
import { trialReceipts } from "../../schemas/execution/trials.ts";
import type { Dataset, TrialReceipt } from "../../schemas/types.ts";
import { curvesOf } from "../../tasks/report/curve.ts";
import { type RunFiles, readRunFiles } from "../../tasks/report/run-files.ts";
import { readTrainingLog } from "../../tasks/report/training-log.ts";
import { causeMessage } from "../cause.ts";
import type { ExecutionDescription, StateVisit } from "../execution.ts";
import type { Installation } from "../installation.ts";
import { analysisFigures } from "./analysis.ts";
import { approvalIn } from "./approval.ts";
import { figuresOf } from "./evaluation.ts";
import { jobsWithLogs } from "./jobs.ts";
import { type Missing, orElse } from "./missing.ts";
import { reasonIn, settingsIn } from "./settings.ts";
import { endedBadly, type Summary, statusOf } from "./summary.ts";

/** Everything that `run` and `show` tell about an execution. */
export type Results = {
  description: ExecutionDescription;
  summary: Summary;
  files: RunFiles;
  /** Of the installation, for what to type next. */
  options: string;
  missing: Missing;
};

/** Without these, what is told of a run would be wrong and not only less. */
const needed = new Set(["receipt.json", "verdict.json", "dataset/report.json"]);

/** Reads what an execution has left in an installation. Throws ExecutionDoesNotExist. */
export async function readResults(installation: Installation, name: string): Promise<Results> {
  const description = await installation.describe(name);
  const { store } = installation;
  const missing: Missing = [];
  const [files, promotion, live, fileSystem] = await Promise.all([
    readRunFiles(store, name, {
      unreadable(file, error) {
        if (needed.has(file)) throw error;
        return orElse(missing, file, null)(error);
      },
      // Also of one that still trains.
      trainingLog: readTrainingLog,
    }),
    installation.promotion(name),
    installation.jobs(name).catch(orElse(missing, "the jobs' status", [])),
    installation.fileSystem().catch(orElse(missing, "the file system's status", null)),
  ]);
  const { receipt, verdict, dataset, embeddings, evaluation, analysis } = files;
  const [approval, jobs] = await Promise.all([
    approvalIn(store, receipt),
    jobsWithLogs(installation, live, receipt, missing),
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
    report: files.preprocess,
    generation: promotion?.generation ?? null,
    approval,
    publication: receipt?.publication ?? null,
    registration: receipt?.registration ?? null,
    forced: promotion?.forced ?? null,
    bundle: promotion?.bundle ?? null,
    // The receipt has also those of an execution that failed before all had ended.
    trials: trialsIn(description, dataset) ?? receipt?.trials ?? null,
    // Before the last training has ended, nothing is known of any of them.
    curves: description.trials ? curvesOf(dataset, description.trials.trials) : [],
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
  return { description, summary, files, options: installation.options, missing };
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

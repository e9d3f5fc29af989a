import type { Ended, Remedy } from "../../schemas/execution/advice.ts";
import type { Settings } from "../../schemas/execution/settings.ts";
import type {
  Drift,
  Finding,
  PreprocessReport,
  Publication,
  Registration,
  RunReceipt,
  TrialReceipt,
  Verdict,
} from "../../schemas/types.ts";
import type { LearningCurve } from "../../tasks/report/curve.ts";
import type { ExecutionDescription, StateProgress } from "../execution.ts";
import type { FileSystemStatus, JobStatus, Promotion } from "../installation.ts";
import type { AnalysisFigures } from "./analysis.ts";
import type { ApprovalState } from "./approval.ts";
import type { EvaluationFigures } from "./evaluation.ts";

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
  /** How the export differs from the champion's; null without a champion, or where one of the two has no profile. */
  drift: Drift | null;
  /** What Evaluate measured that decides nothing. */
  evaluation: EvaluationFigures | null;
  /** Of what the model gets wrong, the most telling; pbp errors has the rest. */
  analysis: AnalysisFigures | null;
  /** What it ran with, and what of it is not the default; null for an input that could not be used. */
  settings: Settings | null;
  reason: string;
  embeddings: { texts: number; embedded: number; reused: number } | null;
  report: PreprocessReport | null;
  generation: number | null;
  /** Of a run whose promotion waits, or waited, for a person; `decision` is null as long as it waits. */
  approval: ApprovalState | null;
  /** What became of its endpoint; null where it promoted nothing, or the deployment has none. */
  publication: Publication | null;
  /** What the Model Registry was told of it; null where it was not, or the deployment has none. */
  registration: Registration | null;
  /** Of a model that was promoted by hand: who overruled which verdict, and why. */
  forced: Promotion["forced"];
  /** Folder of the promoted bundle. */
  bundle: string | null;
  /** Of an execution that was asked for one: a learning curve by algorithm. */
  curves: LearningCurve[];
  /** What the trainings' logs show that somebody should look at. */
  findings: Finding[];
  /** What could not be made. */
  warnings: string[];
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
  /** What to do about it, from schemas/tables/errors.json; null unless the execution failed, was stopped or was cut short. */
  helps: Remedy | null;
};

/** What the commands print that end with a Summary when there was no execution to tell about. */
export const noSummary = {
  execution: null,
  status: null,
  verdict: null,
  reasons: [],
  metrics: null,
  drift: null,
  evaluation: null,
  analysis: null,
  settings: null,
  reason: "",
  embeddings: null,
  report: null,
  generation: null,
  approval: null,
  publication: null,
  registration: null,
  forced: null,
  bundle: null,
  trials: null,
  curves: [],
  findings: [],
  warnings: [],
  seconds: {},
  progress: [],
  jobs: [],
  cost: null,
  fileSystem: null,
  helps: null,
} satisfies Record<keyof Omit<Summary, "error">, unknown>;

/** A running execution without an engine was cut short: it can be resumed. */
export function statusOf({ status, isOwned }: ExecutionDescription): Summary["status"] {
  return status === "RUNNING" && !isOwned ? "INTERRUPTED" : status;
}

/** Whether there is something to advise. */
export function endedBadly(status: Summary["status"]): status is Ended["status"] {
  return status !== "RUNNING" && status !== "SUCCEEDED";
}

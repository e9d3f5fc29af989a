import commonSchema from "../../schemas/common.schema.json" with { type: "json" };
import { whatHelps } from "../../schemas/execution/advice.ts";
import { type Settings, settingsOf } from "../../schemas/execution/settings.ts";
import { type TrialEnded, trialReceipts } from "../../schemas/execution/trials.ts";
import { type ErrorName, errorMeanings } from "../../schemas/tables/errors.ts";
import type {
  Artifacts,
  Dataset,
  Finding,
  Publication,
  Registration,
  Run,
  RunReceipt,
  Verdict,
} from "../../schemas/types.ts";
import { parseObject } from "../formats/parse-object.ts";
import { costOf, type JobUsage, receiptOfJob } from "./cost.ts";
import type { Used } from "./used.ts";

/** What the Notify state sends: the run has a verdict. */
export type RunEnded = {
  run: Run;
  dataset: Pick<Dataset, "exportSha256" | "kind" | "trials">;
  artifacts: Artifacts;
  verdict: {
    verdict: Verdict["verdict"];
    metrics: Verdict["metrics"];
    reasons: string[];
    findings: Finding[];
  };
  promotion: null | { generation: number; version: string };
  jobs: JobUsage[];
  trials: TrialEnded[];
  chosen: number;
} & Outside;

/** What EventBridge tells of an execution that did not succeed. `input` and `cause` are JSON as strings. */
export type StatusChange = {
  executionArn?: string;
  name: string;
  status: "FAILED" | "TIMED_OUT" | "ABORTED";
  /** Milliseconds since 1970. */
  startDate: number;
  stopDate: number | null;
  input?: string | null;
  error?: string | null;
  cause?: string | null;
};

/** What became of a model outside of the models folder; the definitions of earlier versions did not say it. */
export type Outside = { publication?: Publication | null; registration?: Registration | null };

export function receiptOfRun(ended: RunEnded, endedAt: string): RunReceipt {
  const { run, artifacts, verdict, promotion } = ended;
  const { texts, embedded, reused } = artifacts.embeddings;
  const jobs = ended.jobs.map(receiptOfJob);
  const receipt: RunReceipt = {
    execution: run.execution,
    kind: ended.dataset.kind,
    status: "SUCCEEDED",
    startedAt: run.startedAt,
    endedAt,
    error: null,
    verdict: verdict.verdict,
    reasons: verdict.reasons,
    metrics: verdict.metrics,
    embeddings: { texts, embedded, reused },
    generation: promotion?.generation ?? null,
    version: promotion?.version ?? null,
    ...approvalOf(ended),
    reason: run.reason,
    settings: settingsOf(
      { ...run, hyperparameters: learntBy(run, ended.dataset) },
      ended.dataset.exportSha256,
    ),
    trials: trialReceipts(ended.dataset, ended.trials, ended.chosen),
    findings: verdict.findings,
    warnings: artifacts.warnings ?? [],
    jobs,
    cost: costOf(jobs),
  };
  return withOutside(receipt, ended);
}

/** With the learning rate, which the first trial has by default or as the input names it. */
function learntBy(run: Run, { trials }: Pick<Dataset, "trials">): Run["hyperparameters"] {
  const { learningRate } = trials[0]!.hyperparameters;
  return { learningRate, ...run.hyperparameters };
}

const notPublished = "Its endpoint does not have this generation; publication says why, and what helps.";
const notRegistered = "The Model Registry was not told of it; registration says why.";

/**
 * The receipt with the newest that is to be said of endpoint and registry, instead of what it said before. Where there are
 * none, nothing is said of any.
 */
export function withOutside(receipt: RunReceipt, { publication, registration }: Outside): RunReceipt {
  const { publication: _, registration: __, ...rest } = receipt;
  const others = (receipt.warnings ?? []).filter((one) => one !== notPublished && one !== notRegistered);
  return {
    ...rest,
    ...(publication && publication.status !== "none" && { publication }),
    ...(registration && registration.status !== "none" && { registration }),
    warnings: [
      ...others,
      ...(publication?.status === "failed" ? [notPublished] : []),
      ...(registration?.status === "failed" ? [notRegistered] : []),
    ],
  };
}

/** Of a model that the gate would promote, and that is not in use because a person has to approve it first. */
function approvalOf({ run, verdict, promotion }: RunEnded): Pick<RunReceipt, "approval"> {
  const { approval = "none" } = run;
  if (approval === "none" || verdict.verdict !== "promote" || promotion) return {};
  return { approval: { asked: approval, decision: null } };
}

/**
 * @param before The receipt that the execution wrote earlier (it failed only after Notify, or failed before and was
 *   redriven), or null.
 * @param verdict Its verdict.json, or null when QualityGate was not reached.
 * @param asked The settings that its input asks for, or null when it cannot be used.
 */
export function receiptOfFailure(
  change: StatusChange,
  before: RunReceipt | null,
  verdict: Verdict | null,
  asked: Settings | null,
): RunReceipt {
  return {
    execution: change.name,
    kind: before?.kind ?? verdict?.kind ?? null,
    status: change.status,
    startedAt: new Date(change.startDate).toISOString(),
    endedAt: new Date(change.stopDate ?? change.startDate).toISOString(),
    error: errorOf(change),
    verdict: verdict?.verdict ?? null,
    reasons: verdict?.reasons.map((reason) => reason.message) ?? [],
    metrics: verdict?.metrics ?? null,
    embeddings: before?.embeddings ?? null,
    generation: before?.generation ?? null,
    version: before?.version ?? null,
    ...(before?.approval && { approval: before.approval }),
    ...(before?.publication && { publication: before.publication }),
    ...(before?.registration && { registration: before.registration }),
    reason: reasonOf(change.input),
    settings: before?.settings ?? asked,
    trials: before?.trials ?? null,
    findings: before?.findings ?? verdict?.findings ?? [],
    warnings: before?.warnings ?? [],
    jobs: before?.jobs ?? null,
    cost: before?.cost ?? null,
  };
}

/** With what its history tells of jobs and trials. */
export function withWhatItUsed(receipt: RunReceipt, { jobs: usages, trials }: Used): RunReceipt {
  if (usages.length === 0) return receipt;
  const jobs = usages.map(receiptOfJob);
  return { ...receipt, trials: trials ?? receipt.trials ?? null, jobs, cost: costOf(jobs) };
}

function errorOf(change: StatusChange): NonNullable<RunReceipt["error"]> {
  const told = tell(change);
  return { ...told, helps: whatHelps({ status: change.status, error: told.name }) };
}

/** Only what our own code said is passed on: an error of the service may quote the data in its cause. */
function tell({ status, error, cause }: StatusChange): { name: string; message: string } {
  const name = error && /^[A-Za-z][A-Za-z0-9._-]{0,127}$/.test(error) ? error : null;
  if (status === "TIMED_OUT")
    return { name: name ?? "States.Timeout", message: "The execution ran into its time limit." };
  if (status === "ABORTED") return { name: name ?? "Aborted", message: "The execution was stopped by hand." };
  const said = parseObject(cause)?.errorMessage;
  if (name && isOurs(name) && typeof said === "string") return { name, message: said.slice(0, 2000) };
  return {
    name: name ?? "Unknown",
    message: "The service's own words may quote the data and are left out; the execution's history has them.",
  };
}

export function isOurs(name: string): name is ErrorName {
  return Object.hasOwn(errorMeanings, name);
}

function reasonOf(input: string | null | undefined): string {
  const reason = parseObject(input)?.reason;
  return typeof reason === "string" ? reason.slice(0, commonSchema.$defs.reason.maxLength) : "";
}

// What MLflow is told of an execution: settings, scores and counts. Nothing is read that holds text of a note.
import type { RunReceipt, TrainingLogLine, TrialReceipt } from "../../schemas/types.ts";
import type { RunFiles } from "../report/run-files.ts";
import { type Metric, type Pair, type RunStatus, valueBytes } from "./mlflow.ts";

/** By this tag a run is found again: the execution's name, or of a trial with its number behind. */
export const identity = "pbp.run";

export type TrackedRun = {
  key: string;
  name: string;
  startMs: number;
  endMs: number;
  status: RunStatus;
  params: Pair[];
  tags: Pair[];
  metrics: Metric[];
};
/** An execution, with a run of its own for each trial. */
export type TrackedExecution = TrackedRun & { trials: TrackedRun[] };

const statuses: Record<RunReceipt["status"], RunStatus> = {
  SUCCEEDED: "FINISHED",
  FAILED: "FAILED",
  TIMED_OUT: "FAILED",
  ABORTED: "KILLED",
};

export function trackedExecution(
  receipt: RunReceipt,
  { verdict, preprocess, trainings }: Pick<RunFiles, "verdict" | "preprocess" | "trainings">,
): TrackedExecution {
  const { execution, settings, metrics } = receipt;
  const startMs = Date.parse(receipt.startedAt);
  const endMs = Date.parse(receipt.endedAt);
  const atEnd = (key: string, value: unknown) => metric(key, value, endMs, 0);
  const logs = new Map(trainings.map(({ trial, lines }) => [trial, lines]));
  return {
    key: execution,
    name: execution,
    startMs,
    endMs,
    status: statuses[receipt.status],
    params: settings ? pairs(paramsOf(settings), valueBytes.param) : [],
    tags: pairs(
      {
        [identity]: execution,
        "mlflow.runName": execution,
        "mlflow.source.name": "predictive-billing-pipeline",
        "mlflow.note.content": noteOf(receipt),
        "pbp.model": settings?.model,
        "pbp.kind": receipt.kind,
        "pbp.verdict": receipt.verdict,
        "pbp.generation": receipt.generation,
        "pbp.version": receipt.version,
        "pbp.error": receipt.error?.name,
        "pbp.reason": receipt.reason || null,
      },
      valueBytes.tag,
    ),
    metrics: [
      ...Object.entries(metrics?.challenger ?? {}).flatMap(([key, value]) => atEnd(`test.${key}`, value)),
      ...Object.entries(metrics?.champion ?? {}).flatMap(([key, value]) => atEnd(`champion.${key}`, value)),
      ...atEnd("champion.generation", verdict?.championGeneration),
      ...atEnd("export.records", preprocess?.records),
      ...atEnd("export.rejected", preprocess?.rejected),
      ...atEnd("seconds", (endMs - startMs) / 1000),
      ...atEnd("cost.usd", receipt.cost?.usd),
    ],
    trials: (receipt.trials ?? []).map((trial) => trackedTrial(receipt, trial, logs.get(trial.trial) ?? [])),
  };
}

function trackedTrial(receipt: RunReceipt, trial: TrialReceipt, log: readonly TrainingLogLine[]): TrackedRun {
  const startMs = Date.parse(receipt.startedAt);
  const endMs = Date.parse(receipt.endedAt);
  const { algorithm, baseModel, epochs, hyperparameters, failure, chosen } = trial;
  const key = `${receipt.execution}/${trial.trial}`;
  return {
    key,
    name: `trial ${trial.trial}: ${algorithm}`,
    startMs,
    endMs,
    status: trial.status === "completed" ? "FINISHED" : "FAILED",
    params: pairs(paramsOf({ algorithm, baseModel, epochs, hyperparameters }), valueBytes.param),
    tags: pairs(
      {
        [identity]: key,
        "mlflow.runName": `trial ${trial.trial}: ${algorithm}`,
        "mlflow.source.name": "predictive-billing-pipeline",
        "pbp.execution": receipt.execution,
        "pbp.trial": trial.trial,
        "pbp.chosen": chosen,
        "pbp.error": failure?.name,
      },
      valueBytes.tag,
    ),
    metrics: [
      ...metric("validation.score", trial.score, endMs, 0),
      ...metric("validation.standardError", trial.standardError, endMs, 0),
      ...log.flatMap((line) => curve(line, startMs)),
    ],
  };
}

/** A curve's times are the run's start and the training's seconds: the same whenever they are sent. */
function curve(line: TrainingLogLine, startMs: number): Metric[] {
  const at = startMs + Math.round(line.seconds * 1000);
  if ("validation" in line) {
    const { metric: name, score, loss } = line.validation;
    return [
      ...metric(`validation.${name}`, score, at, line.step),
      ...metric("validation.loss", loss, at, line.step),
    ];
  }
  return (["loss", "learningRate", "piecesPerSecond"] as const).flatMap((name) =>
    metric(`train.${name}`, line[name], at, line.step),
  );
}

const metric = (key: string, value: unknown, timestamp: number, step: number): Metric[] =>
  typeof value === "number" && Number.isFinite(value) ? [{ key, value, timestamp, step }] : [];

/** Nested settings with a dot between: `gate.metric`. What is null was not decided, and is left out. */
function paramsOf(value: object, prefix = ""): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, inner]): [string, unknown][] =>
      inner !== null && typeof inner === "object" && !Array.isArray(inner)
        ? Object.entries(paramsOf(inner as object, `${prefix}${name}.`))
        : [[prefix + name, Array.isArray(inner) ? JSON.stringify(inner) : inner]],
    ),
  );
}

const pairs = (values: Readonly<Record<string, unknown>>, bytes: number): Pair[] =>
  Object.entries(values).flatMap(([key, value]) =>
    value === null || value === undefined ? [] : [{ key, value: cut(String(value), bytes) }],
  );

/** At most so many bytes of UTF-8, and no half of a character. */
function cut(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text;
  return new TextDecoder().decode(Buffer.from(text).subarray(0, bytes)).replace(/\ufffd$/, "");
}

function noteOf({ verdict, reasons, error }: RunReceipt): string {
  if (error) return `Failed: ${error.name}`;
  return [`Verdict: ${verdict}`, ...reasons.map((reason) => `- ${reason}`)].join("\n");
}

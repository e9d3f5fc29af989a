import type { Settings } from "../../schemas/execution/settings.ts";
import { hasMacroF1 } from "../../schemas/tables/kinds.ts";
import type { TrialReceipt, Verdict } from "../../schemas/types.ts";
import type { ModelFigures } from "./evaluation.ts";
import type { Results } from "./results.ts";
import type { Summary } from "./summary.ts";

export type Value = string | number | boolean | null;

/** One thing of both runs. */
export type Pair<Of extends Value = Value> = { name: string; a: Of; b: Of };

/** A label's F1 on the test rows; null where the run's test rows or its model do not have the label. */
export type LabelPair = Pair<number | null> & { supportA: number | null; supportB: number | null };

/** What two runs have in common and what not, the second against the first. */
export type RunComparison = {
  executions: { a: string; b: string };
  /** Whether both were scored on the very same test rows; null where one was not scored. */
  sameTestRows: boolean | null;
  settings: Pair[];
  data: Pair<number | null>[];
  outcome: Pair[];
  scores: Pair<number | null>[];
  labels: LabelPair[];
  trials: Pair[];
  /** Of the trainings' health, by rule and trial: the sentence. */
  findings: Pair[];
};

/**
 * Compares two runs.
 *
 * @param all What is the same too; else only what differs.
 */
export function compareRuns(a: Results, b: Results, { all = false } = {}): RunComparison {
  const of = { a: a.summary, b: b.summary };
  const wanted = <One extends Pair>(pairs: One[]) => (all ? pairs : pairs.filter((one) => one.a !== one.b));
  return {
    executions: { a: of.a.execution, b: of.b.execution },
    sameTestRows:
      of.a.evaluation && of.b.evaluation && of.a.evaluation.testSha256 === of.b.evaluation.testSha256,
    settings: wanted(pairsOf(settingsIn(of.a.settings), settingsIn(of.b.settings))),
    data: wanted(pairsOf(dataIn(a), dataIn(b))),
    outcome: wanted(pairsOf(outcomeIn(a), outcomeIn(b))),
    scores: wanted(pairsOf(scoresIn(a), scoresIn(b))),
    labels: labelsIn(a.files.verdict, b.files.verdict).filter(
      (one) => all || one.a !== one.b || one.supportA !== one.supportB,
    ),
    trials: wanted(pairsOf(trialIn(of.a.trials), trialIn(of.b.trials))),
    findings: wanted(pairsOf(findingsIn(of.a), findingsIn(of.b))),
  };
}

type Told<Of extends Value = Value> = Record<string, Of | undefined>;

/** In the order of the first, then what only the second has. */
function pairsOf<Of extends Value>(a: Told<Of>, b: Told<Of>): Pair<Of | null>[] {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].map((name) => ({ name, a: a[name] ?? null, b: b[name] ?? null }));
}

/** As `pbp run`'s input names them. */
function settingsIn(settings: Settings | null): Told {
  if (!settings) return {};
  const { export: source, changed: _, gate, tuning, algorithms, ...plain } = settings;
  return {
    "export.key": source.key,
    "export.sha256": source.sha256,
    ...plain,
    algorithms: algorithms?.join(", ") ?? null,
    tuning: tuning && JSON.stringify(tuning),
    ...Object.fromEntries(
      Object.entries(gate).map(([name, value]) => [
        `gate.${name}`,
        typeof value === "object" && value !== null ? JSON.stringify(value) : value,
      ]),
    ),
  };
}

function dataIn({ summary: { report, embeddings }, files: { verdict } }: Results): Told<number | null> {
  return {
    ...(report && {
      records: report.records,
      "records rejected": report.rejected,
      "records without annotation": report.unannotated,
      "records repeated": report.duplicates.records,
      texts: report.texts,
      "texts annotated": report.annotatedTexts,
    }),
    ...(embeddings && { "texts embedded anew": embeddings.embedded }),
    ...(verdict && {
      "test documents": verdict.counts.documents,
      "test documents left out": verdict.counts.excludedDocuments,
    }),
  };
}

function outcomeIn({ summary, description }: Results): Told {
  const ended = description.stopDate;
  return {
    status: summary.status,
    verdict: summary.verdict,
    generation: summary.generation,
    error: summary.error?.name ?? null,
    "compared with generation": summary.metrics?.championGeneration ?? null,
    seconds: ended && Math.round((Date.parse(ended) - Date.parse(description.startDate)) / 1000),
    usd: summary.cost?.usd ?? null,
  };
}

/** The challengers' scores, and what else was measured of them. */
function scoresIn({ summary: { metrics, evaluation }, files: { verdict } }: Results): Told<number | null> {
  if (!metrics || !verdict) return {};
  const { macroF1, ...scores } = metrics.challenger;
  const hasMacro = hasMacroF1(verdict.kind);
  return { ...scores, ...(hasMacro && { macroF1 }), ...(evaluation && figuresIn(evaluation.challenger)) };
}

function figuresIn(figures: ModelFigures): Told<number | null> {
  const { subsetAccuracy, calibrationError, emptyPredictions, coverage } = figures;
  const told = {
    ...{ subsetAccuracy, calibrationError, emptyPredictions },
    ...{ coverage: coverage?.share, "right among the covered": coverage?.reached },
  };
  return Object.fromEntries(
    Object.entries(told).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

/** The labels of either, those that changed most first. */
function labelsIn(a: Verdict | null, b: Verdict | null): LabelPair[] {
  const names = new Set([a, b].flatMap((verdict) => Object.keys(verdict?.perLabel ?? {})));
  const f1 = (verdict: Verdict | null, name: string) => verdict?.perLabel[name]?.challenger.f1 ?? null;
  const support = (verdict: Verdict | null, name: string) => verdict?.perLabel[name]?.support ?? null;
  return [...names]
    .map((name) => ({
      name,
      a: f1(a, name),
      b: f1(b, name),
      supportA: support(a, name),
      supportB: support(b, name),
    }))
    .sort((one, other) => changeOf(other) - changeOf(one));
}

/** What only one of them has has changed most. */
const changeOf = ({ a, b }: LabelPair) => (a === null || b === null ? Infinity : Math.abs(b - a)) || 0;

/** The trial that was taken, and how many there were. */
function trialIn(trials: readonly TrialReceipt[] | null): Told {
  const taken = trials?.find(({ chosen }) => chosen);
  if (!trials || !taken) return {};
  return {
    trials: trials.length,
    "trials failed": trials.filter(({ status }) => status === "failed").length,
    taken: taken.trial,
    algorithm: taken.algorithm,
    "validation score": taken.score,
    "standard error": taken.standardError,
  };
}

const findingsIn = ({ findings }: Summary): Told =>
  Object.fromEntries(findings.map(({ rule, trial, message }) => [`${rule}, trial ${trial}`, message]));

/** The change from the first to the second; null where one is missing. */
export const differenceOf = ({ a, b }: Pair<number | null>): number | null =>
  a === null || b === null ? null : b - a;

import { createInterface } from "node:readline";
import { evaluationPrefix, runPrefix } from "../../schemas/bucket.ts";
import type { Analysis, ClassRow, LabelledRow, ModelError, Verdict } from "../../schemas/types.ts";
import type { ObjectStore } from "../../tasks/store/store.ts";
import type { ExecutionDescription } from "../execution.ts";
import { readStored } from "./stored.ts";

/** Where an execution's evaluation lies: that of its verdict, or without one the last. null: nothing was evaluated. */
export async function evaluationOf(store: ObjectStore, execution: string): Promise<string | null> {
  const prefix = runPrefix(execution);
  const verdict = await readStored<Verdict>(store, `${prefix}verdict.json`);
  if (verdict) return evaluationPrefix(execution, verdict.championGeneration);
  const generations = new Set<number>();
  const folder = `${prefix}evaluation/`;
  for await (const { key } of store.list(folder))
    generations.add(Number(key.slice(folder.length).split("/")[0]));
  return generations.size === 0 ? null : `${folder}${Math.max(...generations)}/`;
}

/** Why an execution without an analysis has none, and what to do; `options` name the installation. */
export function whyNoAnalysis(
  { name, status, isOwned, input }: ExecutionDescription,
  options: string,
): string {
  const show = `pbp show ${name}${options}`;
  if (status === "RUNNING" && isOwned)
    return `Evaluate, which makes it, has not ended. How far the execution is: ${show}`;
  if (status !== "SUCCEEDED") return `It ended before its model was judged. Why, and what to do: ${show}`;
  if (isCurve(input)) return `A learning curve's models are not judged. What it measured: ${show}`;
  return `An earlier version ran it. To make one, start it again: pbp rerun ${name}${options}`;
}

const isCurve = (input: unknown) => typeof input === "object" && input !== null && "curve" in input;

/** How what the model says of a keyphrase or class relates to the truth, for people. */
export const errorWords: Record<ModelError["kind"], string> = {
  longer: "too long",
  shorter: "too short",
  overlapping: "shifted",
  otherLabel: "other label",
  missed: "missed",
  invented: "invented",
};

/** Kinds of errors, for people, in the order of the turns that Evaluate lists them in. Suspects are ranked within each: how sure a model is differs between them. */
const suspectGroups: readonly { name: string; kinds: readonly ModelError["kind"][] }[] = [
  { name: "Invented", kinds: ["invented"] },
  { name: "Other label", kinds: ["otherLabel"] },
  { name: "Wrong bounds", kinds: ["longer", "shorter", "overlapping"] },
  { name: "Missed", kinds: ["missed"] },
];

/** The first `limit` suspects of each kind of error, with the kind's name; none of a kind without. */
export function suspectsByKind<Suspect extends ModelError>(
  suspects: readonly Suspect[],
  limit: number,
): { name: string; suspects: Suspect[] }[] {
  return suspectGroups
    .map(({ name, kinds }) => ({
      name,
      suspects: suspects.filter(({ kind }) => kinds.includes(kind)).slice(0, limit),
    }))
    .filter((group) => group.suspects.length > 0);
}

/** As many as Evaluate lists. */
export const mostSuspects = 1000;

/** What of the analysis a screen with everything else has room for. */
export type AnalysisFigures = {
  errors: number;
  /** The largest pair of labels; null where no label is taken for another. */
  mostConfused: { gold: string; predicted: string; count: number } | null;
  /** Of what is found where there is something of this label: the share with wrong bounds. null: nothing is. */
  wrongBounds: number | null;
  /** F1 of what never stood in training, and of what did; null where nothing is known of the training side. */
  f1: { unseen: number | null; seen: number | null } | null;
};

/** null where there is no analysis. */
export function analysisFigures(analysis: Analysis | null): AnalysisFigures | null {
  if (!analysis) return null;
  const { errors, confusion, boundaries, bySeen } = analysis.challenger;
  const inexact = boundaries && boundaries.longer + boundaries.shorter + boundaries.overlapping;
  return {
    errors,
    mostConfused: confusion.pairs[0] ?? null,
    wrongBounds: inexact === null ? null : shareIfAny(inexact, inexact + boundaries!.exact),
    f1: bySeen && {
      unseen: f1Of(bySeen.filter(({ from }) => from === 0)),
      seen: f1Of(bySeen.filter(({ from }) => from > 0)),
    },
  };
}

type SeenScores = NonNullable<Analysis["challenger"]["bySeen"]>[number];

/** Of several ranges together; null where there is nothing to be found. */
function f1Of(ranges: readonly SeenScores[]): number | null {
  const sum = (of: "items" | "found" | "invented") => ranges.reduce((all, range) => all + range[of], 0);
  return sum("items") === 0 ? null : share(2 * sum("found"), sum("found") + sum("invented") + sum("items"));
}

const share = (part: number, whole: number) => (whole === 0 ? 0 : part / whole);
const shareIfAny = (part: number, whole: number) => (whole === 0 ? null : part / whole);

/** The first errors of a list that `keep` keeps. Its lines are read one by one: the list is as long as the test side. */
export async function readErrors(
  store: ObjectStore,
  key: string,
  limit: number,
  keep: (error: ModelError) => boolean,
): Promise<ModelError[]> {
  const errors: ModelError[] = [];
  for await (const line of linesOf(store, key)) {
    const error = JSON.parse(line) as ModelError;
    if (!keep(error)) continue;
    errors.push(error);
    if (errors.length === limit) break;
  }
  return errors;
}

export type Row = LabelledRow | ClassRow;

/** The test rows of some documents: text of patients. */
export async function readRows(
  store: ObjectStore,
  execution: string,
  documents: ReadonlySet<string>,
): Promise<Map<string, Row[]>> {
  const rows = new Map<string, Row[]>();
  for await (const line of linesOf(store, `${runPrefix(execution)}dataset/test.jsonl`)) {
    const document = /^\{"document":"([0-9a-f]{16})"/.exec(line)?.[1] ?? "";
    if (documents.has(document)) rows.set(document, [...(rows.get(document) ?? []), JSON.parse(line) as Row]);
  }
  return rows;
}

async function* linesOf(store: ObjectStore, key: string): AsyncGenerator<string> {
  const input = await store.read(key);
  try {
    yield* createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  } finally {
    input.destroy();
  }
}

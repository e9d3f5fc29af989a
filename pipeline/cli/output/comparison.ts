import { count } from "../../../tasks/report/format.ts";
import {
  differenceOf,
  type LabelPair,
  type Pair,
  type RunComparison,
  type Value,
} from "../../results/compare.ts";
import { type Column, score, table, wrap } from "./tables.ts";

/** Two runs side by side, for people. */
export function comparisonText(told: RunComparison): string {
  const { executions, settings, data, outcome, scores, labels, trials, findings } = told;
  const parts = [
    `A  ${executions.a}\nB  ${executions.b}`,
    // Keys and digests, which are told apart by their ends.
    ...section("Settings", settings, plainly, { shortened: true }),
    ...section("Data", data, plainly),
    ...section("Trial", trials, plainly),
    ...section("Finding", findings, plainly),
    ...section("Outcome", outcome, plainly),
    ...scored(scores),
    ...byLabel(labels),
  ];
  if (parts.length === 1) parts.push("They differ in nothing that was recorded.");
  if (told.sameTestRows === false && scores.length + labels.length > 0)
    parts.push(
      wrap(
        "The two were scored on different test rows: small differences of their scores say nothing. For the same rows, train on one export with one test share.",
      ),
    );
  return parts.join("\n\n");
}

function section(
  head: string,
  pairs: readonly Pair[],
  words: (value: Value) => string,
  look: Pick<Column, "shortened"> = {},
): string[] {
  if (pairs.length === 0) return [];
  const rows = pairs.map(({ name, a, b }) => [name, words(a), words(b)]);
  return [table([{ head }, { head: "A", ...look }, { head: "B", ...look }], rows)];
}

const number = (head: string): Column => ({ head, numeric: true });

function scored(pairs: readonly Pair<number | null>[]): string[] {
  if (pairs.length === 0) return [];
  const rows = pairs.map((pair) => [pair.name, score(pair.a), score(pair.b), signed(differenceOf(pair))]);
  return [table([{ head: "Score" }, number("A"), number("B"), number("B − A")], rows)];
}

function byLabel(labels: readonly LabelPair[]): string[] {
  if (labels.length === 0) return [];
  const support = (value: number | null) => (value === null ? "-" : count(value));
  const rows = labels.map((pair) => [
    pair.name,
    score(pair.a),
    score(pair.b),
    signed(differenceOf(pair)),
    support(pair.supportA),
    support(pair.supportB),
  ]);
  const columns = ["F1 of A", "F1 of B", "B − A", "In A", "In B"].map(number);
  return [table([{ head: "Label", shortened: true }, ...columns], rows)];
}

const plainly = (value: Value) => (value === null ? "-" : String(value));

function signed(value: number | null): string {
  if (value === null) return "-";
  return `${value < 0 ? "−" : "+"}${score(Math.abs(value))}`;
}

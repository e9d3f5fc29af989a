import { oneLine } from "../../../schemas/printable.ts";
import {
  type Baseline,
  f1Head,
  hasMacroF1,
  type KindWords,
  kindOf,
  wordsOf,
} from "../../../schemas/tables/kinds.ts";
import type { Kind, Scores, Verdict } from "../../../schemas/types.ts";
import { count } from "../../../tasks/report/format.ts";
import type { ModelFigures } from "../../results/evaluation.ts";
import type { Summary } from "../../results/summary.ts";
import { type Column, pairs, score, table, wrap } from "./tables.ts";

/** Both models and the baselines on the test rows. */
export function scores(verdict: Verdict): string {
  const { metrics, counts, championGeneration } = verdict;
  const words = wordsOf(kindOf(verdict));
  const hasMacro = hasMacroF1(kindOf(verdict));
  const row = (name: string, of: Scores) => [
    name,
    score(of.accuracy),
    score(of.precision),
    score(of.recall),
    score(of.f1),
    ...(hasMacro ? [score(of.macroF1)] : []),
  ];
  const rows = [row("challenger (this run)", metrics.challenger)];
  if (metrics.champion) rows.push(row(`champion then (gen. ${championGeneration})`, metrics.champion));
  for (const [name, of] of Object.entries(metrics.baselines))
    rows.push(row(words.baselines[name as Baseline]?.row ?? name, of));
  const counted = [`${count(counts.documents)} documents`, ...countedBy(words, counts)].join(", ");
  const title = wrap(`Test set: ${counted}. ${words.scoresSay}`);
  return `${title}\n${table(
    [
      { head: "Model" },
      { head: "Accuracy", numeric: true },
      { head: "Precision", numeric: true },
      { head: "Recall", numeric: true },
      { head: f1Head(hasMacro), numeric: true },
      ...(hasMacro ? [{ head: "Macro F1", numeric: true }] : []),
    ],
    rows,
  )}`;
}

/** What is counted besides documents, where it is something else. */
function countedBy({ unit, item }: KindWords, { units, items }: Verdict["counts"]): string[] {
  const parts: [string[], number][] = [
    [unit, units],
    [item, items],
  ];
  return parts
    .filter(([[, many]]) => many !== "documents")
    .map(([[one, many], number]) => `${count(number)} ${number === 1 ? one : many}`);
}

/** What Evaluate measured that decides nothing; nothing of it where the kind has no such figures. */
export function figures(verdict: Verdict, { evaluation }: Summary): string[] {
  if (evaluation === null) return [];
  const { challenger, champion } = evaluation;
  const { unitPerLabel } = wordsOf(kindOf(verdict));
  const precision = challenger.coverage?.precision ?? champion?.coverage?.precision;
  const told: [string, (of: ModelFigures) => number | null | undefined][] = [
    ["Subset accuracy", (of) => (unitPerLabel ? of.subsetAccuracy : undefined)],
    ["No class said", (of) => (unitPerLabel ? of.emptyPredictions : undefined)],
    ["Calibration error", (of) => of.calibrationError],
    [`Coverage, ${precision} asked for`, (of) => of.coverage?.share],
    ["Right among these", (of) => of.coverage?.reached],
  ];
  const rows = told
    .map(([name, figure]) => [name, ...[challenger, ...(champion ? [champion] : [])].map(figure)] as const)
    .filter(([, ...values]) => values.some((value) => value !== undefined))
    .map(([name, ...values]) => [name, ...values.map(score)]);
  const columns = [
    { head: "Shown, not decided on" },
    number("Challenger"),
    ...(champion ? [number("Champion")] : []),
  ];
  return [
    ...(rows.length > 0 ? [table(columns, rows)] : []),
    ...withoutSupport(challenger.withoutSupport ?? []),
  ];
}

/** The errors in a few lines, and where the rest is told. */
export function errorFigures(kind: Kind, { analysis, execution }: Summary, options: string): string[] {
  if (!analysis) return [];
  const { errors, mostConfused, wrongBounds, f1 } = analysis;
  const rows: [string, string][] = [["Errors", errors === 0 ? "none" : count(errors)]];
  if (mostConfused) {
    const { gold, predicted, count: times } = mostConfused;
    rows.push([
      "Most confused",
      `${gold} taken for ${predicted}, ${times === 1 ? "once" : `${count(times)} times`}`,
    ]);
  }
  if (wrongBounds !== null)
    rows.push(["Wrong bounds", `${(100 * wrongBounds).toFixed(1)} % of what has the right label`]);
  // Of classes nothing is unseen: what none could be learnt from is refused.
  if (typeof f1?.unseen === "number")
    rows.push([
      `${f1Head(hasMacroF1(kind))} if seen`,
      `${score(f1.seen)} in training, ${score(f1.unseen)} if never`,
    ]);
  // On a line of its own, to be copied.
  return [pairs(rows) + (errors === 0 ? "" : `\nWhich they are:\n  pbp errors ${execution}${options}`)];
}

// More names do not help anybody; --json has all.
const shownNames = 10;

function withoutSupport(labels: readonly string[]): string[] {
  if (labels.length === 0) return [];
  const names = labels.slice(0, shownNames).join(", ");
  const more = labels.length > shownNames ? `, and ${labels.length - shownNames} more` : "";
  return [wrap(oneLine(`In no test document, so in no score: ${names}${more}.`))];
}

/** The labels' scores; AUROC and average precision where each label is a decision of its own. */
export function labels({ perLabel, metrics, ...verdict }: Verdict, { evaluation }: Summary): string {
  const words = wordsOf(kindOf(verdict));
  const [, items] = words.item;
  const hasRanks = words.unitPerLabel && evaluation !== null;
  const columns: Column[] = [
    { head: "Label", shortened: true },
    ...[capital(items), "Precision", "Recall", "F1"].map(number),
    // A cell without a column would be a remark.
    ...(metrics.champion ? [number("F1 of champion")] : []),
    ...(hasRanks ? ["AUROC", "AP"].map(number) : []),
  ];
  const rows = Object.entries(perLabel).map(([label, { support, challenger, champion }]) => {
    const ranks = evaluation?.challenger.perLabel[label];
    return [
      label,
      count(support),
      score(challenger.precision),
      score(challenger.recall),
      score(challenger.f1),
      ...(metrics.champion ? [score(champion?.f1)] : []),
      ...(hasRanks ? [score(ranks?.auroc), score(ranks?.averagePrecision)] : []),
    ];
  });
  return table(columns, rows);
}

const number = (head: string): Column => ({ head, numeric: true });
const capital = (word: string) => word[0]!.toUpperCase() + word.slice(1);

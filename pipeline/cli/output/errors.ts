import { f1Head, hasMacroF1, wordsOf } from "../../../schemas/tables/kinds.ts";
import type { Analysis, ModelAnalysis, ModelError } from "../../../schemas/types.ts";
import { count } from "../../../tasks/report/format.ts";
import { errorWords } from "../../results/analysis.ts";
import { type Column, score, table, wrap } from "./tables.ts";

// More rows than a screen has help nobody; --json has all.
const mostLabels = 20;
const mostTaken = 3;
/** Fewer documents or items than this say little. */
const few = 30;

/** What the model gets wrong, in counts. */
export function analysisTables({ kind, documents, challenger, champion }: Analysis): string {
  const [, items] = wordsOf(kind).item;
  const f1 = f1Head(hasMacroF1(kind));
  const all = challenger.byLength.reduce((sum, range) => sum + range.items, 0);
  const title = `${count(challenger.errors)} errors in ${count(documents)} documents with ${count(all)} ${items}. The model answered in ${challenger.precision}.`;
  return [
    wrap(title),
    ...boundaries(challenger, champion),
    labels(challenger),
    ...seen(challenger, champion, items, f1),
    slices("Words", challenger.byLength.map(named), champion?.byLength.map(named), f1),
    ...facets(challenger, champion, f1),
  ].join("\n\n");
}

const hows = { exact: "right", ...errorWords };

function boundaries({ boundaries: found }: ModelAnalysis, champion: ModelAnalysis | null): string[] {
  if (!found) return [];
  const gold = (of: NonNullable<typeof found>) =>
    Object.values(of).reduce((sum, number) => sum + number, -of.invented);
  const rows = (Object.keys(hows) as (keyof typeof hows)[]).map((how) => [
    hows[how],
    count(found[how]),
    percent(found[how], gold(found)),
    ...(champion?.boundaries ? [percent(champion.boundaries[how], gold(champion.boundaries))] : []),
  ]);
  const heads = ["Entities", "Of all gold", ...(champion?.boundaries ? ["Champion"] : [])];
  return [table([{ head: "Keyphrases" }, ...heads.map(numeric)], rows)];
}

/** Each label with what it is taken for, those with the most errors first. */
function labels({ confusion }: ModelAnalysis): string {
  const taken = new Map<string, [string, number][]>();
  for (const { gold, predicted, count: times } of confusion.pairs)
    taken.set(gold, [...(taken.get(gold) ?? []), [predicted, times]]);
  const sum = (label: string) => (taken.get(label) ?? []).reduce((all, [, times]) => all + times, 0);
  const ranked = confusion.labels
    .map((one) => ({ ...one, wrong: one.missed + one.invented + sum(one.label) }))
    .sort((one, other) => other.wrong - one.wrong);
  const rows = ranked
    .slice(0, mostLabels)
    .map(({ label, right, missed, invented }) => [
      label,
      count(right),
      count(missed),
      count(invented),
      takenFor(taken.get(label) ?? []),
    ]);
  const columns = [
    { head: "Label", shortened: true },
    ...["Right", "Missed", "Invented"].map(numeric),
    { head: "Taken for" },
  ];
  const more = ranked.length - rows.length;
  return table(columns, rows) + (more > 0 ? `\nand ${more} labels with fewer errors.` : "");
}

function takenFor(pairs: [string, number][]): string {
  const shown = pairs.slice(0, mostTaken).map(([label, times]) => `${label} ${count(times)}`);
  return shown.join(", ") + (pairs.length > mostTaken ? ", …" : "");
}

/** By what stood in training: a model may have learnt phrases by heart. */
function seen(
  challenger: ModelAnalysis,
  champion: ModelAnalysis | null,
  items: string,
  f1: string,
): string[] {
  if (!challenger.bySeen) return [];
  const told = challenger.bySeen.filter((range) => range.items + range.invented > 0);
  const rows = told.map((range) => [
    range.to === 0 ? "never" : `${rangeOf(range)} times`,
    count(range.items),
    ...[range.precision, range.recall, range.f1].map((value) => scoreIf(range.items, value)),
    ...(champion?.bySeen
      ? [scoreIf(range.items, champion.bySeen.find(({ from }) => from === range.from)?.f1)]
      : []),
  ]);
  const heads = [items[0]!.toUpperCase() + items.slice(1), "Precision", "Recall", f1];
  return [
    table(
      [
        { head: "In training" },
        ...[...heads, ...(champion?.bySeen ? [`${f1} of champion`] : [])].map(numeric),
      ],
      rows,
    ),
  ];
}

type Scored = Pick<ModelAnalysis["byLength"][number], "documents" | "items" | "scores"> & { name: string };

const named = (range: ModelAnalysis["byLength"][number]): Scored => ({ ...range, name: rangeOf(range) });

function facets(challenger: ModelAnalysis, champion: ModelAnalysis | null, f1: string): string[] {
  return challenger.byFacet.map((one) => {
    const theirs = champion?.byFacet.find(({ facet }) => facet === one.facet);
    return slices(one.facet, valuesOf(one), theirs && valuesOf(theirs), f1);
  });
}

function valuesOf({ values, rest, without }: ModelAnalysis["byFacet"][number]): Scored[] {
  return [
    ...values.map((value) => ({ ...value, name: value.value || '""' })),
    ...(rest ? [{ ...rest, name: `(${count(rest.values)} rare ones)` }] : []),
    ...(without ? [{ ...without, name: "(none)" }] : []),
  ];
}

function slices(
  head: string,
  some: readonly Scored[],
  champions: readonly Scored[] | undefined,
  f1: string,
): string {
  const rows = some.map(({ name, documents, items, scores }) => [
    name,
    count(documents) + (documents < few ? " *" : ""),
    count(items),
    ...[scores.accuracy, scores.precision, scores.recall, scores.f1].map(score),
    ...(champions ? [score(champions.find((one) => one.name === name)?.scores.f1)] : []),
  ]);
  const heads = ["Documents", "Items", "Accuracy", "Precision", "Recall", f1];
  const text = table(
    [{ head, shortened: true }, ...[...heads, ...(champions ? ["Champion"] : [])].map(numeric)],
    rows,
  );
  return text + (some.some(({ documents }) => documents < few) ? `\n* Fewer than ${few} say little.` : "");
}

/** A list of errors, without text. */
export function errorTable(errors: readonly ModelError[]): string {
  if (errors.length === 0) return "No such error.";
  const hasPlaces = errors.some(({ start }) => start !== undefined);
  const rows = errors.map((error) => [
    error.document,
    ...(hasPlaces ? [placeOf(error)] : []),
    hows[error.kind],
    error.gold ?? "–",
    error.predicted ?? "–",
    score(error.score),
  ]);
  return table(
    [
      { head: "Document" },
      ...(hasPlaces ? [{ head: "Tokens" }] : []),
      { head: "Error" },
      { head: "Annotated", shortened: true },
      { head: "Model", shortened: true },
      numeric("Probability"),
    ],
    rows,
  );
}

/** One error as a line: the head of its note. */
export const errorLine = (error: ModelError) =>
  [
    error.document,
    ...(error.start === undefined ? [] : [`tokens ${placeOf(error)}`]),
    hows[error.kind],
    score(error.score),
  ].join("  ");

/** The numbers of the first and the last token. */
function placeOf({ start = 0, end = 0 }: ModelError): string {
  return end - start > 1 ? `${start}–${end - 1}` : String(start);
}

const rangeOf = ({ from, to }: { from: number; to: number | null }) =>
  to === null ? `${count(from)} or more` : to === from ? String(from) : `${count(from)}–${count(to)}`;
const scoreIf = (items: number, value: number | undefined) => score(items > 0 ? value : null);
const numeric = (head: string): Column => ({ head, numeric: true });
const percent = (part: number, whole: number) =>
  whole === 0 ? "-" : `${((100 * part) / whole).toFixed(1)} %`;

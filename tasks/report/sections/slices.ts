import { f1Head, hasMacroF1, type Metric, wordsOf } from "../../../schemas/tables/kinds.ts";
import type { Analysis, FacetScores, Kind, ModelAnalysis, Scores } from "../../../schemas/types.ts";
import { type Card, type Cell, type Column, card, details, table, unseen } from "../elements.ts";
import { capital, count, score } from "../format.ts";
import { type Html, html } from "../html.ts";
import { chart, linear, type Scale } from "../svg/chart.ts";

type Slice = { name: string; items: number; value: number; champion: number | null };

// Below it a score says little.
const fewItems = 20;
const mostSlices = 12;

/** Where the model is good and where it is not: by facet, by length, by what was seen in training. */
export function sliceSections({ kind, challenger, champion }: Analysis): Card[] {
  const metric = sliceMetric(kind);
  const facets = challenger.byFacet
    .filter(({ values }) => values.length > 0)
    .map((facet) =>
      slicesCard(
        kind,
        `facet-${facet.facet.replace(/[^a-z0-9]+/gi, "-")}`,
        `By ${facet.facet}`,
        `${nameOf(kind)} by ${facet.facet}, the most frequent first`,
        facetSlices(facet, champion?.byFacet.find((one) => one.facet === facet.facet) ?? null, metric),
      ),
    );
  const { byLength, bySeen } = challenger;
  const cards = [...facets];
  if (byLength.length > 1)
    cards.push(
      slicesCard(
        kind,
        "by-length",
        "By length",
        `${nameOf(kind)} by words of the document`,
        byLength.map(({ from, to, items, scores }) => ({
          name: range(from, to),
          items,
          value: scores[metric],
          champion: champion?.byLength.find((one) => one.from === from)?.scores[metric] ?? null,
        })),
      ),
    );
  const seen = (bySeen ?? []).filter(({ items }) => items > 0);
  if (seen.length > 1)
    cards.push(
      slicesCard(
        kind,
        "by-seen",
        "By what was seen",
        `${f1Head(hasMacroF1(kind))} by ${wordsOf(kind).seen}`,
        seen.map(({ from, to, items, f1 }) => ({
          name: range(from, to),
          items,
          value: f1,
          champion: seenThen(champion, from),
        })),
      ),
    );
  return cards;
}

const seenThen = (champion: ModelAnalysis | null, from: number) =>
  champion?.bySeen?.find((one) => one.from === from)?.f1 ?? null;

/** Within a slice few labels may be left: a mean over labels would say nothing. */
const sliceMetric = (kind: Kind): Metric & keyof Scores =>
  wordsOf(kind).unitPerLabel || !hasMacroF1(kind) ? "f1" : "accuracy";
const nameOf = (kind: Kind) => (sliceMetric(kind) === "accuracy" ? "Accuracy" : wordsOf(kind).metrics.f1!);

const range = (from: number, to: number | null) =>
  to === null ? `${count(from)} and more` : from === to ? count(from) : `${count(from)} to ${count(to)}`;

function facetSlices(
  { values, rest, without }: FacetScores,
  champion: FacetScores | null,
  metric: keyof Scores,
): Slice[] {
  const slice = (
    name: string,
    { items, scores }: { items: number; scores: Scores },
    before: { scores: Scores } | null | undefined,
  ): Slice => ({ name, items, value: scores[metric], champion: before?.scores[metric] ?? null });
  return [
    ...values.map((one) =>
      slice(
        one.value,
        one,
        champion?.values.find(({ value }) => value === one.value),
      ),
    ),
    ...(rest ? [slice(`${count(rest.values)} others`, rest, champion?.rest)] : []),
    ...(without ? [slice("not given", without, champion?.without)] : []),
  ];
}

function slicesCard(kind: Kind, id: string, title: string, say: string, slices: readonly Slice[]): Card {
  const least = Math.min(...slices.flatMap(({ value, champion }) => [value, champion ?? 1]));
  const start = Math.max(0, Math.min(0.9, Math.floor((least - 0.005) * 10) / 10));
  const x = linear(start, 1, 3, 97);
  const drawn = slices.slice(0, mostSlices);
  return card(
    { id, title, say: `${say}. The axis begins at ${start.toFixed(2)}.`, columns: 6 },
    slicesTable(kind, drawn, x),
    slices.some(({ items }) => items < fewItems) &&
      html`<p class="note">Pale: fewer than ${fewItems} ${wordsOf(kind).item[1]}, too few to say much.</p>`,
    slices.length > drawn.length &&
      details(
        `The other ${count(slices.length - drawn.length)}`,
        slicesTable(kind, slices.slice(mostSlices), x),
      ),
  );
}

function slicesTable(kind: Kind, slices: readonly Slice[], x: Scale): Html {
  const hasChampion = slices.some(({ champion }) => champion !== null);
  const columns: Column[] = [
    { head: unseen("Part") },
    { head: capital(wordsOf(kind).item[1]), numeric: true },
    { head: unseen("Drawn"), className: "drawn" },
    { head: sliceMetric(kind) === "accuracy" ? "Accuracy" : f1Head(hasMacroF1(kind)), numeric: true },
    ...(hasChampion ? [{ head: "Then", numeric: true, className: "wide" }] : []),
  ];
  return table(
    columns,
    slices.map(({ name, items, value, champion }): { look: string; cells: Cell[] } => ({
      look: items < fewItems ? "off" : "",
      cells: [
        name,
        count(items),
        dot(value, champion, x),
        score(value),
        ...(hasChampion ? [score(champion)] : []),
      ],
    })),
    "tight labels",
  );
}

function dot(value: number, champion: number | null, x: Scale): Html {
  return chart(
    score(value),
    16,
    html`<line class="grid" x1="0" x2="100%" y1="8" y2="8"/>${
      champion !== null &&
      html`<line class="before" x1="${x(champion)}%" x2="${x(champion)}%" y1="1" y2="15"/>`
    }<circle class="dot" cx="${x(value)}%" cy="8" r="4.5"/>`,
    "dumbbell",
  );
}

import { wordsOf } from "../../../schemas/tables/kinds.ts";
import type { Evaluation, Profile, Verdict } from "../../../schemas/types.ts";
import { type Card, type Cell, type Column, card, details, legend, table } from "../elements.ts";
import { fitting } from "../fitting.ts";
import { capital, count, score } from "../format.ts";
import { type Html, html } from "../html.ts";
import { chart, linear, type Scale, ticks } from "../svg/chart.ts";
import { dumbbell } from "../svg/dumbbell.ts";
import { histogram } from "../svg/histogram.ts";

type Label = Verdict["perLabel"][string] & { name: string };

// As many rows as a card shows without becoming a page of its own.
const mostDrawn = 16;
const worstDrawn = 8;
const frequentDrawn = 6;
// More are in verdict.json: a page of a thousand labels stays below 200 KB, however long their names.
const mostNameBytes = 40_000;

/** Precision, recall and F1 of each label; of many labels, those that matter most. */
export function labelsSection(
  verdict: Verdict,
  { evaluation, profile }: { evaluation: Evaluation | null; profile: Profile | null },
): Card {
  const labels = Object.entries(verdict.perLabel)
    .map(([name, scores]) => ({ name, ...scores }))
    .sort((a, b) => a.challenger.f1 - b.challenger.f1);
  const judged = labels.filter(({ support }) => support > 0);
  const [, items] = wordsOf(verdict.kind).item;
  const hasChampion = labels.some(({ champion }) => champion !== null);
  const groups = groupsOf(judged);
  const drawn = groups.flatMap(([, members]) => members);
  const start = axisStart(drawn);
  const x = linear(start, 1, 4, 96);
  const none = labels.length - judged.length;
  const listed = fitting(labels, ({ name }) => name, mostNameBytes);
  return card(
    {
      id: "labels",
      title: "Labels",
      say: `From precision to recall, F1 as the line between. The axis begins at ${start.toFixed(2)}.${
        none > 0
          ? ` Without a test document, and so not judged: ${count(none)} of ${count(labels.length)} labels.`
          : ""
      }`,
      columns: 6,
    },
    labels.length > mostDrawn ? byScore(judged) : null,
    table(
      [
        { head: "Label" },
        { head: capital(items), numeric: true },
        { head: axis(start, x), className: "drawn" },
        { head: "F1", numeric: true },
        ...(hasChampion ? [{ head: "Change", numeric: true, className: "wide" }] : []),
      ],
      groups.flatMap(([, members]) => members.map((label) => drawnRow(label, x, hasChampion))),
      "labels",
    ),
    legend([
      ["dot", "precision"],
      ["ring", "recall"],
      ["tick", "F1"],
      ...(hasChampion ? [["before", "F1 of the model in use then"] as const] : []),
    ]),
    details(
      listed.length < labels.length
        ? `The ${count(listed.length)} labels with the lowest F1 of ${count(labels.length)}; verdict.json has all`
        : labels.length > mostDrawn
          ? `All ${count(labels.length)} labels as numbers`
          : "Numbers",
      numbers(listed, { items, hasChampion, evaluation, profile }),
    ),
  );
}

/** All of them, or of many: the worst, and of the rest the most frequent. */
function groupsOf(judged: readonly Label[]): [string, Label[]][] {
  if (judged.length <= mostDrawn) return [["", [...judged]]];
  const worst = judged.slice(0, worstDrawn);
  const frequent = judged
    .slice(worstDrawn)
    .sort((a, b) => b.support - a.support)
    .slice(0, frequentDrawn);
  return [
    ["worst", worst],
    ["most frequent", frequent],
  ];
}

/** How many labels are good and how many are not. */
function byScore(judged: readonly Label[]): Html {
  const bins = new Array<number>(10).fill(0);
  for (const { challenger } of judged) bins[Math.min(9, Math.floor(challenger.f1 * 10))]!++;
  const below = judged.filter(({ challenger }) => challenger.f1 < 0.5).length;
  const sentence = `${count(judged.length)} labels by their F1; ${count(below)} of them below 0.5.`;
  return html`<p class="say">${sentence} Drawn below: the ${worstDrawn} worst, and the most frequent of the others.</p>${histogram(
    sentence,
    bins.map((value, at) => ({ value, title: `F1 ${at / 10} to ${(at + 1) / 10}: ${count(value)}` })),
    [0, 0.5, 1].map((value, at) => ({
      at: value * 100,
      text: value.toFixed(1),
      anchor: (["start", "middle", "end"] as const)[at]!,
    })),
    76,
  )}`;
}

function axisStart(drawn: readonly Label[]): number {
  const least = Math.min(
    1,
    ...drawn.flatMap(({ challenger, champion }) => [
      challenger.precision,
      challenger.recall,
      champion?.f1 ?? 1,
    ]),
  );
  const step = least >= 0.8 ? 0.05 : 0.1;
  return Math.max(0, Math.min(0.95, Math.floor((least - 0.005) / step) * step));
}

function axis(start: number, x: Scale): Html {
  return chart(
    `F1 from ${start.toFixed(2)} to 1.`,
    14,
    ticks(start, 1, 2).map(
      (value) => html`<text x="${x(value)}%" y="11" text-anchor="middle">${value.toFixed(2)}</text>`,
    ),
    "dumbbell",
  );
}

function drawnRow({ name, support, challenger, champion }: Label, x: Scale, hasChampion: boolean): Cell[] {
  return [
    name,
    html`<span class="off">${count(support)}</span>`,
    dumbbell(challenger, champion, x),
    html`<strong>${score(challenger.f1)}</strong>`,
    ...(hasChampion ? [change(challenger.f1, champion?.f1)] : []),
  ];
}

/** Up or down by more than a rounding, as a sign and not by colour alone. */
function change(now: number, then: number | undefined): Html | string {
  if (then === undefined) return "new";
  const by = now - then;
  if (Math.abs(by) < 0.00005) return "same";
  return html`<span class="${by > 0 ? "good" : "bad"}">${by > 0 ? "▲" : "▼"} ${score(Math.abs(by))}</span>`;
}

function numbers(
  labels: readonly Label[],
  {
    items,
    hasChampion,
    evaluation,
    profile,
  }: {
    items: string;
    hasChampion: boolean;
    evaluation: Evaluation | null;
    profile: Profile | null;
  },
): Html {
  const perLabel = evaluation?.challenger.perLabel ?? {};
  const ranked = Object.values(perLabel).some(({ auroc }) => auroc !== undefined);
  const trained = profile && new Map(profile.labels.map(({ label, documents }) => [label, documents.train]));
  const columns: Column[] = [
    { head: "Label" },
    ...(trained ? [{ head: "Trained on", numeric: true }] : []),
    { head: `${capital(items)} in test`, numeric: true },
    { head: "Precision", numeric: true },
    { head: "Recall", numeric: true },
    { head: "F1", numeric: true },
    ...(hasChampion ? [{ head: "F1 then", numeric: true }] : []),
    ...(ranked
      ? [
          { head: "AUROC", numeric: true },
          { head: "Avg. precision", numeric: true },
        ]
      : []),
  ];
  const rows = labels.map(({ name, support, challenger, champion }): Cell[] => [
    name,
    ...(trained ? [trained.has(name) ? count(trained.get(name)!) : null] : []),
    count(support),
    score(challenger.precision),
    score(challenger.recall),
    score(challenger.f1),
    ...(hasChampion ? [score(champion?.f1)] : []),
    ...(ranked ? [score(perLabel[name]?.auroc), score(perLabel[name]?.averagePrecision)] : []),
  ]);
  return table(columns, rows, "tight");
}

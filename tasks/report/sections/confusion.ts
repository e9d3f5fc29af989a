import type { Boundaries, Confusion, ModelAnalysis } from "../../../schemas/types.ts";
import { type Card, type Cell, card, details, table, unseen } from "../elements.ts";
import { fitting } from "../fitting.ts";
import { count, counted, percent } from "../format.ts";
import { type Html, html } from "../html.ts";
import { bars } from "../svg/bars.ts";

// A table of more labels than this is wider than a page.
const mostLabels = 12;
// The heads of more columns than this stand upright.
const mostLying = 6;
const mostPairs = 12;
// More are in analysis.json: a page of a thousand labels stays below 200 KB.
const mostListed = 200;
const mostNameBytes = 12_000;

/** Which label was taken for which, what was missed and what invented. */
export function confusionSection({ confusion, errors }: ModelAnalysis): Card {
  const { labels, pairs, rest } = confusion;
  const isSmall = labels.length <= mostLabels && rest.count === 0;
  const listed = fitting(byErrors(labels).slice(0, mostListed), ({ label }) => label, mostNameBytes);
  return card(
    {
      id: "confusion",
      title: "Confusion",
      say: `Rows: what is right. Columns: what the model says. ${counted(errors, ["error", "errors"])} in all.`,
      columns: 7,
    },
    isSmall ? heat(confusion) : null,
    isSmall ? null : worst(confusion),
    !isSmall && pairs.length > 0 && mostConfused(confusion),
    isSmall || labels.length === 0
      ? null
      : details(
          listed.length < labels.length
            ? `The ${listed.length} labels with most errors of ${count(labels.length)}; analysis.json has all`
            : `All ${count(labels.length)} labels`,
          rows(listed),
        ),
  );
}

/** The whole of a small table; the deeper the colour, the more often. */
function heat({ labels, pairs }: Confusion): Html {
  const found = new Map(
    pairs.map(({ gold, predicted, count }) => [JSON.stringify([gold, predicted]), count]),
  );
  const most = Math.max(
    1,
    ...pairs.map((pair) => pair.count),
    ...labels.flatMap(({ missed, invented }) => [missed, invented]),
  );
  const cell = (number: number) =>
    number === 0
      ? html`<td class="off">·`
      : html`<td class="h${Math.min(4, Math.ceil((number / most) * 4))}">${count(number)}`;
  return html`<div class="scroll" tabindex=0><table class="heat tight${labels.length > mostLying && " upright"}"><thead><tr><th scope=col>Right</th>${labels.map(
    ({ label }) => html`<th scope=col>${label}</th>`,
  )}<th scope=col>missed</th></tr></thead><tbody>${labels.map(
    ({ label, right, missed }) =>
      html`<tr><th scope=row>${label}${labels.map((other) =>
        other.label === label
          ? html`<td class="right">${count(right)}`
          : cell(found.get(JSON.stringify([label, other.label])) ?? 0),
      )}${cell(missed)}
`,
  )}<tr><th scope=row>invented${labels.map(({ invented }) => cell(invented))}<td>
</tbody></table></div>`;
}

/** Of many labels, those that go wrong most often. */
function worst({ labels }: Confusion): Html {
  const wrong = byErrors(labels)
    .filter(({ missed, invented }) => missed + invented > 0)
    .slice(0, mostPairs);
  return wrong.length === 0
    ? html`<p class="note">Nothing was missed, nothing invented.</p>`
    : html`<h3>Missed and invented most often</h3>${rows(wrong)}`;
}

const byErrors = (labels: Confusion["labels"]) =>
  [...labels].sort((a, b) => b.missed + b.invented - (a.missed + a.invented));

const rows = (labels: readonly Confusion["labels"][number][]) =>
  table(
    [
      { head: "Label" },
      { head: "Right", numeric: true },
      { head: "Missed", numeric: true },
      { head: "Invented", numeric: true },
    ],
    labels.map(({ label, right, missed, invented }) => [label, count(right), count(missed), count(invented)]),
    "tight",
  );

function mostConfused({ pairs, rest }: Confusion): Html {
  const shown = pairs.slice(0, mostPairs);
  const others = pairs.slice(mostPairs).reduce((sum, pair) => sum + pair.count, 0) + rest.count;
  return html`<h3>Confused most often</h3>${table(
    [{ head: "Right" }, { head: "The model says" }, { head: "Times", numeric: true }],
    shown.map(({ gold, predicted, count: times }) => [gold, predicted, count(times)]),
    "tight",
  )}${others > 0 && html`<p class="note">All other pairs together: ${count(others)}.</p>`}`;
}

const ways: [keyof Boundaries, string][] = [
  ["exact", "Exact"],
  ["longer", "Too long"],
  ["shorter", "Too short"],
  ["overlapping", "Shifted"],
  ["otherLabel", "Another label"],
  ["missed", "Missed"],
  ["invented", "Invented"],
];

/** How the model's keyphrases lie to the right ones. */
export function boundariesSection(boundaries: Boundaries): Card {
  const { invented, ...ofGold } = boundaries;
  const gold = Object.values(ofGold).reduce((sum, one) => sum + one, 0);
  const wrong = Math.max(1, ...ways.slice(1).map(([way]) => boundaries[way]));
  return card(
    {
      id: "boundaries",
      title: "Boundaries",
      say: `${percent(boundaries.exact / Math.max(1, gold))} of ${counted(gold, ["keyphrase", "keyphrases"])} begin and end where they should, with the right label. The bars compare the errors.`,
      columns: 5,
    },
    table(
      [
        { head: "Keyphrases" },
        { head: unseen("Drawn"), className: "drawn" },
        { head: "Times", numeric: true },
      ],
      ways.map(([way, name]): Cell[] => [
        name,
        way === "exact"
          ? ""
          : bars(`${name}: ${count(boundaries[way])}`, [{ share: boundaries[way] / wrong, name: "" }]),
        count(boundaries[way]),
      ]),
      "tight labels",
    ),
    invented > 0 && html`<p class="note">Invented: there is no keyphrase where the model says one.</p>`,
  );
}

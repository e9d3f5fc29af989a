import { type Card, type Cell, card, grid, table } from "../../../tasks/report/elements.ts";
import { score, signed } from "../../../tasks/report/format.ts";
import { type Html, html } from "../../../tasks/report/html.ts";
import {
  compareRuns,
  differenceOf,
  type Pair,
  type RunComparison,
  type Value,
} from "../../results/compare.ts";
import { readResults } from "../../results/results.ts";
import { listRuns } from "../../results/runs.ts";
import type { Asked, Context, Page } from "../routes.ts";

/** As many as one looks for in a list of choices. */
const offered = 50;

/** Two runs beside each other: what differs, or with `all` the rest too. */
export async function compare({ installation }: Context, { query }: Asked): Promise<Page> {
  const [a, b] = [query.get("a")?.trim(), query.get("b")?.trim()];
  const all = query.get("all") !== null;
  const { runs } = await listRuns(installation, { limit: offered });
  const names = runs.map(({ entry }) => entry.execution);
  const comparison = a && b ? await comparisonOf(installation, { a, b, all }) : null;
  return {
    title: comparison ? `${a} against ${b}` : "Compare",
    data: comparison,
    body: html`
<div class="headline"><h1>Compare</h1></div>
<p class="lead">The second run against the first.</p>
<form class="filters" method="get" action="/compare">
<label class="wider">First run<input name="a" list="runs" value="${a ?? names[1] ?? ""}" required autocomplete="off"></label>
<label class="wider">Second run<input name="b" list="runs" value="${b ?? (a === names[0] ? names[1] : names[0]) ?? ""}" required autocomplete="off"></label>
<label class="tick"><input type="checkbox" name="all" value="yes"${all && " checked"}> What is the same too</label>
<datalist id="runs">${names.map((name) => html`<option value="${name}"></option>`)}</datalist>
<button class="act main" type="submit">Compare</button>
</form>
${comparison && told(comparison, all)}`,
  };
}

async function comparisonOf(
  installation: Context["installation"],
  { a, b, all }: { a: string; b: string; all: boolean },
): Promise<RunComparison> {
  const [first, second] = await Promise.all([readResults(installation, a), readResults(installation, b)]);
  return compareRuns(first, second, { all });
}

function told(comparison: RunComparison, all: boolean): Html {
  const { executions, sameTestRows, settings, trials, outcome, scores, labels, data } = comparison;
  const heads = [
    { head: html`<a href="/runs/${executions.a}">${executions.a}</a>`, numeric: true },
    { head: html`<a href="/runs/${executions.b}">${executions.b}</a>`, numeric: true },
  ];
  const rows =
    sameTestRows === null
      ? null
      : sameTestRows
        ? "Both were scored on the very same test notes."
        : "They were scored on different test notes: a difference may be the notes'.";
  const cards: Card[] = [
    // All of them are as high as the three cards that follow.
    pairCard({ id: "settings", title: "Settings", columns: 6, ...(all && { look: "beside-three" }) }, heads, [
      ...settings,
      ...trials,
    ]),
    pairCard({ id: "outcome", title: "Outcome", columns: 6 }, heads, outcome),
    changeCard({ id: "scores", title: "Scores", say: rows, columns: 6 }, heads, scores, score),
    changeCard({ id: "data", title: "Data", columns: 6 }, heads, data, (value) => String(value ?? "–")),
    changeCard(
      { id: "labels", title: "F1 by label", say: "Those that changed most first.", columns: 12 },
      heads,
      labels,
      score,
    ),
  ];
  return grid(cards);
}

type Head = Parameters<typeof card>[0];
type Heads = { head: Html; numeric: boolean }[];

const nothing = html`<p class="empty">Nothing differs.</p>`;

function pairCard(head: Head, heads: Heads, pairs: readonly Pair[]): Card {
  return card(
    head,
    pairs.length === 0
      ? nothing
      : table(
          [{ head: "What" }, ...heads],
          pairs.map(({ name, a, b }) => [name, shown(a), shown(b)]),
          "versus",
        ),
  );
}

function changeCard(
  head: Head,
  heads: Heads,
  pairs: readonly Pair<number | null>[],
  show: (value: number | null) => string,
): Card {
  return card(
    head,
    pairs.length === 0
      ? nothing
      : table(
          [{ head: "What" }, ...heads, { head: "Change", numeric: true }],
          pairs.map((pair) => [
            pair.name,
            show(pair.a),
            show(pair.b),
            change(differenceOf(pair), show === score),
          ]),
          "versus change",
        ),
  );
}

function change(difference: number | null, isScore: boolean): Cell {
  if (difference === null) return null;
  if (!isScore) return difference > 0 ? `+${difference}` : String(difference).replace("-", "−");
  return html`<span class="${difference < 0 ? "down" : difference > 0 && "up"}">${signed(difference)}</span>`;
}

const shown = (value: Value): Cell => (typeof value === "boolean" ? (value ? "yes" : "no") : value);

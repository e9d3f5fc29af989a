import { definition } from "../../../states/definition.ts";
import { type Card, card } from "../../../tasks/report/elements.ts";
import { clock, count, duration, timeOfDay } from "../../../tasks/report/format.ts";
import { type Html, html } from "../../../tasks/report/html.ts";
import { linear, place } from "../../../tasks/report/svg/chart.ts";
import type { ExecutionDescription, StateVisit } from "../../execution.ts";
import { progressText } from "../progress.ts";
import { graph, type Mark } from "./graph.ts";
import { type Kind, type Row, rowsOf } from "./rows.ts";

const looks: Partial<Record<Kind, string>> = {
  Function: "function",
  "Processing job": "job",
  "Training job": "job",
  "Fargate task": "job",
};

/**
 * The states of a run: graph, table and time line in one.
 *
 * @param linked With links to the console's events; a file has none.
 */
export function rail(execution: ExecutionDescription, now: Date, linked: boolean): Card {
  const { name, states, startDate, stopDate, eventCount, progress } = execution;
  const rows = rowsOf(definition, states);
  const seconds = Math.max(1, (Date.parse(stopDate ?? now.toISOString()) - Date.parse(startDate)) / 1000);
  const marks = rows.map((row) => markOf(row, execution));
  const entered = rows.filter(({ visits }) => visits.length > 0).length;
  return card(
    {
      id: "states",
      title: "States",
      say: html`${entered} of ${rows.length} entered, ${linked ? html`<a href="/runs/${name}/events">${count(eventCount)} events</a>` : `${count(eventCount)} events`}. Solid: the way taken. Dashed: caught errors.`,
      columns: 12,
    },
    html`<div class="rail"><table>
<thead><tr><th class="lane"><span class="hidden">Way</span></th><th scope="col" class="s">State</th><th scope="col" class="k">Kind</th><th scope="col" class="e n">Entered</th><th scope="col" class="t n">Took</th><td class="bars">${axis(seconds)}</td></tr></thead>
<tbody>${rows.map((row, index) => {
      const mark = marks[index]!;
      const isOff = mark === "off";
      return html`<tr${isOff && html` class="off"`}><td class="lane">${index === 0 && graph(definition, rows, (one) => marks[rows.indexOf(one)]!)}</td>
<th scope="row" class="s">${isOff || !linked ? row.name : html`<a href="/runs/${name}/events?state=${row.name}">${row.name}</a>`}</th>
<td class="k"><span class="kind ${looks[row.kind] ?? ""}">${row.kind}</span></td>
<td class="e n">${row.visits[0] && timeOfDay(row.visits[0].enteredDate)}</td>
<td class="t n">${took(row, mark)}</td>
<td class="bars">${!isOff && bars(row, mark, { startDate, seconds })}</td></tr>`;
    })}</tbody></table></div>`,
    progress.length > 0 ? html`<p class="note">Now: ${progress.map(progressText).join("; ")}.</p>` : null,
  );
}

function markOf(
  { name, kind, visits, explains }: Row,
  { status, isOwned, stopDate, states }: ExecutionDescription,
): Mark {
  const last = visits.at(-1);
  if (!last) return "off";
  if (kind === "End") return name === "Promoted" ? "good" : "done";
  if (last.exitedDate !== null) return "done";
  if (status === "RUNNING" && isOwned) return "now";
  // The state entered last is where it ended; a branch beside it was cut short.
  return stopDate !== null && (explains || states.at(-1) === last) ? "bad" : "done";
}

function took({ kind, visits }: Row, mark: Mark): Html | string {
  if (mark === "off") return "not entered";
  if (mark === "now") return "running";
  if (kind === "Choice" || kind === "End") return "";
  const seconds = visits.reduce((sum, one) => sum + (one.seconds ?? 0), 0);
  const several = visits.length > 1 ? ` (${count(visits.length)}×)` : "";
  return visits.every((one) => one.seconds === null) ? "not finished" : `${duration(seconds)}${several}`;
}

type Span = { startDate: string; seconds: number };

function bars({ kind, visits }: Row, mark: Mark, { startDate, seconds }: Span): Html {
  const scale = linear(0, seconds);
  const since = (date: string) => (Date.parse(date) - Date.parse(startDate)) / 1000;
  const bar = ({ enteredDate, exitedDate }: StateVisit) => {
    const from = scale(Math.max(0, since(enteredDate)));
    const open = mark === "now" ? 100 : from;
    const to = exitedDate === null ? open : scale(since(exitedDate));
    return html`<rect class="span ${looks[kind] ?? ""}${mark === "now" && " now"}" x="${place(Math.min(from, 99.5))}%" y="0" width="${place(Math.max(0.5, to - from))}%" height="10" rx="2"/>`;
  };
  return html`<svg class="wait" width="100%" height="10" aria-hidden="true">${visits.map(bar)}</svg>`;
}

/** Times that people count in. */
const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400];

function axis(seconds: number): Html {
  const step = steps.find((one) => seconds / one <= 6) ?? Math.ceil(seconds / 6 / 86400) * 86400;
  const marks = Array.from({ length: Math.floor(seconds / step) + 1 }, (_, at) => at * step).filter(
    (at) => at / seconds < 0.96,
  );
  return html`<svg class="chart" width="100%" height="16" aria-hidden="true">${marks.map(
    (at) => html`<text x="${place((100 * at) / seconds)}%" y="12">${at < 60 ? `${at} s` : clock(at)}</text>`,
  )}</svg>`;
}

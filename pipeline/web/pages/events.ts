import { card } from "../../../tasks/report/elements.ts";
import { count } from "../../../tasks/report/format.ts";
import { type Html, html } from "../../../tasks/report/html.ts";
import type { HistoryEvent } from "../../execution.ts";
import { crumbs } from "../layout.ts";
import type { Asked, Context, Page } from "../routes.ts";

const perPage = 100;

/** The history of a run as Step Functions tells it. Input and output hold pointers, counts and digests, no text. */
export async function events(
  { installation }: Context,
  { params: { execution = "" }, query }: Asked,
): Promise<Page> {
  const all = await installation.events(execution);
  const states = statesOf(all);
  const state = query.get("state") || null;
  const found = all.filter(({ id }) => state === null || states.get(id) === state);
  const after = Number(query.get("after")) || 0;
  const page = found.filter(({ id }) => id > after).slice(0, perPage);
  const last = page.at(-1);
  const more = last && found.at(-1)!.id > last.id;
  const names = [...new Set(states.values())].filter((name) => name !== "");
  return {
    title: `Events of ${execution}`,
    ...(after === 0 && { live: execution }),
    data: { execution, events: page },
    body: html`
${crumbs(`/runs/${execution}`, "Events")}
<div class="headline"><h1>Events</h1></div>
<form class="filters" method="get" action="/runs/${execution}/events"><label>State<select name="state"><option value="">all</option>${names.map(
      (name) => html`<option${name === state && " selected"}>${name}</option>`,
    )}</select></label><button class="act" type="submit">Show</button></form>
<div class="grid" id="list" data-part>${card(
      {
        id: "events",
        title: state ?? "All states",
        say: `${count(found.length)} of ${count(all.length)} events, oldest first.`,
        columns: 12,
      },
      html`<ol class="events">${page.map((event) => eventItem(event, states.get(event.id) ?? "", all[0]!.timestamp))}</ol>`,
    )}</div>
${
  more
    ? html`<p class="pages"><a class="button" href="/runs/${execution}/events?${new URLSearchParams({ ...(state !== null && { state }), after: String(last.id) }).toString()}">Later events</a></p>`
    : null
}`,
  };
}

/** The state of each event: it says it itself, or one of those that led to it did. */
function statesOf(all: readonly HistoryEvent[]): Map<number, string> {
  const states = new Map<number, string>();
  const byId = new Map(all.map((event) => [event.id, event]));
  for (const event of all) {
    const { id, stateEnteredEventDetails, stateExitedEventDetails } = event;
    const itself = stateEnteredEventDetails?.name ?? stateExitedEventDetails?.name;
    states.set(id, itself ?? states.get(leadingTo(event, byId)) ?? "");
  }
  return states;
}

/** The event that `event` follows; the end of a Parallel, Map or iteration follows its start, and not what ended last in it. */
function leadingTo({ type, previousEventId }: HistoryEvent, byId: ReadonlyMap<number, HistoryEvent>): number {
  const started = type.replace(
    /^(ParallelState|MapState|MapIteration)(Succeeded|Failed|Aborted)$/,
    "$1Started",
  );
  if (started === type) return previousEventId;
  let before = byId.get(previousEventId);
  // Each is before the one that it led to, or the history is damaged.
  while (before && before.type !== started)
    before = before.previousEventId < before.id ? byId.get(before.previousEventId) : undefined;
  return before?.id ?? previousEventId;
}

function eventItem(event: HistoryEvent, state: string, first: string): Html {
  const { id, type, timestamp, previousEventId: _, ...rest } = event;
  const isBad = /Failed|TimedOut|Aborted/.test(type);
  const details = Object.entries(rest).filter(([name]) => name.endsWith("EventDetails"));
  const after = ((Date.parse(timestamp) - Date.parse(first)) / 1000).toFixed(1);
  return html`<li><details id="event-${id}"><summary><span class="n">${id}</span> <span class="${isBad ? "bad" : "kind"}">${isBad && "! "}${type}</span> ${state && html`<strong>${state}</strong>`} <small>+${after} s</small></summary>${details.map(
    ([, value]) => html`<pre tabindex="0">${readable(value)}</pre>`,
  )}</details></li>`;
}

/** Input and output are JSON in a string; as such nobody can read them. */
function readable(value: unknown): string {
  const unfold = (_: string, inner: unknown): unknown => {
    if (typeof inner !== "string" || !/^[[{]/.test(inner)) return inner;
    try {
      return JSON.parse(inner);
    } catch {
      return inner;
    }
  };
  return JSON.stringify(value, unfold, 2);
}

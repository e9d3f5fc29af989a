import { type Card, card, grid, table } from "../../../tasks/report/elements.ts";
import { count, duration } from "../../../tasks/report/format.ts";
import { type Html, html } from "../../../tasks/report/html.ts";
import type { RunView } from "../../../tasks/report/run-view.ts";
import { facts, failure, head, headline, missing } from "../../../tasks/report/sections/head.ts";
import { commandsAfter } from "../../../tasks/report/sections/next.ts";
import { sectionsOf } from "../../../tasks/report/sections/sections.ts";
import { type Results, readResults } from "../../results/results.ts";
import { endedBadly, type Job } from "../../results/summary.ts";
import { done } from "../done.ts";
import { crumbs } from "../layout.ts";
import { progressBar } from "../progress.ts";
import { rail } from "../rail/rail.ts";
import type { Asked, Context, Page } from "../routes.ts";
import { viewOf } from "../view.ts";

/** What a run did: its result first, then why, then how. */
export async function run({ installation }: Context, asked: Asked): Promise<Page> {
  const { execution = "" } = asked.params;
  const results = await readResults(installation, execution);
  const view = await viewOf(installation, results);
  const { summary, description } = results;
  const sections = sectionsOf(view);
  return {
    title: `${headline(view)}, ${execution}`,
    live: execution,
    data: summary,
    body: html`
${crumbs("/runs", execution)}
${done(asked)}
<div id="result" data-part>${head(view)}${facts(view)}${missing(view)}${actions(results)}</div>
<div id="sections" data-part>${grid([
      failure(view),
      now(results),
      ...sections.above,
      rail(description, new Date(), true),
      ...sections.below.filter((section) => section && !own.has(section.id)),
      jobs(execution, summary.jobs),
      next(view),
    ])}</div>`,
  };
}

/** Sections of the report that the console has its own of. */
const own = new Set(["jobs", "next"]);

/** What can be done with the run as it is. */
function actions({
  summary: { execution, status, verdict, generation, approval },
  description,
}: Results): Html {
  const isRunning = description.status === "RUNNING" && description.isOwned;
  const links: [name: string, path: string][] = [
    ...(isRunning ? [["Stop", "stop"] satisfies [string, string]] : []),
    ...(endedBadly(status) ? [["Resume", "resume"] satisfies [string, string]] : []),
    ...(approval?.decision === null
      ? ([
          ["Approve", "approve"],
          ["Decline", "decline"],
        ] satisfies [string, string][])
      : []),
    ["Run again", "rerun"],
    ...(verdict && verdict !== "promote" && generation === null
      ? [["Promote by force", "promote"] satisfies [string, string]]
      : []),
    ...(verdict ? [["Errors", "errors"] satisfies [string, string]] : []),
    ["Events", "events"],
    ["Files", "files"],
    ["Report", "report"],
  ];
  return html`<ul class="actions">${links.map(
    ([name, path]) => html`<li><a class="button" href="/runs/${execution}/${path}">${name}</a></li>`,
  )}<li><a class="button" href="/compare?a=${execution}">Compare</a></li></ul>`;
}

/** What runs now, and how far. */
function now({ summary: { status, progress } }: Results): Card | null {
  if (status !== "RUNNING") return null;
  return card(
    { id: "now", title: "Now", columns: 12 },
    progress.length > 0
      ? html`${progress.map(progressBar)}`
      : html`<p class="empty">The state that runs tells nothing of how far it is.</p>`,
  );
}

function jobs(execution: string, all: readonly Job[]): Card | null {
  if (all.length === 0) return null;
  return card(
    { id: "jobs", title: "Jobs", columns: 12 },
    table(
      [
        { head: "Job" },
        { head: "State", className: "wide" },
        { head: "Status" },
        { head: "Instance", className: "wide" },
        { head: "Took", numeric: true },
        { head: "Log" },
      ],
      all.map(({ job, state, trial, status, failure, instanceType, instanceCount, seconds }) => [
        html`${job}${failure && html`<small class="below">${failure}</small>`}`,
        trial === null ? state : `${state} ${trial}`,
        status,
        instanceType && (instanceCount ?? 1) > 1
          ? `${count(instanceCount!)} × ${instanceType}`
          : instanceType,
        seconds === null ? null : duration(seconds),
        html`<a href="/runs/${execution}/jobs/${job}/log" aria-label="Log of ${job}">Log</a>`,
      ]),
      "stack",
    ),
    ...all
      .filter(({ lastLines }) => lastLines.length > 0)
      .map(
        ({ job, lastLines }) =>
          html`<h3>The last lines of ${job}</h3><pre tabindex="0">${lastLines.join("\n")}</pre>`,
      ),
  );
}

/** Commands to copy. */
function next(view: RunView): Card {
  return card(
    { id: "next", title: "Next", say: "The same on a command line", columns: 12 },
    html`<ul class="commands">${commandsAfter(view).map(
      ([purpose, command]) =>
        html`<li><div><p>${purpose}</p><code>${command}</code></div><button type="button" data-copy="npx ${command}" aria-label="Copy: ${purpose}" hidden>${copyIcon}</button></li>`,
    )}</ul>`,
  );
}

const copyIcon = html`<svg width="15" height="15" viewBox="0 0 16 16" fill="none" stroke="currentColor" stroke-width="1.4" aria-hidden="true"><path d="M5.5 5.5h8v8h-8zM3 10.5H2.5v-8h8V3"/></svg>`;

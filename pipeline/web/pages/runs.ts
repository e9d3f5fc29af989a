import { type Html, html } from "../../../tasks/report/html.ts";
import { listRuns } from "../../results/runs.ts";
import type { Asked, Context, Page } from "../routes.ts";
import { runsTable } from "../runs-table.ts";

const perPage = 50;
const statuses = ["RUNNING", "SUCCEEDED", "FAILED", "ABORTED", "TIMED_OUT", "INTERRUPTED"] as const;
const verdicts = ["promote", "reject", "inconclusive"] as const;

/** The runs that the URL asks for, the latest first. */
export async function runs({ installation }: Context, { query }: Asked): Promise<Page> {
  const asked = (name: string) => query.get(name)?.trim() || undefined;
  const filters = {
    status: statuses.find((status) => status === asked("status")),
    verdict: verdicts.find((verdict) => verdict === asked("verdict")),
    model: asked("model"),
    text: asked("q"),
  };
  const before = asked("before");
  const [{ runs: found }, { models }] = await Promise.all([
    // One more tells whether there is a next page.
    listRuns(installation, { limit: perPage + 1, ...filters, before }),
    installation.history(),
  ]);
  const entries = found.slice(0, perPage).map(({ entry }) => entry);
  const last = entries.at(-1);
  return {
    title: "Runs",
    ...(before === undefined && { live: "" }),
    data: { executions: entries },
    body: html`
<div class="headline"><h1>Runs</h1></div>
<p class="lead">The latest first. F1 is of the run's own test notes, over all labels together, with its distance from the model in use then.</p>
${filterForm(filters, models)}
<section class="card" id="list" data-part aria-label="Runs">
${entries.length > 0 ? runsTable(entries, { showsModel: models.length > 1 }) : html`<p class="empty">No run fits.</p>`}
</section>
${
  found.length > perPage && last
    ? html`<p class="pages"><a class="button" href="/runs?${queryOf({ ...filters, before: last.execution })}">Older runs</a></p>`
    : null
}`,
  };
}

/** The part of an address that asks for this list again. */
function queryOf({ text, ...filters }: Record<string, string | undefined>): string {
  const given = Object.entries({ ...filters, q: text }).filter(([, value]) => value !== undefined);
  return new URLSearchParams(given as [string, string][]).toString();
}

function filterForm(filters: Record<string, string | undefined>, models: readonly string[]): Html {
  const select = (name: string, label: string, values: readonly string[]) =>
    html`<label>${label}<select name="${name}"><option value="">any</option>${values.map(
      (value) => html`<option${value === filters[name] && " selected"}>${value}</option>`,
    )}</select></label>`;
  return html`<form class="filters" method="get" action="/runs" role="search" aria-label="Runs">
${select("status", "Status", statuses)}
${select("verdict", "Verdict", verdicts)}
${models.length > 1 ? select("model", "Model", models) : null}
<label class="wider">Name, reason or export<input type="search" name="q" value="${filters.text ?? ""}" maxlength="200"></label>
<button class="act" type="submit">Filter</button>
</form>`;
}

import { below } from "../../../schemas/bucket.ts";
import { defaultModel } from "../../../schemas/models/registered-models.ts";
import { card, table } from "../../../tasks/report/elements.ts";
import { bytes, instant } from "../../../tasks/report/format.ts";
import { type Html, html } from "../../../tasks/report/html.ts";
import { outcomeOf, outcomeWord } from "../../../tasks/report/outcome.ts";
import type { ObjectStore, StoredObject } from "../../../tasks/store/store.ts";
import type { Installation } from "../../installation.ts";
import { listRuns, type RunEntry } from "../../results/runs.ts";
import { done } from "../done.ts";
import type { Asked, Context, Page } from "../routes.ts";

/** How far back it is looked for what an export has started. */
const looked = 50;

/** An export in the bucket, and the runs of it. */
export type Export = StoredObject & { runs: RunEntry[] };

/** What has arrived, what it started, and a form to drop another one. */
export async function exports(context: Context, asked: Asked): Promise<Page> {
  const { installation } = context;
  const [all, { models }] = await Promise.all([exportsOf(installation), installation.history()]);
  return {
    title: "Exports",
    live: "",
    data: {
      exports: all.map(({ runs, ...object }) => ({
        ...object,
        executions: runs.map(({ execution }) => execution),
      })),
    },
    body: html`
${done(asked)}
<div class="headline"><h1>Exports</h1></div>
<p class="lead">An export that arrives in <code>incoming/</code> starts a run by itself.</p>
<div class="grid">
${dropForm(context, models)}
<div class="c12" id="list" data-part>${card(
      {
        id: "exports",
        title: "In the bucket",
        say: `The newest runs first; of the last ${looked} runs.`,
        columns: 12,
      },
      all.length > 0
        ? table(
            [{ head: "Export" }, { head: "Size", numeric: true }, { head: "Runs" }],
            all.map(({ key, sizeBytes, runs }) => [
              html`<a class="name" href="/exports/one?${new URLSearchParams({ key }).toString()}">${key}</a>`,
              bytes(sizeBytes),
              runs.length > 0
                ? html`${runs.slice(0, 3).map(runLine)}${runs.length > 3 && html`<small>and ${runs.length - 3} more</small>`}`
                : "none",
            ]),
            "runs",
          )
        : html`<p class="empty">No export has arrived yet.</p>`,
    )}</div>
</div>`,
  };
}

const runLine = ({ execution, status, verdict, approval, startedAt }: RunEntry): Html =>
  html`<div><a href="/runs/${execution}">${execution}</a> ${outcomeWord(outcomeOf(status, verdict, approval))} <small>${instant(startedAt)}</small></div>`;

/** Those with the newest runs first, then those that none has run on. */
export async function exportsOf(installation: Installation): Promise<Export[]> {
  const { store } = installation;
  const [{ runs }, ...lists] = await Promise.all([
    listRuns(installation, { limit: looked }),
    ...(["incoming", "exports"] as const).map((folder) => objectsBelow(store, below(folder))),
  ]);
  const byKey = Map.groupBy(
    runs.map(({ entry }) => entry),
    ({ settings }) => settings?.export.key ?? "",
  );
  const order = [...byKey.keys()];
  const place = (key: string) => (byKey.has(key) ? order.indexOf(key) : order.length);
  return lists
    .flat()
    .map((object) => ({ ...object, runs: byKey.get(object.key) ?? [] }))
    .sort((a, b) => place(a.key) - place(b.key));
}

/** Everything below a prefix. */
async function objectsBelow(store: ObjectStore, prefix: string): Promise<StoredObject[]> {
  const objects: StoredObject[] = [];
  for await (const object of store.list(prefix)) objects.push(object);
  return objects;
}

function dropForm({ session, installation }: Context, models: readonly string[]): Html {
  return card(
    {
      id: "drop",
      title: "Drop an export",
      say: html`It goes to <code>incoming/</code> of ${installation.place}.`,
      columns: 12,
    },
    html`<form class="fields" method="post" action="/actions/upload" enctype="multipart/form-data">
<input type="hidden" name="formToken" value="${session.formToken}">
<label>Registered model<input name="model" value="${defaultModel}" list="models" maxlength="40" required autocomplete="off"></label>
<datalist id="models">${models.map((name) => html`<option value="${name}"></option>`)}</datalist>
<label>Export: JSON or JSON Lines, plain or gzipped<input type="file" name="export" accept=".json,.jsonl,.ndjson,.gz" required></label>
<p><button class="act main" type="submit">Send it</button></p>
</form>`,
  );
}

import type { Analysis, ModelError } from "../../../schemas/types.ts";
import { type Cell, card, grid, table } from "../../../tasks/report/elements.ts";
import { count, score } from "../../../tasks/report/format.ts";
import { type Html, html } from "../../../tasks/report/html.ts";
import { ObjectMissing } from "../../../tasks/store/store.ts";
import {
  errorWords,
  evaluationOf,
  mostSuspects,
  type Row,
  readErrors,
  readRows,
  suspectsByKind,
  whyNoAnalysis,
} from "../../results/analysis.ts";
import { readStored } from "../../results/stored.ts";
import { crumbs } from "../layout.ts";
import { noteText } from "../note-text.ts";
import { type Asked, type Context, NotFound, type Page } from "../routes.ts";

const listed = 50;
/** Of each kind. */
const listedSuspects = 20;

/** What a model gets wrong on the test notes. Their text is here only if the console was started to show it. */
export async function errors(
  { installation, showNotes }: Context,
  { params: { execution = "" }, query }: Asked,
): Promise<Page> {
  const description = await installation.describe(execution);
  const { store } = installation;
  const prefix = await evaluationOf(store, execution);
  const analysis = prefix && (await readStored<Analysis>(store, `${prefix}analysis.json`));
  if (!analysis)
    throw new NotFound(`The run has no error analysis. ${whyNoAnalysis(description, installation.options)}`);
  const list = query.get("list") === "suspects" ? "suspects" : "errors";
  const label = query.get("label") || null;
  const read = await readErrors(
    store,
    `${prefix}${list}.jsonl`,
    list === "suspects" ? mostSuspects : listed,
    ({ gold, predicted }) => label === null || gold === label || predicted === label,
  ).catch((error: unknown): null => {
    if (error instanceof ObjectMissing) return null;
    throw error;
  });
  const groups = list === "suspects" && read ? suspectsByKind(read, listedSuspects) : null;
  const found = groups?.flatMap(({ suspects }) => suspects) ?? read;
  const rows = showNotes && found ? await rowsOf(store, execution, found) : null;
  const labels = analysis.challenger.confusion.labels.map((one) => one.label);
  return {
    title: `Errors of ${execution}`,
    // Without the text, whatever the page shows.
    data: { execution, analysis, errors: found },
    body: html`
${crumbs(`/runs/${execution}`, "Errors")}
<div class="headline"><h1>Errors</h1></div>
<p class="lead">${count(analysis.challenger.errors)} in ${count(analysis.documents)} test documents. A suspect is an annotation that the model contradicts most surely, within each kind of error: look at it again.</p>
${showNotes ? html`<p class="warning">This page shows text of patients' notes: keep it out of pictures, mails and tickets.</p>` : html`<p class="say">The text of the notes is shown by <code>pbp console --show-notes</code> and <code>pbp errors ${execution} --show-notes${installation.options}</code>.</p>`}
${filterForm(execution, { list, label, labels })}
${grid(
  groups && groups.length > 0
    ? groups.map(({ name, suspects }) =>
        card(
          {
            id: name.toLowerCase().replace(" ", "-"),
            title: `Suspects: ${name.toLowerCase()}`,
            say: `The ${listedSuspects} surest at most.`,
            columns: 12,
          },
          errorTable(execution, suspects, rows),
        ),
      )
    : [
        card(
          {
            id: "errors",
            title: list === "suspects" ? "Suspects" : "Errors",
            say: `The first ${listed} at most.`,
            columns: 12,
          },
          found === null
            ? html`<p class="empty">Only the counts are left: the lists were removed, as pbp prune does.</p>`
            : found.length === 0
              ? html`<p class="empty">No such error.</p>`
              : errorTable(execution, found, rows),
        ),
      ],
)}`,
  };
}

async function rowsOf(
  store: Context["installation"]["store"],
  execution: string,
  found: readonly ModelError[],
): Promise<Map<string, Row[]>> {
  return readRows(store, execution, new Set(found.map(({ document }) => document))).catch(
    (error: unknown) => {
      if (error instanceof ObjectMissing) return new Map();
      throw error;
    },
  );
}

function filterForm(
  execution: string,
  { list, label, labels }: { list: string; label: string | null; labels: readonly string[] },
): Html {
  return html`<form class="filters" method="get" action="/runs/${execution}/errors">
<label>List<select name="list"><option value="errors">errors</option><option value="suspects"${list === "suspects" && " selected"}>suspects</option></select></label>
<label class="wider">Label, annotated or said by the model<select name="label"><option value="">any</option>${labels.map(
    (name) => html`<option${name === label && " selected"}>${name}</option>`,
  )}</select></label>
<button class="act" type="submit">Show</button></form>`;
}

/** Why the model says what it says there. */
function wordsOf(execution: string, { document, start, predicted }: ModelError): string {
  const asked = new URLSearchParams({ document });
  if (start !== undefined) asked.set("place", String(start));
  else if (predicted !== null) asked.set("label", predicted);
  return `/runs/${execution}/words?${asked}`;
}

function errorTable(execution: string, found: readonly ModelError[], rows: Map<string, Row[]> | null): Html {
  // A class is of a whole text.
  const hasPlaces = found.some(({ start }) => start !== undefined);
  return table(
    [
      { head: "Document" },
      ...(hasPlaces ? [{ head: "Tokens", numeric: true, className: "wide" }] : []),
      { head: "Error" },
      { head: "Annotated" },
      { head: "Model" },
      { head: "Probability", numeric: true },
    ],
    found.map((error): Cell[] => [
      html`<code>${error.document}</code>${rows && html` <a href="${wordsOf(execution, error)}">words</a>${noteText(error, rows.get(error.document) ?? [])}`}`,
      ...(hasPlaces ? [placeOf(error)] : []),
      errorWords[error.kind],
      named("annotated", error.gold),
      named("model", error.predicted),
      score(error.score),
    ]),
    "runs",
  );
}

/** On a phone the table has no heads. */
const named = (head: string, label: string | null) =>
  html`<span class="narrow">${head}: </span>${label ?? "–"}`;

/** The numbers of the first and the last token. */
function placeOf({ start, end }: ModelError): string | null {
  if (start === undefined || end === undefined) return null;
  return end - start > 1 ? `${start}–${end - 1}` : String(start);
}

import { adviceIn } from "../../../schemas/execution/advice.ts";
import { modelOf } from "../../../schemas/models/registered-models.ts";
import { type Metric, wordsOf } from "../../../schemas/tables/kinds.ts";
import type { RunReceipt, Verdict } from "../../../schemas/types.ts";
import { badge, type Card, card, disc } from "../elements.ts";
import { capital, count, counted, duration, instant, score } from "../format.ts";
import { type Html, html } from "../html.ts";
import { outcomeOf } from "../outcome.ts";
import type { RunView } from "../run-view.ts";

/** How the run ended, as the headline of its page. */
export function head(view: RunView): Html {
  const { tone, symbol } = outcomeOf(view.status, view.files.verdict?.verdict ?? null, view.approval);
  const forced = view.forced !== null;
  return html`
<div class="headline">${disc(forced ? "good" : tone, forced ? "✓" : symbol)}<h1>${headline(view)}${
    view.inUse && html` ${badge("in use")}`
  }</h1></div>
<p class="lead">${lead(view)}${view.reason !== "" && html` Started because: ${view.reason}`}</p>`;
}

/** The headline in words, for the title of a window as well. */
export function headline({
  status,
  error,
  generation,
  approval,
  forced,
  curves,
  files: { verdict },
}: RunView): string {
  if (forced && generation !== null) return `Promoted by hand as generation ${count(generation)}`;
  if (status === "FAILED") return `Failed: ${error?.name ?? "Unknown"}`;
  if (status === "SUCCEEDED" && generation !== null) return `Promoted as generation ${count(generation)}`;
  if (status === "SUCCEEDED" && curves.length > 0) return "Measured";
  return capital(outcomeOf(status, verdict?.verdict ?? null, approval).word);
}

const asSentence = (text: string) => (/[.!?]$/.test(text) ? text : `${text}.`);

function lead(view: RunView): Html | string {
  const { status, verdict } = { ...view, ...view.files };
  if (view.forced)
    return html`By ${view.forced.actor}: ${asSentence(view.forced.reason)} The gate had said ${view.forced.overruled?.verdict ?? "otherwise"}.`;
  if (status === "RUNNING") return "The run has not ended yet.";
  if (status === "INTERRUPTED") return "Its engine is gone. What is finished is kept.";
  if (status === "SUCCEEDED" && view.curves.length > 0)
    return "A learning curve: nothing was judged or promoted, and the model in use stays.";
  if (status !== "SUCCEEDED" || !verdict) return "Nothing was promoted by it; the model in use stays.";
  return html`${scoresOf(verdict)} ${decision(verdict)} ${approvalWords(view.approval)}`;
}

function approvalWords(approval: RunView["approval"]): Html | null {
  if (!approval) return null;
  const { asked, decision } = approval;
  if (decision) return html`${capital(decision.decision)} by ${decision.by}: ${decision.reason}`;
  return html`A person has to approve it${asked === "four-eyes" && ", another one than who started the run"}; the model in use stays until then.`;
}

/** The kind's usual score, and the one that decided. */
function scoresOf({ kind, metrics, counts, policy }: Verdict): Html {
  const { metrics: names, recommendedMetric } = wordsOf(kind);
  const shown: Metric[] = [...new Set<Metric>([names.macroF1 ? recommendedMetric : "f1", policy.metric])];
  const said = shown.map(
    (metric, at) =>
      html`${at > 0 && " and "}${at > 0 ? names[metric]?.toLowerCase() : names[metric]} <strong>${score(metrics.challenger[metric])}</strong>`,
  );
  return html`${said} on ${counted(counts.documents, ["test document", "test documents"])}.`;
}

function decision({ verdict, reasons, championGeneration, metrics, policy }: Verdict): string {
  const champion = metrics.champion?.[policy.metric];
  if (verdict === "promote")
    return championGeneration === null || champion === undefined
      ? "No model was in use before."
      : `Generation ${count(championGeneration)}, in use before, has ${score(champion)}.`;
  const against = reasons.filter(({ passed }) => !passed).map(({ message }) => message);
  const stays = championGeneration === null ? "No model comes into use." : "The model in use stays.";
  return [...against, stays].join(" ");
}

/** What a page is about, in a row: when, with what, from which data. */
export function facts(view: RunView): Html {
  const { settings, files, startedAt, endedAt, version } = view;
  const rows: [string, string | null | undefined][] = [
    ["Started", instant(startedAt)],
    ["Took", endedAt && duration((Date.parse(endedAt) - Date.parse(startedAt)) / 1000)],
    ["Registered model", settings?.model],
    ["Base model", settings?.baseModel],
    ["Epochs", settings && String(settings.epochs)],
    ["Export", files.dataset?.exportId ?? settings?.export.key],
    ["Version", version],
    ["Endpoint", endpointOf(files.receipt?.publication)],
    ["Model package", files.receipt?.registration?.package?.replace(/^.*:model-package\//, "")],
  ];
  return html`<dl class="facts">${rows.map(
    ([name, value]) => value && html`<div><dt>${name}</dt><dd>${value}</dd></div>`,
  )}</dl>`;
}

function endpointOf(publication: RunReceipt["publication"]): string | null {
  if (!publication?.endpoint) return null;
  return publication.status === "superseded"
    ? `${publication.endpoint}, which has a newer generation`
    : publication.endpoint;
}

/** What could not be made, which failed nothing. */
export function missing({ files: { receipt } }: RunView): Html[] {
  const { warnings = [], publication, registration } = receipt ?? {};
  const untold = [publication, registration].flatMap((one) =>
    one?.status === "failed" ? [one.message] : [],
  );
  return [...warnings, ...untold].map((warning) => html`<p class="warning">${warning}</p>`);
}

/** The error first, and what to do about it. */
export function failure(view: RunView): Card | null {
  const { execution, status, error, options, settings } = view;
  if (status === "SUCCEEDED" || status === "RUNNING") return null;
  const model = modelOf(settings ?? {});
  const { say, type } = adviceIn({ execution, status, error: error?.name ?? null, model }, options);
  return card(
    {
      id: "failure",
      title: error?.name ?? capital(outcomeOf(status, null).word),
      columns: 12,
      look: "alarm",
    },
    error && html`<p>${error.message}</p>`,
    html`<p class="note">${say}${type === null ? "." : ":"}</p>`,
    type === null ? null : html`<pre>${type}</pre>`,
  );
}

import { count } from "../../../tasks/report/format.ts";
import { html } from "../../../tasks/report/html.ts";
import type { Installation, JobStatus } from "../../installation.ts";
import { crumbs } from "../layout.ts";
import { type Asked, type Bytes, type Context, NotFound, type Page } from "../routes.ts";

const tailDefault = 200;
const tailMost = 10_000;

/** What a job has printed, its end first of all. Jobs print no text of notes. */
export async function log({ installation }: Context, { params, query }: Asked): Promise<Page> {
  const { execution = "", job: name = "" } = params;
  const job = await jobOf(installation, execution, name);
  const asked = Number(query.get("tail"));
  const tail = Number.isInteger(asked) && asked > 0 ? Math.min(asked, tailMost) : tailDefault;
  const lines = await installation.logLines(job, tail);
  const here = `/runs/${execution}/jobs/${job.job}/log`;
  return {
    title: `Log of ${job.job}`,
    live: execution,
    data: { execution, jobs: [{ ...job, lines }] },
    body: html`
${crumbs(`/runs/${execution}`, "Log")}
<div class="headline"><h1>${job.state}${job.trial !== null && ` ${job.trial}`}</h1></div>
<p class="lead">${job.job}: ${job.status}. ${
      lines.length < tail
        ? html`All of its ${count(lines.length)} lines, also <a href="${here}.txt">as text</a>.`
        : html`The last ${count(lines.length)} lines; <a href="${here}?tail=${tailMost}">more</a>, or <a href="${here}.txt">all of them as text</a>.`
    }</p>
<section class="card" id="log" data-part aria-label="Log">${
      lines.length > 0
        ? html`<pre class="log" tabindex="0">${lines.map((line) =>
            isBad(line) ? html`<span class="bad">! ${line}</span>\n` : html`${line}\n`,
          )}</pre>`
        : html`<p class="empty">It has printed nothing yet.</p>`
    }</section>`,
  };
}

/** Words of trouble, but not the name of a number, as in `error=0.04`. */
const isBad = (line: string) => /\b(error|exception|traceback|failed|killed)\b(?!=)/i.test(line);

export async function wholeLog({ installation }: Context, { params }: Asked): Promise<Bytes> {
  const { execution = "", job: name = "" } = params;
  const job = await jobOf(installation, execution, name);
  const lines = await installation.logLines(job);
  return { type: "text/plain; charset=utf-8", body: `${lines.join("\n")}\n` };
}

/** One of the run's own jobs, so that a name leads nowhere else. */
async function jobOf(installation: Installation, execution: string, name: string): Promise<JobStatus> {
  // Says it when there is no such execution.
  await installation.describe(execution);
  const found = (await installation.jobs(execution)).find(({ job }) => job === name);
  if (!found) throw new NotFound("The run has no such job.");
  return found;
}

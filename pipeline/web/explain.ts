import { oneLine } from "../../schemas/printable.ts";
import { NamedError } from "../../schemas/tables/errors.ts";
import { html } from "../../tasks/report/html.ts";
import { InstallationError } from "../installation.ts";
import { sentenceOf, systemErrorIn } from "../system-error.ts";
import { ForeignForm } from "./forms.ts";
import { BadForm } from "./multipart.ts";
import { NotFound, type Page } from "./routes.ts";

const notFound = /^(ExecutionDoesNotExist|NoSuch\w+)$/;

/** What a person can put right, as a page; anything else is a fault of ours and thrown on. */
export function explain(error: unknown): Page {
  const { name, message } = told(error);
  const status =
    error instanceof NotFound || notFound.test(name) ? 404 : error instanceof ForeignForm ? 403 : 400;
  return {
    status,
    title: status === 404 ? "Not found" : "That did not work",
    data: { error: { name, message } },
    body: html`
<div class="headline"><h1>${status === 404 ? "Not found" : "That did not work"}</h1></div>
<p class="lead">${message}</p>
${isPlain(error) ? null : html`<p><code>${name}</code></p>`}
<p><a href="/">Home</a></p>`,
  };
}

const isPlain = (error: unknown): boolean =>
  error instanceof NotFound || error instanceof BadForm || error instanceof ForeignForm;

function told(error: unknown): { name: string; message: string } {
  if (!(error instanceof Error)) throw error;
  const { name, message } = error as Error;
  if (isPlain(error) || error instanceof NamedError || error instanceof InstallationError)
    return { name, message: oneLine(message) };
  // The engine's own errors are for people too; the engine itself is not ours to import.
  if (notFound.test(name) || /^Execution[A-Z]\w+$/.test(name)) return { name, message: oneLine(message) };
  const refused = systemErrorIn(error);
  if (!refused) throw error;
  return { name: refused.code, message: sentenceOf(refused) };
}

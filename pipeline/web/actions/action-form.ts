import { randomUUID } from "node:crypto";
import { type Html, html } from "../../../tasks/report/html.ts";
import { type Installation, InstallationError } from "../../installation.ts";
import { isReason, longestReason, reasonExpectation } from "../../reason.ts";
import { crumbs } from "../layout.ts";
import type { Context, Page } from "../routes.ts";

export type ActionForm = {
  title: string;
  /** What it does, and to what. */
  say: Html | string;
  /** Where it is sent. */
  action: string;
  /** What it is about. */
  about: Readonly<Record<string, string>>;
  /** Fields of its own. */
  fields?: Html;
  /** null where the command takes none. */
  reason: { required: boolean } | null;
  /** What is ticked to say yes. */
  confirm: string;
  submit: string;
  /** Changes what answers the billing app. */
  isGrave?: boolean;
  /** What does the same on a command line; a part in braces appears when its field has a value. */
  command: string;
  /** The page that it was opened from. */
  back: string;
};

/** The page of an action: what will happen, why it is asked for, and what one would type instead. */
export function actionPage({ installation, session }: Context, form: ActionForm): Page {
  const { title, say, action, about, fields, reason, confirm, submit, isGrave, command, back } = form;
  const typed = `${command}${installation.options}`;
  return {
    title,
    data: { action, command: typed },
    body: html`
${crumbs(back, title)}
<div class="headline"><h1>${title}</h1></div>
<p class="lead">${say}</p>
<section class="card"><form class="fields" method="post" action="${action}">
<input type="hidden" name="formToken" value="${session.formToken}">
<input type="hidden" name="formId" value="${randomUUID()}">
${Object.entries(about).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}
${fields}
${
  reason &&
  html`<label>Reason${!reason.required && " (optional)"}<input name="reason" maxlength="${longestReason}" autocomplete="off"${reason.required && " required"} aria-describedby="reason-hint"></label>
<p class="hint" id="reason-hint">The history keeps it and mails tell it. No patient data.</p>`
}
<label class="check"><input type="checkbox" name="confirm" value="yes" required><span>${confirm}</span></label>
<p><button class="act ${isGrave ? "grave" : "main"}" type="submit">${submit}</button> <a class="button" href="${back}">Cancel</a></p>
<div><p class="hint">The same on a command line</p><code class="command" data-command="${typed}">${withNames(typed)}</code></div>
</form></section>`,
  };
}

/** `pbp rerun x{ --epochs epochs}` → `pbp rerun x --epochs …`: as long as no script fills it in. */
const withNames = (pattern: string) => pattern.replace(/\{([^{}]*?)\w+\}/g, "$1…");

/** What was ticked and why. Throws what a page can explain. */
export function confirmed(
  form: URLSearchParams,
  { needsReason }: { needsReason: boolean },
): { reason: string } {
  if (form.get("confirm") !== "yes")
    throw new InstallationError("NotConfirmed", "Nothing was done: the box that confirms it was not ticked.");
  const reason = (form.get("reason") ?? "").trim();
  if (reason === "" && !needsReason) return { reason };
  if (!isReason(reason))
    throw new InstallationError("NoReason", `Nothing was done: the reason must be ${reasonExpectation}.`);
  return { reason };
}

/** A field that the form has for sure, unless somebody made it by hand. */
export function fieldOf(form: URLSearchParams, name: string): string {
  const value = form.get(name);
  if (!value) throw new InstallationError("NoSuchField", `Nothing was done: the form has no ${name}.`);
  return value;
}

/** The run of a form, which is there. Throws ExecutionDoesNotExist. */
export async function runOf(installation: Installation, form: URLSearchParams) {
  return installation.describe(fieldOf(form, "execution"));
}

import { html } from "../../../tasks/report/html.ts";
import type { Asked, Context, Page, Redirect } from "../routes.ts";
import { actionPage, confirmed, runOf } from "./action-form.ts";

/** What pbp resume does. */
export async function resumeForm(context: Context, { params: { execution = "" } }: Asked): Promise<Page> {
  await context.installation.describe(execution);
  return actionPage(context, {
    title: "Resume",
    say: html`Continues ${execution} where it stopped. What is finished is kept: states that ended are not run again, and training continues from its last checkpoint.`,
    action: "/actions/resume",
    about: { execution },
    reason: null,
    confirm: "The cause of its end is gone, or was no fault of the run.",
    submit: "Resume",
    command: `pbp resume ${execution}`,
    back: `/runs/${execution}`,
  });
}

export async function resume(
  { installation, background }: Context,
  form: URLSearchParams,
): Promise<Redirect> {
  confirmed(form, { needsReason: false });
  const { name } = await runOf(installation, form);
  await background.begin((watching) => installation.resume(name, watching, false));
  return { to: `/runs/${name}?done=resume` };
}

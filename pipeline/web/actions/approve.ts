import { html } from "../../../tasks/report/html.ts";
import type { Asked, Context, Page, Redirect } from "../routes.ts";
import { actionPage, confirmed, runOf } from "./action-form.ts";

/** What pbp approve does. */
export async function approveForm(context: Context, { params: { execution = "" } }: Asked): Promise<Page> {
  await context.installation.describe(execution);
  return actionPage(context, {
    title: "Approve",
    say: html`Puts the model of ${execution} in use, which the gate would promote. It is refused if another model came into use since.`,
    action: "/actions/approve",
    about: { execution },
    reason: { required: true },
    confirm: "The billing app gets this model from now on.",
    submit: "Approve",
    isGrave: true,
    command: `pbp approve ${execution}{ --reason reason}`,
    back: `/runs/${execution}`,
  });
}

export async function approve({ installation }: Context, form: URLSearchParams): Promise<Redirect> {
  const { reason } = confirmed(form, { needsReason: true });
  const { name } = await runOf(installation, form);
  await installation.approve({ execution: name, reason });
  return { to: `/runs/${name}?done=approve` };
}

/** What pbp decline does. */
export async function declineForm(context: Context, { params: { execution = "" } }: Asked): Promise<Page> {
  await context.installation.describe(execution);
  return actionPage(context, {
    title: "Decline",
    say: html`Closes ${execution}, which waits for approval. Its model never comes into use; the one in use stays.`,
    action: "/actions/decline",
    about: { execution },
    reason: { required: true },
    confirm: "This model is not wanted.",
    submit: "Decline",
    command: `pbp decline ${execution}{ --reason reason}`,
    back: `/runs/${execution}`,
  });
}

export async function decline({ installation }: Context, form: URLSearchParams): Promise<Redirect> {
  const { reason } = confirmed(form, { needsReason: true });
  const { name } = await runOf(installation, form);
  await installation.decline({ execution: name, reason });
  return { to: `/runs/${name}?done=decline` };
}

import { html } from "../../../tasks/report/html.ts";
import type { Asked, Context, Page, Redirect } from "../routes.ts";
import { actionPage, confirmed, runOf } from "./action-form.ts";

/** What pbp promote --force does. */
export async function promoteForm(context: Context, { params: { execution = "" } }: Asked): Promise<Page> {
  await context.installation.describe(execution);
  return actionPage(context, {
    title: "Promote by force",
    say: html`Puts the model of ${execution} in use although the gate did not promote it. Everything but the verdict still holds: it must have been evaluated, and every file is verified. The history says who overruled which verdict, and why.`,
    action: "/actions/promote",
    about: { execution },
    reason: { required: true },
    confirm: "Overrule the gate: the billing app gets this model from now on.",
    submit: "Promote by force",
    isGrave: true,
    command: `pbp promote ${execution} --force{ --reason reason}`,
    back: `/runs/${execution}`,
  });
}

export async function promote({ installation }: Context, form: URLSearchParams): Promise<Redirect> {
  const { reason } = confirmed(form, { needsReason: true });
  const { name } = await runOf(installation, form);
  await installation.forcePromotion({ execution: name, reason });
  return { to: `/runs/${name}?done=promote` };
}

import { html } from "../../../tasks/report/html.ts";
import { InstallationError } from "../../installation.ts";
import type { Asked, Context, Page, Redirect } from "../routes.ts";
import { actionPage, confirmed, runOf } from "./action-form.ts";

/** What pbp stop does. */
export async function stopForm(context: Context, { params: { execution = "" } }: Asked): Promise<Page> {
  await context.installation.describe(execution);
  return actionPage(context, {
    title: "Stop",
    say: html`Stops ${execution}, whoever runs it. Its jobs get time to save a checkpoint; it can be resumed later.`,
    action: "/actions/stop",
    about: { execution },
    reason: null,
    confirm: "Stop the run and its jobs.",
    submit: "Stop",
    isGrave: true,
    command: `pbp stop ${execution}`,
    back: `/runs/${execution}`,
  });
}

export async function stop({ installation, background }: Context, form: URLSearchParams): Promise<Redirect> {
  confirmed(form, { needsReason: false });
  const { name, status, isOwned } = await runOf(installation, form);
  if (status !== "RUNNING" || !isOwned)
    throw new InstallationError("ExecutionNotRunning", `${name} is not running.`);
  // Jobs have minutes to save what they can; the run's page shows when it has ended.
  background.leave(installation.stop(name));
  return { to: `/runs/${name}?done=stop` };
}

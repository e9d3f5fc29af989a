import type { ExecutionInput } from "../../../schemas/types.ts";
import { html } from "../../../tasks/report/html.ts";
import { withDefaults } from "../../complete-input.ts";
import { rerunName } from "../../execution-names.ts";
import { settingsIn } from "../../results/settings.ts";
import type { Asked, Context, Page, Redirect } from "../routes.ts";
import { actionPage, confirmed, runOf } from "./action-form.ts";

/** What pbp rerun does. */
export async function rerunForm(context: Context, { params: { execution = "" } }: Asked): Promise<Page> {
  const description = await context.installation.describe(execution);
  const epochs = settingsIn(description)?.epochs;
  return actionPage(context, {
    title: "Run again",
    say: html`A new run of the export of ${execution}, with its settings and the number of epochs that you give.`,
    action: "/actions/rerun",
    about: { execution },
    fields: html`<label>Epochs<input name="epochs" type="number" min="1" max="100" value="${epochs}" aria-describedby="epochs-hint"></label>
<p class="hint" id="epochs-hint">Passes over the training rows. ${epochs !== undefined && `The run had ${epochs}.`}</p>`,
    reason: { required: false },
    confirm: "Start the run.",
    submit: "Run again",
    command: `pbp rerun ${execution}{ --epochs epochs}{ --reason reason}`,
    back: `/runs/${execution}`,
  });
}

export async function rerun({ installation, background }: Context, form: URLSearchParams): Promise<Redirect> {
  const { reason } = confirmed(form, { needsReason: false });
  const { name: earlier, input: before } = await runOf(installation, form);
  // Its reason was the earlier run's; this one has its own, or none.
  const { reason: _, ...settings } = before as ExecutionInput;
  const epochs = form.get("epochs")?.trim();
  const input = {
    ...settings,
    ...(epochs && { epochs: Number(epochs) }),
    ...(reason && { reason }),
  };
  // Throws what ValidateInput would refuse, before anything begins.
  withDefaults(input);
  const name = rerunName(earlier);
  await background.begin((watching) => installation.start(name, input, watching));
  return { to: `/runs/${name}?done=rerun` };
}

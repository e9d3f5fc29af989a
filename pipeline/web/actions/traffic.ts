import { isModelName, optionOf } from "../../../schemas/models/registered-models.ts";
import { html } from "../../../tasks/report/html.ts";
import { InstallationError } from "../../installation.ts";
import { type Asked, type Context, NotFound, type Page, type Redirect } from "../routes.ts";
import { actionPage, confirmed, fieldOf } from "./action-form.ts";
import { generationOf } from "./rollback.ts";

/** What pbp traffic set does. */
export async function trafficForm(
  context: Context,
  { params: { model = "", generation = "" } }: Asked,
): Promise<Page> {
  const { version } = await generationOf(context, model, generation);
  return actionPage(context, {
    title: `Share traffic with generation ${generation}`,
    say: html`Lets ${version} answer a share of the callers of ${model}, beside the generation in use. Its bundle is verified first. Any promotion or rollback ends it.`,
    action: "/actions/traffic",
    about: { model, generation },
    fields: html`<label>Share of the callers in percent<input name="weight" type="number" min="0.01" max="100" step="0.01" value="10" required aria-describedby="weight-hint"></label>
<p class="hint" id="weight-hint">A caller stays with one of the two. A larger share keeps those who had the smaller one.</p>
<label class="check"><input type="checkbox" name="shadow" value="yes"><span>Only in the shadow: both answer, callers get the one in use, and differences are counted.</span></label>`,
    reason: { required: true },
    confirm: "The service asks this generation, too, from now on.",
    submit: "Share the traffic",
    isGrave: true,
    command: `pbp traffic set --generation ${generation}{ --weight weight}{ --reason reason}${optionOf(model)}`,
    back: `/models/${model}/${generation}`,
  });
}

export async function setTraffic(context: Context, form: URLSearchParams): Promise<Redirect> {
  const { reason } = confirmed(form, { needsReason: true });
  const model = fieldOf(form, "model");
  const { generation } = await generationOf(context, model, fieldOf(form, "generation"));
  const weight = Number(fieldOf(form, "weight"));
  if (!(weight >= 0.01 && weight <= 100))
    throw new InstallationError("NoSuchWeight", "Nothing was done: the share is from 0.01 to 100 percent.");
  const arm = { generation, weight, shadow: form.get("shadow") === "yes" };
  await context.installation.setTraffic({ model, arm, reason });
  return { to: `/models/${model}/traffic?done=traffic` };
}

/** What pbp traffic stop does. */
export async function stopTrafficForm(context: Context, { params: { model = "" } }: Asked): Promise<Page> {
  if (!isModelName(model)) throw new NotFound("There is no registered model of that name.");
  return actionPage(context, {
    title: "Stop the traffic",
    say: html`The generation in use of ${model} answers all callers again.`,
    action: "/actions/stop-traffic",
    about: { model },
    reason: { required: true },
    confirm: "Let the generation in use answer alone.",
    submit: "Stop it",
    isGrave: true,
    command: `pbp traffic stop{ --reason reason}${optionOf(model)}`,
    back: `/models/${model}/traffic`,
  });
}

export async function stopTraffic({ installation }: Context, form: URLSearchParams): Promise<Redirect> {
  const { reason } = confirmed(form, { needsReason: true });
  const model = fieldOf(form, "model");
  await installation.setTraffic({ model, arm: null, reason });
  return { to: `/models/${model}/traffic?done=stop-traffic` };
}

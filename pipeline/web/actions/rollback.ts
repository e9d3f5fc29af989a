import { isModelName, optionOf } from "../../../schemas/models/registered-models.ts";
import { html } from "../../../tasks/report/html.ts";
import { type Asked, type Context, NotFound, type Page, type Redirect } from "../routes.ts";
import { actionPage, confirmed, fieldOf } from "./action-form.ts";

/** What pbp rollback does. */
export async function rollbackForm(
  context: Context,
  { params: { model = "", generation = "" } }: Asked,
): Promise<Page> {
  const { version } = await generationOf(context, model, generation);
  return actionPage(context, {
    title: `Roll back to generation ${generation}`,
    say: html`Puts ${version} in use again for ${model}, as a new generation. Its bundle is verified first; nothing is copied.`,
    action: "/actions/rollback",
    about: { model, generation },
    reason: { required: true },
    confirm: "The billing app gets this earlier model from now on.",
    submit: "Roll back",
    isGrave: true,
    command: `pbp rollback --to ${generation}{ --reason reason}${optionOf(model)}`,
    back: `/models/${model}/${generation}`,
  });
}

export async function rollback(context: Context, form: URLSearchParams): Promise<Redirect> {
  const { reason } = confirmed(form, { needsReason: true });
  const model = fieldOf(form, "model");
  const { generation } = await generationOf(context, model, fieldOf(form, "generation"));
  await context.installation.rollback({ model, to: generation, reason });
  return { to: `/models/${model}?done=rollback` };
}

/** An entry of a model's log. Throws {@link NotFound}. */
export async function generationOf({ installation }: Context, model: string, generation: string) {
  const { generations } = isModelName(model) ? await installation.history(model) : { generations: [] };
  const found = generations.find((one) => String(one.generation) === generation);
  if (!found) throw new NotFound(`There is no such generation. See the models.`);
  return found;
}

// Registered models: each has a champion, a generation log and versions of its own. The default one lies right in models/
// and champions/, where it always was; every other one has the same tree below registered/<name>/.
import common from "../common.schema.json" with { type: "json" };
import executionInput from "../execution/execution-input.schema.json" with { type: "json" };
import { NamedError } from "../tables/errors.ts";

/** The model of executions that name none, and of all that earlier versions have written. */
export const defaultModel: string = executionInput.properties.model.default;

const { pattern, maxLength } = common.$defs.modelName;
const shape = new RegExp(pattern, "u");

/** What a registered model's name must be, in words. */
export const modelNameExpectation = `a name of at most ${maxLength} lower-case letters, digits and hyphens, other than "registered"`;

/** Of any text a name that a registered model may have. */
export function nameFrom(text: string): string {
  const letters = text.toLowerCase().replace(/[^a-z0-9]+/g, "-");
  const name = letters.slice(0, maxLength).replace(/^-+|-+$/g, "");
  return isModelName(name) ? name : "new-model";
}

export const isModelName = (name: string) => name.length <= maxLength && shape.test(name);

/**
 * Where a model lies below models/ and champions/: nothing for the default one, else `registered/<name>/`.
 *
 * Every path and key of a model is made of this. Throws InvalidInput for what could lead elsewhere, whoever let it in.
 */
export function placeOf(model: string): string {
  if (!isModelName(model))
    throw new NamedError("InvalidInput", `A registered model has ${modelNameExpectation}.`);
  return model === defaultModel ? "" : `registered/${model}/`;
}

/** The model of a run, or of its settings; those of earlier versions name none. */
export const modelOf = ({ model = defaultModel }: { model?: string }): string => model;

/** The registered model that an execution's input asks for; the default one also for an input of no use. */
export function modelAskedFor(input: unknown): string {
  const { model } = (input ?? {}) as { model?: unknown };
  return typeof model === "string" && isModelName(model) ? model : defaultModel;
}

/** What a `pbp` command needs behind it for this model: ` --model specialty`; nothing for the default one. */
export const optionOf = (model: string) => (model === defaultModel ? "" : ` --model ${model}`);

/** ` of specialty` behind `generation 3`, whose numbers count within one model; nothing for the default one. */
export const ofModel = (model: string) => (model === defaultModel ? "" : ` of ${model}`);

/** A sentence about a name that no model has, which names those that there are. */
export function noSuchModel(model: string, known: readonly string[]): string {
  return `There is no registered model ${model}. Known are: ${known.join(", ")}. A model is registered by its first promotion.`;
}

import {
  defaultModel,
  isModelName,
  modelNameExpectation,
  noSuchModel,
} from "../../schemas/models/registered-models.ts";
import { type Installation, InstallationError } from "../installation.ts";
import { type Call, type Option, UsageError } from "./command.ts";
import { didYouMean } from "./nearest.ts";
import { note } from "./output/output.ts";

/** --model of commands about a model; `what` completes "registered model ". */
export const modelOption = (what: string): Readonly<Record<string, Option>> => ({
  model: { value: "NAME", help: `registered model ${what}` },
});

/** The model that a command line names; undefined where it names none. Throws {@link UsageError} for what no name can be. */
export function askedModel({ model }: Call["options"]): string | undefined {
  if (model !== undefined && !isModelName(model))
    throw new UsageError(`--model takes ${modelNameExpectation}.`);
  return model;
}

/** Throws NoSuchModel, with the names that there are, unless `model` is one of them. */
export function requireKnown(model: string, models: readonly string[]): void {
  if (models.includes(model)) return;
  throw new InstallationError(
    "NoSuchModel",
    noSuchModel(model, models) + didYouMean(model, models, "--model "),
  );
}

/** The same, asking the installation; the default model is always there. */
export async function requireModel(installation: Installation, model: string | undefined): Promise<void> {
  if (model === undefined || model === defaultModel) return;
  requireKnown(model, (await installation.history(model)).models);
}

/** Says of a run's model when it is a new one: a name that was mistyped would be promoted where nobody looks for it. */
export async function tellIfNew(installation: Installation, model: string | undefined): Promise<void> {
  if (model === undefined || model === defaultModel) return;
  const { models } = await installation.history(model);
  if (models.includes(model)) return;
  note(
    `${model} is a new registered model: there is no champion to beat. Known are: ${models.join(", ")}.${didYouMean(model, models, "--model ")}`,
  );
}

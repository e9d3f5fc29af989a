import { join } from "node:path";
import { defaultModel, isModelName, noSuchModel } from "../../schemas/models/registered-models.ts";
import { NamedError } from "../../schemas/tables/errors.ts";
import { readdirOrNone } from "../store/folders.ts";
import { layout } from "./layout.ts";

/** The registered models: the default one, and every name that has a generation. Sorted, the default one first. */
export async function registeredModels(modelsFolder: string): Promise<string[]> {
  const named = (await readdirOrNone(join(modelsFolder, "registered"))).filter(isModelName).sort();
  // A first promotion that failed leaves empty folders.
  const generations = await Promise.all(
    named.map((name) => readdirOrNone(layout(modelsFolder, name).history)),
  );
  return [defaultModel, ...named.filter((_, index) => generations[index]!.length > 0)];
}

/** The refusal of what needs a generation where there is none. @param why `there is nothing to roll back to` */
export async function nothingPromoted(modelsFolder: string, model: string, why: string): Promise<NamedError> {
  return new NamedError(
    "InvalidInput",
    model === defaultModel
      ? `No model has been promoted yet: ${why}.`
      : noSuchModel(model, await registeredModels(modelsFolder)),
  );
}

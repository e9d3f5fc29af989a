import { join } from "node:path";
import { defaultModel, isModelName } from "../../schemas/models/registered-models.ts";
import { namesIn } from "./durable.ts";
import { layout } from "./layout.ts";

/** The registered models: the default one, and every name that has a generation. Sorted, the default one first. */
export async function registeredModels(modelsFolder: string): Promise<string[]> {
  const named = (await namesIn(join(modelsFolder, "registered"))).filter(isModelName).sort();
  // A first promotion that failed leaves empty folders.
  const generations = await Promise.all(named.map((name) => namesIn(layout(modelsFolder, name).history)));
  return [defaultModel, ...named.filter((_, index) => generations[index]!.length > 0)];
}

import { defaultModel } from "../../schemas/models/registered-models.ts";
import { NamedError } from "../../schemas/tables/errors.ts";
import { kindOf } from "../../schemas/tables/kinds.ts";
import type { Champion, Kind } from "../../schemas/types.ts";

const remedy = "Train it under another name (--model <name>, or a copy in incoming/<name>/).";

/**
 * A registered model is of one kind from its first generation on: its readers know one way to ask it. The default one,
 * which the billing app reads, is of keyphrases from before that. Throws KindMismatch.
 */
export function requireKind(model: string, champion: Champion | null, challenger: Kind): void {
  if (champion && kindOf(champion) !== challenger)
    throw new NamedError(
      "KindMismatch",
      `The export is of kind ${challenger}, but the model in use as ${model} is of kind ${kindOf(champion)}. ${remedy}`,
    );
  const own = kindOf({});
  if (!champion && model === defaultModel && challenger !== own)
    throw new NamedError(
      "KindMismatch",
      `The export is of kind ${challenger}, but the model ${model}, which is meant where no name is given, is of kind ${own}. ${remedy}`,
    );
}

import { NamedError } from "../../schemas/errors.ts";
import type { Kind } from "../../schemas/types.ts";

/** A registered model is of one kind from its first generation on: its readers know one way to ask it. Throws KindMismatch. */
export function requireKind(model: string, champion: Kind, challenger: Kind): void {
  if (champion !== challenger)
    throw new NamedError(
      "KindMismatch",
      `The export is of kind ${challenger}, but the model in use as ${model} is of kind ${champion}. Train it under another name: pbp run <export> --model NAME, or copy it to incoming/NAME/.`,
    );
}

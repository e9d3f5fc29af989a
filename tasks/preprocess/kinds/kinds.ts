import type { Kind } from "../../../schemas/types.ts";
import { classesReader } from "./classes/classes.ts";
import { readKeyphrases } from "./keyphrases/keyphrases.ts";
import type { ReadKind } from "./kind.ts";

/** How Preprocess reads an export of each kind. */
export const readKind: Record<Kind, ReadKind> = {
  keyphrases: readKeyphrases,
  "single-label": classesReader(true),
  "multi-label": classesReader(false),
};

import type { Kind } from "../../../schemas/types.ts";
import { readKeyphrases } from "./keyphrases/keyphrases.ts";
import type { ReadKind } from "./kind.ts";

/** The kinds that an export may be of. */
export const readKind: Partial<Record<Kind, ReadKind>> = { keyphrases: readKeyphrases };

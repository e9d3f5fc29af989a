import type { Kind } from "../../../schemas/types.ts";
import { classesReader } from "./classes/classes.ts";
import { classesExaminer } from "./classes/examiner.ts";
import { examineKeyphrases } from "./keyphrases/examiner.ts";
import { readKeyphrases } from "./keyphrases/keyphrases.ts";
import type { ExamineKind, ReadKind } from "./kind.ts";

/** How Preprocess reads an export of each kind. */
export const readKind: Record<Kind, ReadKind> = {
  keyphrases: readKeyphrases,
  "single-label": classesReader(true),
  "multi-label": classesReader(false),
};

/** How it looks at each record of one. */
export const examinerOf: Record<Kind, ExamineKind> = {
  keyphrases: examineKeyphrases,
  "single-label": classesExaminer(true),
  "multi-label": classesExaminer(false),
};

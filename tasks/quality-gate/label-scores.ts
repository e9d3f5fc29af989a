import type { ModelScores } from "../../schemas/types.ts";

type LabelScores = ModelScores["perLabel"][string];

const none: LabelScores = { precision: 0, recall: 0, f1: 0, support: 0 };

/** Nothing for a label that the evaluation does not have. A label may be called "constructor". */
export function labelScores({ perLabel }: Pick<ModelScores, "perLabel">, label: string): LabelScores {
  return (Object.hasOwn(perLabel, label) && perLabel[label]) || none;
}

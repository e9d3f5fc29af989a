import { hasMacroF1, kindOf } from "../../schemas/tables/kinds.ts";
import type { PromotionRecord, Verdict } from "../../schemas/types.ts";

export type Judged = NonNullable<PromotionRecord["verdict"]>;

/** What the generation log keeps of a verdict: the scores that its kind is judged by. */
export function judged(verdict: Verdict, key: string): Judged {
  const { accuracy, f1, macroF1 } = verdict.metrics.challenger;
  const hasMacro = hasMacroF1(kindOf(verdict));
  return { key, accuracy, f1, ...(hasMacro && { macroF1 }) };
}

import { oneLine } from "../../schemas/printable.ts";

const longestRefusal = 700;

/** What SageMaker refused, in its words: they repeat names and settings, and nothing else was sent. null: another error. */
export function refusalOf(error: unknown): string | null {
  if (!(error instanceof Error && "$fault" in error && error.$fault === "client")) return null;
  return `SageMaker says ${error.name}: ${oneLine(error.message)}`.slice(0, longestRefusal);
}

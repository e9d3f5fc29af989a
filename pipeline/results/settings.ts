import { type Settings, settingsOf } from "../../schemas/execution/settings.ts";
import { NamedError } from "../../schemas/tables/errors.ts";
import type { Dataset, ExecutionInput } from "../../schemas/types.ts";
import { withDefaults } from "../complete-input.ts";
import type { ExecutionDescription } from "../execution.ts";

/** As ValidateInput resolved them, or as the input asks for them; null for an input that it refuses. */
export function settingsIn(
  { input, run }: Pick<ExecutionDescription, "input"> & { run?: ExecutionDescription["run"] },
  dataset: Pick<Dataset, "exportSha256"> | null = null,
): Settings | null {
  const asked = input as ExecutionInput;
  try {
    return settingsOf(run ?? withDefaults(asked), dataset?.exportSha256 ?? null, asked);
  } catch (error) {
    if (error instanceof NamedError) return null;
    throw error;
  }
}

export function reasonIn(input: unknown): string {
  const { reason } = (input ?? {}) as { reason?: unknown };
  return typeof reason === "string" ? reason : "";
}

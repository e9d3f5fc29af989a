import { defaultModel } from "../../schemas/registered-models.ts";
import type { Deployment } from "../../schemas/types.ts";

/** How often each registered model should succeed; of a model that is not named nothing is expected. */
export function expectedDays({ expectedEveryDays: days }: Deployment): Record<string, number> {
  // A number alone is of the default one.
  return typeof days === "number" ? { [defaultModel]: days } : (days ?? {});
}

import { NamedError } from "../../schemas/tables/errors.ts";
import type { Run } from "../../schemas/types.ts";

/**
 * Four eyes: whoever started a run does not put its model in use. A run that an export started by itself was started by
 * nobody, and one person is the second look.
 *
 * Throws InvalidInput.
 */
export function requireSomeoneElse(
  { execution, approval, startedBy }: Run,
  by: string | null | undefined,
): void {
  if (approval !== "four-eyes") return;
  if (!by)
    throw new NamedError(
      "InvalidInput",
      `Here another person than the one who started ${execution} must approve (approval: four-eyes), and the request does not say who asks. Use this version's pbp.`,
    );
  if (by === startedBy)
    throw new NamedError(
      "InvalidInput",
      `You started ${execution}, and here another person must approve (approval: four-eyes). Ask a colleague.`,
    );
}

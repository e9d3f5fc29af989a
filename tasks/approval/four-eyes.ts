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
  if (!startedBy || !maybeSame(startedBy, by)) return;
  throw new NamedError(
    "InvalidInput",
    by === startedBy
      ? `You started ${execution}, and here another person must approve (approval: four-eyes). Ask a colleague.`
      : `${execution} was started by ${startedBy}, who may be you: names of sessions do not tell people apart, and here another person must approve (approval: four-eyes). Ask a colleague with another role or user, or with one of IAM Identity Center.`,
  );
}

/**
 * The ARN of an assumed role ends with a session's name, which most tools make anew each time: it tells people apart only
 * where IAM Identity Center writes it, which is the user's name. Its roles begin with AWSReservedSSO_.
 */
function maybeSame(one: string, other: string): boolean {
  const [first, second] = [sessionOf(one), sessionOf(other)];
  if (!first || !second) return one === other;
  if (first.session === second.session) return true;
  return first.role === second.role && !first.role.includes("/AWSReservedSSO_");
}

/** Of arn:aws:sts::123456789012:assumed-role/Operators/session; null for what is none: a user, or user@host. */
function sessionOf(person: string): { role: string; session: string } | null {
  const [, role, session] = /^(arn:[^:]+:sts::\d+:assumed-role\/[^/]+)\/([^/]+)$/.exec(person) ?? [];
  return role !== undefined && session !== undefined ? { role, session } : null;
}

import { type Check, unknown } from "../../check.ts";
import { refusalOf } from "../refusal.ts";

/**
 * Asks AWS for something. What it does not tell (no permission, no connection, an API that is not there) is a check that
 * says so, never a crash: the other checks still help.
 *
 * @param permission What the question needs.
 */
export async function asked(
  name: string,
  permission: string,
  ask: () => Promise<Check | Check[]>,
): Promise<Check[]> {
  try {
    return [await ask()].flat();
  } catch (thrown) {
    const error = refusalOf(thrown);
    // A mistake of ours is not an answer of AWS.
    if (!(error instanceof Error) || error === thrown) throw thrown;
    const { name: kind, message } = error;
    if (!denials.test(kind)) return [unknown(name, `AWS does not tell: ${kind}.`, firstSentence(message))];
    const missing = /not authorized to perform: ([a-z0-9-]+:\w+)/.exec(message)?.[1] ?? permission;
    return [
      unknown(name, `The permission ${missing} is missing.`, "Ask for it, or take another AWS_PROFILE."),
    ];
  }
}

// Each service has its own word for it; see refusal.ts for the first.
const denials = /^(AccessDenied|UnauthorizedOperation|AuthorizationError)/;

/** What AWS says, unless it is only a name once more. */
function firstSentence(text: string): string {
  const [first = ""] = text.split("\n");
  return first.includes(" ") ? first.slice(0, 200) : "Ask again later, or look in the console.";
}

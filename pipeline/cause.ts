/**
 * The sentence in an error's cause. AWS puts JSON there: a Lambda function's {errorType, errorMessage}, or the
 * description of a job with its FailureReason.
 */
export function causeMessage(cause: string | null | undefined): string {
  if (!cause) return "no cause was given";
  try {
    const value: unknown = JSON.parse(cause);
    if (typeof value === "object" && value !== null) {
      const { errorMessage, FailureReason, ExitMessage } = value as Record<string, unknown>;
      for (const text of [errorMessage, FailureReason, ExitMessage])
        if (typeof text === "string" && text !== "") return text;
    }
  } catch {
    // a plain sentence
  }
  return cause.length > 400 ? `${cause.slice(0, 400)}…` : cause;
}

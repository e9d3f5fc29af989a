// Errors of InvokeEndpoint, by name. SageMaker Runtime API Reference, InvokeEndpoint, Errors:
// https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html
import { Refusal } from "../function-url/answer.ts";

const again = { "retry-after": "1" };

/** An error of the endpoint in our words, since its own may quote a body; any other as it is. */
export function refusalOf(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  switch (error.name) {
    case "ModelError":
      return ofService(error as Error & { OriginalStatusCode?: number; OriginalMessage?: string });
    case "ValidationError":
    case "ValidationException":
      return new Refusal(
        404,
        "NoEndpoint",
        "No endpoint of this model is in service. See pbp doctor --cloud.",
      );
    case "ThrottlingException":
      return new Refusal(
        429,
        "Busy",
        "More requests than the endpoint may take. Try again later.",
        {},
        again,
      );
    case "ModelNotReadyException":
    case "ServiceUnavailable":
      return new Refusal(503, "NotReady", "The endpoint is not ready. Try again later.", {}, again);
    case "AbortError":
    case "TimeoutError":
      return new Refusal(504, "TooLate", "There was no answer in time. Send fewer notes at once.");
    default:
      return error;
  }
}

/** What the service refused passes with its status; of anything else than its own problems, the status alone. */
function ofService({
  OriginalStatusCode: status = 0,
  OriginalMessage = "",
}: {
  OriginalStatusCode?: number;
  OriginalMessage?: string;
}): Refusal {
  const { title, detail, ...problem } = problemIn(OriginalMessage);
  // SageMaker strips the service's headers.
  const more: Record<string, string> = status === 429 || status === 503 ? again : {};
  if (title !== undefined && detail !== undefined) return new Refusal(status, title, detail, problem, more);
  return status >= 400 && status < 600
    ? new Refusal(status, "Failed", "The endpoint failed. Its log says where.", {}, more)
    : new Refusal(504, "TooLate", "There was no answer in time. Send fewer notes at once.");
}

type Problem = { type?: string; title?: string; detail?: string; pointer?: string };

function problemIn(message: string): Problem {
  try {
    const { type, title, detail, pointer } = JSON.parse(message) as Problem;
    if (!type?.startsWith("urn:pbp:problem:")) return {};
    return { type, title, detail, ...(pointer !== undefined && { pointer }) };
  } catch {
    return {};
  }
}

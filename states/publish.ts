import type { Retrier, TaskState } from "./asl.ts";
import { limit } from "./limits.ts";
import { invoke, lambdaRetriers, toldAsFailed } from "./tasks.ts";

const retriers: readonly Retrier[] = [
  {
    // It takes up another version just now: SageMaker refuses a second update until the first has ended.
    ErrorEquals: ["EndpointBusy"],
    IntervalSeconds: limit("endpointRetryInterval"),
    MaxAttempts: limit("endpointRetryAttempts"),
    BackoffRate: limit("backoff"),
    MaxDelaySeconds: limit("endpointRetryDelay"),
  },
  ...lambdaRetriers,
];

const failed = toldAsFailed(["EndpointBusy", "PublicationFailed"], "publicationfailed", "endpoint");

/**
 * Lets the endpoint of a registered model take a generation up. The model is promoted by then, and what fails here changes
 * nothing of that: it is told in `$publication`.
 *
 * @param promoted What names the promotion, as expressions.
 */
export function publish(
  promoted: { model: string; generation: string; version: string },
  next: string,
): TaskState {
  return {
    Comment:
      "Lets the endpoint of the registered model take the generation up, if the deployment has endpoints. No promotion fails by it.",
    ...invoke("Publish", promoted),
    Retry: retriers,
    TimeoutSeconds: limit("longTaskTimeout"),
    Catch: [{ ErrorEquals: ["States.ALL"], Assign: { publication: failed }, Next: next }],
    Assign: { publication: "{% $states.result.Payload %}" },
    Output: "{% $states.result.Payload %}",
    Next: next,
  };
}

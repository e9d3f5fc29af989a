import type { Retrier, TaskState } from "./asl.ts";
import { limit } from "./limits.ts";
import { invoke, lambdaRetriers } from "./tasks.ts";

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

/**
 * $publication when Publish could not do it, as common.schema.json has it. In its own words; of an error of AWS's the name
 * alone, whose cause may quote what was sent.
 */
const failed = `{% (
  $isOurs := $states.errorOutput.Error in ['EndpointBusy', 'PublicationFailed'];
  $said := $isOurs and $substring($states.errorOutput.Cause, 0, 1) = '{' ? $parse($states.errorOutput.Cause) : {};
  $why := $exists($said.errorMessage) ? $substring($said.errorMessage, 0, 900) : 'See docs/runbook.md#publicationfailed.';
  { 'status': 'failed', 'endpoint': null, 'message': $states.errorOutput.Error & ': ' & $why }
) %}`;

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

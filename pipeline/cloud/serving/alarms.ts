import { Duration } from "aws-cdk-lib";
import { ComparisonOperator, Metric } from "aws-cdk-lib/aws-cloudwatch";
import { endpointAlarmId, endpointName, variantName } from "../../../schemas/installation/serving.ts";
import { defaultModel, ofModel } from "../../../schemas/models/registered-models.ts";
import type { Deployment } from "../../../schemas/types.ts";
import { expectedDays } from "../configuration.ts";
import type { Watch } from "../observability.ts";

// SageMaker counts by the minute. Three in a row: one slow minute rolls no update back.
const minute = Duration.minutes(1);
const minutes = 3;
// Of the requests. A client's errors are none of the model's.
const mostErrors = 0.05;
// A worker takes no more than 5 seconds of work into its queue (containers/serve/work_queue.py).
const mostSeconds = 5;

/** The models that the stack knows by name, as it makes an alarm for each: the others come and go without it. */
export function watchedModels(deployment: Deployment): string[] {
  if (deployment.serving.mode === "none") return [];
  return [...new Set([defaultModel, ...Object.keys(expectedDays(deployment))])];
}

export const endpointMetric = (
  { stackName }: Deployment,
  model: string,
  metricName: "Invocation5XXErrors" | "ModelLatency",
) =>
  new Metric({
    namespace: "AWS/SageMaker",
    metricName,
    // Without EndpointConfigName: of the old and the new instances together.
    dimensionsMap: { EndpointName: endpointName(stackName, model), VariantName: variantName },
    statistic: "Average",
    period: minute,
  });

/** What is wrong with an endpoint. On instances these roll a canary back, too. */
export function endpointWatches(deployment: Deployment): Watch[] {
  const all = { comparison: ComparisonOperator.GREATER_THAN_THRESHOLD, periods: minutes };
  return watchedModels(deployment).flatMap((model) => [
    {
      ...all,
      id: endpointAlarmId("Errors", model),
      heading: "Alarm: an endpoint answers with errors",
      description: `More than ${mostErrors * 100} % of the requests to the endpoint${ofModel(model)} failed for ${minutes} minutes.`,
      metric: endpointMetric(deployment, model, "Invocation5XXErrors"),
      threshold: mostErrors,
    },
    {
      ...all,
      id: endpointAlarmId("Latency", model),
      heading: "Alarm: an endpoint is slow",
      description: `An answer of the endpoint${ofModel(model)} took more than ${mostSeconds} s on average for ${minutes} minutes.`,
      metric: endpointMetric(deployment, model, "ModelLatency"),
      // In microseconds.
      threshold: mostSeconds * 1_000_000,
    },
  ]);
}

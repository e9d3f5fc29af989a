import type { DescribeEndpointOutput } from "@aws-sdk/client-sagemaker";
import { publishedAs } from "../../schemas/installation/serving.ts";

/** What is read of an endpoint. */
export type Endpoint = Pick<
  DescribeEndpointOutput,
  "EndpointStatus" | "EndpointConfigName" | "PendingDeploymentSummary" | "FailureReason"
>;

/**
 * What is to be done with an endpoint: nothing, as it has the config or takes it up; nothing, as it has a newer
 * generation; wait until it can be changed; delete it, since nothing else can be done with one that failed; or only a
 * person can help.
 */
export type Step = "create" | "update" | "done" | "superseded" | "wait" | "delete" | "look";

/** The config that it will have when it has ended what it does. */
export const takingUp = ({ PendingDeploymentSummary: pending, EndpointConfigName }: Endpoint) =>
  pending?.EndpointConfigName ?? EndpointConfigName;

/** @param found null: there is none of the name. */
export function nextStep(found: Endpoint | null, wanted: string, generation: number): Step {
  if (found === null) return "create";
  const { EndpointStatus: status } = found;
  if (status === "Failed") return "delete";
  if (status === "OutOfService" || status === "UpdateRollbackFailed") return "look";
  if (status === "Deleting") return "wait";
  const config = takingUp(found);
  if (config === wanted) return "done";
  // Generations only grow: whoever is later has the newer one, however the calls overtake each other.
  const its = config === undefined ? null : publishedAs(config);
  if (its && its.generation > generation) return "superseded";
  return status === "InService" ? "update" : "wait";
}

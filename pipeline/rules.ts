import { below } from "../schemas/bucket.ts";

/** EventBridge's pattern language, as far as the rules below need it: leaves are lists of what the field may be. */
export type EventPattern = { readonly [field: string]: EventPattern | readonly Match[] };
export type Match = string | { readonly prefix: string };

/** Which events start or announce something, in AWS and on one machine. */
export type Rule = { name: string; description: string; pattern: EventPattern };

/**
 * An export arrived: by any operation, so no filter on PutObject, CopyObject or CompleteMultipartUpload.
 *
 * Everything below incoming/ passes; tasks/start-execution/name.ts says which names are exports. One wildcard for each
 * of twelve suffixes made the rule too complex for EventBridge, which then refuses the whole stack.
 */
export function exportArrived(bucket: string): Rule {
  return {
    name: "export-arrived",
    description: "An export in incoming/ starts an execution.",
    pattern: {
      source: ["aws.s3"],
      "detail-type": ["Object Created"],
      detail: { bucket: { name: [bucket] }, object: { key: [{ prefix: below("incoming") }] } },
    },
  };
}

/** An execution ended without reaching its Notify state. */
export function executionFailed(stateMachineArn: string): Rule {
  return {
    name: "execution-failed",
    description: "An execution that failed, timed out or was aborted gets a receipt and is announced.",
    pattern: {
      source: ["aws.states"],
      "detail-type": ["Step Functions Execution Status Change"],
      detail: { stateMachineArn: [stateMachineArn], status: ["FAILED", "TIMED_OUT", "ABORTED"] },
    },
  };
}

/**
 * An endpoint could not be created, or an update of it failed and the version before answers on. The statuses are
 * written as no other API writes them. Source: SageMaker AI Developer Guide, "Events that Amazon SageMaker AI sends to
 * Amazon EventBridge".
 */
export function endpointFailed(endpoints: string): Rule {
  return {
    name: "endpoint-failed",
    description: "An endpoint that failed, or went back to the version before, is announced.",
    pattern: {
      source: ["aws.sagemaker"],
      "detail-type": ["SageMaker Endpoint State Change"],
      detail: {
        EndpointName: [{ prefix: endpoints }],
        EndpointStatus: ["FAILED", "ROLLING_BACK", "UPDATE_ROLLBACK_FAILED"],
      },
    },
  };
}

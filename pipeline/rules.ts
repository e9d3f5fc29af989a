/** EventBridge's pattern language, as far as the rules below need it: leaves are lists of what the field may be. */
export type EventPattern = { readonly [field: string]: EventPattern | readonly Match[] };
/** A wildcard is a string in which each * stands for any characters. */
export type Match = string | { readonly wildcard: string };

// As tasks/start-execution/name.ts reads them. EventBridge compares letter by letter, and some systems shout.
const exportSuffixes = ["json", "jsonl", "ndjson"]
  .flatMap((suffix) => [suffix, `${suffix}.gz`])
  .flatMap((suffix) => [suffix, suffix.toUpperCase()]);

/** Which events start or announce something, in AWS and on one machine alike. */
export type Rule = { name: string; description: string; pattern: EventPattern };

/** An export arrived: whatever put it there, so no filter on PutObject, CopyObject or CompleteMultipartUpload. */
export function exportArrived(bucket: string): Rule {
  return {
    name: "export-arrived",
    description: "An export in incoming/ starts an execution.",
    pattern: {
      source: ["aws.s3"],
      "detail-type": ["Object Created"],
      detail: {
        bucket: { name: [bucket] },
        object: { key: exportSuffixes.map((suffix) => ({ wildcard: `incoming/*.${suffix}` })) },
      },
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

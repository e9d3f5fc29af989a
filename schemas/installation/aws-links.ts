// Pages of the AWS console, as the stack, Notify and pbp link them.

/** The console of a region. Each partition has its own domain. */
export function consoleUrl(partition: string, region: string): string {
  const domain = partition === "aws-us-gov" ? "console.amazonaws-us-gov.com" : "console.aws.amazon.com";
  return `https://${region}.${domain}`;
}

export function executionLink(executionArn: string): string {
  const [partition, region] = placeOf(executionArn);
  return `${consoleUrl(partition, region)}/states/home?region=${region}#/v2/executions/details/${executionArn}`;
}

/** The log streams of a job, whose name follows. */
export function jobLogUrl(partition: string, region: string, kind: "Processing" | "Training"): string {
  // The console's own escaping: %2F once more, and = and ? of the fragment.
  const group = `$252Faws$252Fsagemaker$252F${kind}Jobs`;
  return `${consoleUrl(partition, region)}/cloudwatch/home?region=${region}#logsV2:log-groups/log-group/${group}$3FlogStreamNameFilter$3D`;
}

/** The log streams of a job of an execution; of one on one machine, the folder below its home. */
export function logLink(executionArn: string, kind: "Processing" | "Training", job: string): string {
  const [partition, region] = placeOf(executionArn);
  return (region === "local" ? localJobLogs : jobLogUrl(partition, region, kind)) + job;
}

/** There a job's log lies below the home, at jobs/<name>/log. */
export const localJobLogs = "jobs/";

/** `arn:aws:states:eu-west-1:…` → aws and eu-west-1. */
function placeOf(arn: string): [partition: string, region: string] {
  const [, partition = "", , region = ""] = arn.split(":");
  return [partition, region];
}

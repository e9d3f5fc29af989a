// Pages of the AWS console. Each partition has a domain of its own.

/** `arn:aws:states:eu-west-1:…` → eu-west-1 and its console. */
function consoleOf(arn: string): { region: string; url: string } {
  const [, partition = "", , region = ""] = arn.split(":");
  const domain =
    { "aws-cn": "console.amazonaws.cn", "aws-us-gov": "console.amazonaws-us-gov.com" }[partition] ??
    "console.aws.amazon.com";
  return { region, url: `https://${region}.${domain}` };
}

export function executionLink(executionArn: string): string {
  const { region, url } = consoleOf(executionArn);
  return `${url}/states/home?region=${region}#/v2/executions/details/${executionArn}`;
}

/** The log streams of a job. */
export function logLink(executionArn: string, kind: "Processing" | "Training", job: string): string {
  const { region, url } = consoleOf(executionArn);
  // The console's own escaping: %2F once more, and = and ? of the fragment.
  const group = `$252Faws$252Fsagemaker$252F${kind}Jobs`;
  return `${url}/cloudwatch/home?region=${region}#logsV2:log-groups/log-group/${group}$3FlogStreamNameFilter$3D${job}`;
}

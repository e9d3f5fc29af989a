import { consoleUrl, jobLogUrl } from "../console.ts";

/** `arn:aws:states:eu-west-1:…` → aws and eu-west-1. */
function placeOf(arn: string): [partition: string, region: string] {
  const [, partition = "", , region = ""] = arn.split(":");
  return [partition, region];
}

export function executionLink(executionArn: string): string {
  const [partition, region] = placeOf(executionArn);
  return `${consoleUrl(partition, region)}/states/home?region=${region}#/v2/executions/details/${executionArn}`;
}

/** The log streams of a job. */
export function logLink(executionArn: string, kind: "Processing" | "Training", job: string): string {
  return jobLogUrl(...placeOf(executionArn), kind) + job;
}

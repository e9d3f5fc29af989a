import type { Retrier, Value } from "./asl.ts";
import { limit } from "./limits.ts";

/** Errors of Lambda itself, which a second call can get past; never an error that our code threw. */
const lambdaRetrier = {
  ErrorEquals: [
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
    "Lambda.ClientExecutionTimeoutException",
  ],
  IntervalSeconds: limit("lambdaRetryInterval"),
  MaxAttempts: limit("lambdaRetryAttempts"),
  BackoffRate: limit("backoff"),
  MaxDelaySeconds: limit("lambdaRetryDelay"),
} as const satisfies Retrier;

export const lambdaRetriers: readonly Retrier[] = [{ ...lambdaRetrier, JitterStrategy: "FULL" }];

/** As patient as with Lambda: for the state that reads from the bucket what a job or task has answered. */
export const s3Retriers: readonly Retrier[] = [
  { ...lambdaRetrier, ErrorEquals: ["S3.S3Exception", "S3.SdkClientException"], JitterStrategy: "FULL" },
];

/** Errors of a service that had no quota or capacity left for a job or a task: a colleague's may end. */
export const capacityRetriers = (ErrorEquals: Retrier["ErrorEquals"]): readonly Retrier[] => [
  {
    ErrorEquals,
    IntervalSeconds: limit("jobRetryInterval"),
    MaxAttempts: limit("quotaRetryAttempts"),
    BackoffRate: limit("backoff"),
    MaxDelaySeconds: limit("jobRetryDelay"),
    JitterStrategy: "FULL",
  },
];

/**
 * For what changes the models folder: waits while another promotion runs, since Promote's function has a concurrency of
 * one and Lambda refuses a second call. Without jitter, which would draw each wait from between nothing and the whole,
 * so that no sum of waits could be counted on.
 */
export const promotionRetriers: readonly Retrier[] = [
  {
    ...lambdaRetrier,
    ErrorEquals: ["Lambda.TooManyRequestsException"],
    MaxAttempts: limit("promotionRetryAttempts"),
  },
  ...lambdaRetriers,
];

/** Invocation of a Lambda function; `Function` is the name of its substitution without `FunctionArn`. */
export function invoke(functionName: string, payload: Value) {
  return {
    Type: "Task",
    Resource: "arn:${Partition}:states:::lambda:invoke",
    Arguments: { FunctionName: `\${${functionName}FunctionArn}`, Payload: payload },
    Retry: lambdaRetriers,
  } as const;
}

/** A value with `{% … %}` parts as one JSONata expression, for where only a part of it depends on a condition. */
export function expression(value: Value): string {
  if (typeof value === "string") return /^\{% (.*) %\}$/.exec(value)?.[1] ?? JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(expression).join(", ")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  return `{ ${Object.entries(value)
    .map(([name, part]) => `${JSON.stringify(name)}: ${expression(part)}`)
    .join(", ")} }`;
}

/**
 * What a step says that may not fail a promotion, when it failed: our own words; of an error of AWS's the name alone, whose
 * cause may quote what was sent.
 *
 * @param ours Names of errors whose message is ours. @param heading Of docs/runbook.md.
 * @param nothing What it would have made.
 */
export const toldAsFailed = (ours: readonly string[], heading: string, nothing: string) => `{% (
  $isOurs := $states.errorOutput.Error in [${ours.map((name) => `'${name}'`).join(", ")}];
  $said := $isOurs and $substring($states.errorOutput.Cause, 0, 1) = '{' ? $parse($states.errorOutput.Cause) : {};
  $why := $exists($said.errorMessage) ? $substring($said.errorMessage, 0, 900) : 'See docs/runbook.md#${heading}.';
  { 'status': 'failed', '${nothing}': null, 'message': $states.errorOutput.Error & ': ' & $why }
) %}`;

import type { Retrier, Value } from "./asl.ts";
import { limit } from "./limits.ts";

/** Retries what a second call can mend: Lambda's own trouble, never an error that our code threw. */
export const lambdaRetriers: readonly Retrier[] = [
  {
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
    JitterStrategy: "FULL",
  },
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

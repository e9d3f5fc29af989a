import type { Retrier } from "../asl.ts";
import { limit } from "../limits.ts";

/** For the state that reads what a host has answered. */
export const s3Retriers: readonly Retrier[] = [
  {
    ErrorEquals: ["S3.S3Exception", "S3.SdkClientException"],
    IntervalSeconds: limit("lambdaRetryInterval"),
    MaxAttempts: limit("lambdaRetryAttempts"),
    BackoffRate: limit("backoff"),
    MaxDelaySeconds: limit("lambdaRetryDelay"),
    JitterStrategy: "FULL",
  },
];

// What an execution's jobs took and cost at list prices. Never a guess: an instance type without a price, or a job
// without clock readings, leaves the sum open and says so.
import type { Job } from "../../schemas/execution/jobs.ts";
import type { RunReceipt } from "../../schemas/types.ts";
import prices from "./prices.json" with { type: "json" };

/** What states/jobs/sagemaker.ts hands on of Describe…Job. */
export type JobUsage = {
  state: Job;
  /** Of a training. */
  trial?: number;
  job: string;
  log: string;
  instanceType: string;
  instanceCount: number;
  /** Of an execution that did not succeed. */
  status?: JobReceipt["status"];
  startedAt?: Instant;
  endedAt?: Instant;
  billableSeconds?: number | null;
};

/** Milliseconds since 1970, as Step Functions hands on; seconds, as SageMaker's own API says; or RFC 3339. */
type Instant = number | string | null;

export type JobReceipt = NonNullable<RunReceipt["jobs"]>[number];

/**
 * One job's time and money.
 *
 * Billable seconds count once per instance. A training job tells them, managed spot's discount taken off already: its
 * savings are 1 - BillableTimeInSeconds / TrainingTimeInSeconds (DescribeTrainingJob in the SageMaker API Reference).
 * A processing job does not, and is billed from its start to its end.
 */
export function receiptOfJob(usage: JobUsage): JobReceipt {
  const { state, trial, job, log, instanceType, instanceCount, status } = usage;
  const seconds = secondsBetween(usage.startedAt, usage.endedAt);
  const billableSeconds = usage.billableSeconds ?? seconds;
  const price = priceOf(instanceType);
  return {
    state,
    ...(trial !== undefined && { trial }),
    job,
    log,
    instanceType,
    instanceCount,
    ...(status !== undefined && { status }),
    seconds,
    billableSeconds,
    usd:
      price === null || billableSeconds === null
        ? null
        : rounded((billableSeconds / 3600) * instanceCount * price),
  };
}

/** The sum over the jobs; null where no instance of SageMaker was rented, as on one machine. */
export function costOf(jobs: readonly JobReceipt[]): RunReceipt["cost"] {
  const rented = jobs.filter(({ instanceType }) => isRented(instanceType));
  if (rented.length === 0) return null;
  const types = new Set(rented.map(({ instanceType }) => instanceType));
  return {
    usd: rented.some(({ usd }) => usd === null)
      ? null
      : rounded(rented.reduce((sum, { usd }) => sum + (usd ?? 0), 0)),
    pricesAsOf: prices.asOf,
    region: prices.region,
    unpriced: [...types].filter((type) => priceOf(type) === null),
  };
}

const isRented = (instanceType: string) => instanceType.startsWith("ml.");

function priceOf(instanceType: string): number | null {
  const table: Readonly<Record<string, number>> = prices.usdPerHour;
  return Object.hasOwn(table, instanceType) ? table[instanceType]! : null;
}

// A hundredth of a cent: a second of the cheapest instance costs a third of that.
const rounded = (usd: number) => Math.round(usd * 10_000) / 10_000;

function secondsBetween(start: Instant | undefined, end: Instant | undefined): number | null {
  const milliseconds = millisecondsOf(end) - millisecondsOf(start);
  // Also false where a reading is missing.
  return milliseconds >= 0 ? Math.ceil(milliseconds / 1000) : null;
}

/** NaN for what is missing. */
function millisecondsOf(instant: Instant | undefined): number {
  if (typeof instant === "string") return Date.parse(instant);
  if (typeof instant !== "number") return Number.NaN;
  // As seconds this is the year 5138, as milliseconds 1973.
  return instant < 1e11 ? instant * 1000 : instant;
}

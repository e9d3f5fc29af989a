/** A number of the definition: the field it belongs in, and why it is what it is. */
export interface Limit {
  field:
    | "TimeoutSeconds"
    | "MaxRuntimeInSeconds"
    | "IntervalSeconds"
    | "MaxAttempts"
    | "BackoffRate"
    | "MaxDelaySeconds"
    | "InstanceCount"
    | "MaxWaitTimeInSeconds"
    | "VolumeSizeInGB"
    | "throttlesAllowed"
    | "in an expression";
  value: number;
  reason: string;
}

const minute = 60;
const hour = 60 * minute;

/** Every number in the definition. The lint refuses a number that is not here. */
export const limits = {
  smallTaskTimeout: {
    field: "TimeoutSeconds",
    value: 2 * minute,
    reason:
      "Twice what a small function may run (60 s), so that Lambda's own time-out, which says more, comes first.",
  },
  longTaskTimeout: {
    field: "TimeoutSeconds",
    value: 16 * minute,
    reason: "Lambda ends any function after 15 minutes; a minute more lets its own error arrive.",
  },
  jobRuntime: {
    field: "MaxRuntimeInSeconds",
    value: 12 * hour,
    reason:
      "What Train takes for 1.2 million notes on the slowest of its default instances (docs/costs.md); a hung job costs at most this.",
  },
  jobTimeout: {
    field: "TimeoutSeconds",
    value: 14 * hour,
    reason: "The job's own limit, plus two hours for waiting on an instance, the channels and the upload.",
  },
  spotRuntime: {
    field: "MaxRuntimeInSeconds",
    value: 2 * hour,
    reason:
      "Trains 100,000 notes three times over (docs/costs.md). A longer training goes on from its checkpoint on the next instance of the list.",
  },
  spotWait: {
    field: "MaxWaitTimeInSeconds",
    value: 2.5 * hour,
    reason:
      "Waiting and running together, and at least the run time (SageMaker API, StoppingCondition). A job that finds no spot capacity holds the execution this long, then takes the next instance.",
  },
  machineTimeout: {
    field: "TimeoutSeconds",
    value: 72 * hour,
    reason:
      "At worst a Train that spot starved, three job time-outs (one on demand, an Evaluate, and one more after a lost race), and the waits for quota between. Or thirty trials of two hours, one after another.",
  },
  modelsMachineTimeout: {
    field: "TimeoutSeconds",
    value: 170 * minute,
    reason:
      "Half an hour of waiting for other promotions, two minutes of other retries, one long task; an hour of waiting for the endpoint, with its retries and its long task; the registry's long task with its retries; and the announcement with its retries.",
  },
  announceTimeout: {
    field: "TimeoutSeconds",
    value: 30,
    reason: "One API call; SNS answers within a second or is down.",
  },
  lambdaRetryInterval: {
    field: "IntervalSeconds",
    value: 2,
    reason: "AWS advises to retry service errors after seconds: the next host is usually well.",
  },
  lambdaRetryAttempts: {
    field: "MaxAttempts",
    value: 6,
    reason: "2 + 4 + 8 + 16 + 32 + 60 s: two minutes outlast a deployment or a throttled burst.",
  },
  lambdaRetryDelay: {
    field: "MaxDelaySeconds",
    value: 60,
    reason: "Longer waits only hide an outage from the alarm.",
  },
  promotionRetryAttempts: {
    field: "MaxAttempts",
    value: 34,
    reason:
      "2 + 4 + 8 + 16 + 32 s, then 29 times 60 s: 30 minutes, in which two promotions end that take Lambda's whole 15.",
  },
  endpointRetryInterval: {
    field: "IntervalSeconds",
    value: 1 * minute,
    reason: "A serverless endpoint takes a version up within a few minutes.",
  },
  endpointRetryAttempts: {
    field: "MaxAttempts",
    value: 14,
    reason:
      "1 + 2 + 4 minutes, then 11 times 5: an hour, the longest that Publish lets an update with a canary take.",
  },
  endpointRetryDelay: {
    field: "MaxDelaySeconds",
    value: 5 * minute,
    reason: "A rollback should not wait much longer than the endpoint makes it.",
  },
  jobRetryInterval: {
    field: "IntervalSeconds",
    value: 1 * minute,
    reason: "Throttling of CreateJob clears within a minute.",
  },
  quotaRetryAttempts: {
    field: "MaxAttempts",
    value: 5,
    reason:
      "1 + 2 + 4 + 8 + 10 minutes: a colleague's job ends and frees the quota within half an hour, or someone must look.",
  },
  busyRetryAttempts: {
    field: "MaxAttempts",
    value: 1,
    reason: "The retry is the pause; the second try leads back to the job.",
  },
  throttlesAllowed: {
    field: "throttlesAllowed",
    value: 3,
    reason: "Three pauses of a minute: throttling of CreateJob is over by then, or someone must look.",
  },
  jobRetryDelay: {
    field: "MaxDelaySeconds",
    value: 10 * minute,
    reason: "A GPU that became free should not wait longer.",
  },
  backoff: { field: "BackoffRate", value: 2, reason: "Doubling: the usual answer to throttling." },
  oneInstance: {
    field: "InstanceCount",
    value: 1,
    reason: "The work of one export fits one GPU; see docs/architecture.md.",
  },
  textsPerInstance: {
    field: "in an expression",
    value: 1_000_000,
    reason:
      "One small GPU embeds a million notes in about an hour (docs/costs.md); below that a second instance costs its start and saves little.",
  },
  embedVolume: {
    field: "VolumeSizeInGB",
    value: 200,
    reason:
      "10 million vectors of 768 floats are 31 GB, once in the store and twice in the bundle; as many new texts take 40 GB.",
  },
  localVolume: {
    field: "VolumeSizeInGB",
    value: 50,
    reason:
      "Asked for where the disk is NVMe inside the instance, all of which the job gets: less than any type has. The least of SageMaker's is 75 (ml.r5d.large).",
  },
  trainVolume: {
    field: "VolumeSizeInGB",
    value: 100,
    reason:
      "Base model, three checkpoints with optimiser state (1.3 GB each), and rows: as large as the notes.",
  },
  promoteTaskRuntime: {
    field: "in an expression",
    value: 2 * hour,
    reason:
      "Four times what ten million notes take (docs/costs.md). What it leaves unfinished is swept after that (tasks/models/staging.ts).",
  },
  promoteTaskTimeout: {
    field: "TimeoutSeconds",
    value: 2.25 * hour,
    reason: "The task's own limit, plus a quarter of an hour for capacity, the image and the mount.",
  },
  bytesPerNumber: {
    field: "in an expression",
    value: 8,
    reason: "A number of a vector is a float32 in each of two files of the bundle.",
  },
  bytesPerText: {
    field: "in an expression",
    value: 100,
    reason: "A text in the index of the bundle's vectors: its digest and a few record ids.",
  },
  unpackedTimes: {
    field: "in an expression",
    value: 10,
    reason:
      "Notes as JSON shrink to a fifth or a sixth under gzip; ten leaves room. An export that is taken for larger than it is costs a job's start.",
  },
  spoolTimes: {
    field: "in an expression",
    value: 2,
    reason: "What Preprocess holds on its disk, in times the export: 1.5 to 1.9 (docs/costs.md).",
  },
  spareDisk: {
    field: "in an expression",
    value: 20,
    reason: "GB for an export with more labels in it than those measured, and for what the system writes.",
  },
  largestDisk: {
    field: "in an expression",
    value: 16_384,
    reason: "The largest VolumeSizeInGB that SageMaker takes (API Reference, ProcessingClusterConfig).",
  },
  predictVolume: {
    field: "VolumeSizeInGB",
    value: 50,
    reason: "Ten million notes of 1 kB, their answers of about as much, and the model with its archive.",
  },
  evaluateVolume: {
    field: "VolumeSizeInGB",
    value: 100,
    reason: "Two unpacked models, the test rows, and those of training as trainVolume has them.",
  },
} as const satisfies Record<string, Limit>;

/** The value of a named limit. */
export function limit(name: keyof typeof limits): number {
  return limits[name].value;
}

import type { Deployment } from "../schemas/types.ts";

/** The variables of tasks/lambda/environment.ts, which each engine sets. */
export type FunctionVariable =
  | "OBJECT_STORE"
  | "DATA_BUCKET"
  | "BASE_MODEL"
  | "MODELS_DIR"
  | "KEEP_VERSIONS"
  | "FILE_SYSTEM"
  | "STATE_MACHINE_ARN"
  | "EXPECTED_MODELS"
  | "TOPIC"
  | "COMMAND_OPTIONS"
  | "MODEL_CARD"
  | "TRACKING"
  | "SERVING"
  | "CALLER_ROLE"
  | "STACK_NAME"
  | "UPLOADS_TO"
  | "EXECUTION_SETTINGS"
  | "APPROVAL"
  | "REGISTRY"
  | "PREDICT"
  | "CODE_REVISION";

/** How a Lambda function is set up, in AWS and on one machine. */
export type FunctionSettings = {
  /** Longest run of one invocation. */
  timeoutSeconds: number;
  /** Memory; Lambda gives CPU in proportion, one whole core at 1,769 MB. */
  memoryMegabytes: number;
  /** Room in /tmp where Lambda's 512 MB are too few. The local engine has the disk. */
  ephemeralStorageMegabytes?: number;
  /** How many run at the same time, at most: reserved in the account. */
  atOnce?: number;
  /** What it is told. A function that is not told where the models lie cannot touch them. */
  variables: readonly FunctionVariable[];
  /** Why these numbers. */
  reason: string;
};

const store = ["OBJECT_STORE", "DATA_BUCKET"] as const;
const promotes = [...store, "MODELS_DIR", "KEEP_VERSIONS", "FILE_SYSTEM", "CODE_REVISION"] as const;

/** Reads a few small objects and decides: milliseconds, plus a cold start. */
const small = {
  timeoutSeconds: 60,
  memoryMegabytes: 512,
  reason: "A minute outlasts every retry of the SDK; 512 MB is the SDK, a manifest and room.",
};

/** validate-input → ValidateInput */
export const pascalCase = (name: string) =>
  name.replace(/(^|-)(\w)/g, (_, __, letter) => letter.toUpperCase());

/** The values of the definitions' placeholders for functions: `ValidateInputFunctionArn`, … */
export const functionValues = (arnOf: (name: string) => string): Record<string, string> =>
  Object.fromEntries(Object.keys(functions).map((name) => [`${pascalCase(name)}FunctionArn`, arnOf(name)]));

/** Every function by the name of its file in tasks/ or tasks/operators/, which is also the name of its bundle. */
export const functions: Readonly<Record<string, FunctionSettings>> = {
  "start-execution": { ...small, variables: ["STATE_MACHINE_ARN"] },
  "validate-input": { ...small, variables: [...store, "BASE_MODEL", "APPROVAL"] },
  preprocess: {
    timeoutSeconds: 900,
    memoryMegabytes: 1769,
    ephemeralStorageMegabytes: 10_240,
    variables: store,
    reason:
      "Lambda's longest time, and one whole core: a 1 GB export takes a minute there. All of its /tmp, since up to twice an export lies there, and a run pays 0.00002 USD for it.",
  },
  "check-artifacts": {
    timeoutSeconds: 900,
    memoryMegabytes: 1769,
    variables: store,
    reason: "Streams and hashes the model and the embeddings, gigabytes of them.",
  },
  "read-champion": { ...small, variables: [...store, "MODELS_DIR"] },
  "quality-gate": {
    timeoutSeconds: 60,
    memoryMegabytes: 1769,
    variables: store,
    reason:
      "The paired bootstrap resamples every document's counts thousands of times: a whole core for seconds.",
  },
  promote: {
    timeoutSeconds: 900,
    memoryMegabytes: 1769,
    atOnce: 1,
    variables: promotes,
    reason:
      "Streams and hashes a bundle of over a gigabyte to EFS, then syncs it: minutes on a slow day. A second promotion at the same time would copy a gigabyte only to find its generation taken.",
  },
  publish: {
    timeoutSeconds: 900,
    memoryMegabytes: 1769,
    variables: [...store, "SERVING", "COMMAND_OPTIONS"],
    reason:
      "Packs a bundle of over a gigabyte for the endpoint the first time: unpacked, hashed and packed again.",
  },
  register: {
    timeoutSeconds: 900,
    memoryMegabytes: 1769,
    variables: [...store, "REGISTRY", "CODE_REVISION"],
    reason: "A few calls, and where Publish has not made the archive for serving, it streams and packs it.",
  },
  notify: {
    ...small,
    variables: [...store, "TOPIC", "COMMAND_OPTIONS", "MODEL_CARD", "TRACKING"],
    reason:
      "Small as others, and draws the run's report: with a third of a core and 5,000 test documents a second or two. What it sends to MLflow may take 15 s.",
  },
  "remind-approvals": { ...small, variables: [...store, "TOPIC", "COMMAND_OPTIONS"] },
  "check-last-success": { ...small, variables: [...store, "STATE_MACHINE_ARN", "EXPECTED_MODELS"] },
  history: { ...small, variables: ["MODELS_DIR"] },
  rollback: {
    timeoutSeconds: 900,
    memoryMegabytes: 1769,
    variables: ["MODELS_DIR"],
    reason: "Reads and hashes the whole old bundle before it is in use again, from EFS.",
  },
  "set-traffic": {
    timeoutSeconds: 900,
    memoryMegabytes: 1769,
    variables: ["MODELS_DIR"],
    reason: "Reads and hashes the whole bundle of the arm before it answers, as a rollback does.",
  },
  "set-policy": { ...small, variables: ["MODELS_DIR"] },
  "force-promotion": {
    timeoutSeconds: 900,
    memoryMegabytes: 1769,
    variables: promotes,
    reason: "Does what promote does.",
  },
  approve: {
    timeoutSeconds: 900,
    memoryMegabytes: 1769,
    variables: [...promotes, "COMMAND_OPTIONS", "MODEL_CARD"],
    reason: "Does what promote does, then draws the run's pages again.",
  },
  predict: {
    timeoutSeconds: 900,
    memoryMegabytes: 1769,
    variables: [...store, "PREDICT"],
    reason: "One call, and where Publish has not made the archive for serving, it streams and packs it.",
  },
  "explain-job-failure": { ...small, variables: [] },
  answer: {
    timeoutSeconds: 60,
    memoryMegabytes: 512,
    atOnce: 20,
    variables: ["CALLER_ROLE", "STACK_NAME"],
    reason:
      "Waits 58 seconds for the endpoint, which SageMaker cuts off after 60, and passes on 1 MiB. A web app that has gone wild cannot take the concurrency of the others.",
  },
  "receive-export": {
    timeoutSeconds: 900,
    memoryMegabytes: 1769,
    atOnce: 5,
    variables: [...store, "CALLER_ROLE", "UPLOADS_TO", "EXECUTION_SETTINGS"],
    reason:
      "Reads an export as Preprocess does, one that came in parts three times: it is joined, checked and kept. A dashboard that has gone wild cannot take the concurrency of the others.",
  },
};

/**
 * A Fargate task that does Promote's work: CPU units, 1,024 a vCPU, and MiB. The work is a stream through one thread, and its
 * memory is the function's with room; the network of a task grows with its CPU, and AWS tells no figures.
 */
export const taskSize = { cpu: 2048, memory: 4096 } as const;

/** Who alone may call a function behind a URL. */
export const callerOf: Readonly<Record<string, (deployment: Deployment) => string | undefined>> = {
  "receive-export": ({ dashboardRoleArn }) => dashboardRoleArn,
  answer: ({ serving }) => serving.callerRoleArn,
};

/** The functions that a deployment has: all but those that nobody could call. */
export const functionsOf = (deployment: Deployment): [string, FunctionSettings][] =>
  Object.entries(functions).filter(([name]) => !callerOf[name] || callerOf[name](deployment));

// What Notify is called with: by the machine, by EventBridge, by the operators' machine.
import verdictSchema from "../../schemas/evaluation/verdict.schema.json" with { type: "json" };
import artifactsSchema from "../../schemas/execution/artifacts.schema.json" with { type: "json" };
import datasetSchema from "../../schemas/execution/dataset.schema.json" with { type: "json" };
import runSchema from "../../schemas/execution/run.schema.json" with { type: "json" };
import runReceiptSchema from "../../schemas/execution/run-receipt.schema.json" with { type: "json" };
import type { Outside, RunEnded, StatusChange } from "./receipt.ts";

// What states/jobs/sagemaker.ts says of a job. Whatever the service left out is open in the receipt: a missing clock reading
// must not cost a promoted model its message.
const jobUsage = {
  type: "object",
  additionalProperties: false,
  required: ["state", "job", "log", "instanceType", "instanceCount"],
  properties: {
    state: runReceiptSchema.$defs.state,
    trial: runReceiptSchema.$defs.trialNumber,
    job: runReceiptSchema.$defs.jobName,
    log: runReceiptSchema.$defs.log,
    instanceType: runReceiptSchema.$defs.instanceType,
    instanceCount: runReceiptSchema.$defs.instanceCount,
    startedAt: { $ref: "#/$defs/reading" },
    endedAt: { $ref: "#/$defs/reading" },
    billableSeconds: runReceiptSchema.$defs.seconds,
  },
};

// What states/jobs/trials.ts says of a trial.
const { trial: trialReceipt } = runReceiptSchema.$defs;
const trialEnded = {
  type: "object",
  required: ["trial", "status", "score", "standardError", "failure", "usage"],
  properties: {
    trial: runReceiptSchema.$defs.trialNumber,
    status: trialReceipt.properties.status,
    score: runReceiptSchema.$defs.scoreOrNull,
    standardError: runReceiptSchema.$defs.scoreOrNull,
    failure: trialReceipt.properties.failure,
    usage: { oneOf: [{ type: "null" }, jobUsage] },
  },
};

// What states/publish.ts and states/register.ts say.
const outside = {
  publication: { oneOf: [{ type: "null" }, { $ref: "common.schema.json#/$defs/publication" }] },
  registration: { oneOf: [{ type: "null" }, { $ref: "common.schema.json#/$defs/registration" }] },
};

const runEnded = {
  type: "object",
  additionalProperties: false,
  // Executions that an earlier version's definition started send neither publication nor registration.
  required: ["run", "dataset", "artifacts", "verdict", "promotion", "jobs", "trials", "chosen"],
  properties: {
    run: runSchema,
    dataset: datasetSchema,
    artifacts: artifactsSchema,
    jobs: { type: "array", maxItems: 64, items: jobUsage },
    trials: { type: "array", minItems: 1, maxItems: 30, items: trialEnded },
    chosen: runReceiptSchema.$defs.trialNumber,
    verdict: {
      type: "object",
      required: ["verdict", "verdictKey", "metrics", "reasons", "findings"],
      properties: {
        verdict: verdictSchema.properties.verdict,
        verdictKey: { $ref: "common.schema.json#/$defs/objectKey" },
        metrics: verdictSchema.properties.metrics,
        reasons: runReceiptSchema.properties.reasons,
        findings: { $ref: "common.schema.json#/$defs/findings" },
      },
    },
    promotion: {
      type: ["object", "null"],
      required: ["generation", "version"],
      properties: {
        generation: { $ref: "common.schema.json#/$defs/generation" },
        version: { $ref: "common.schema.json#/$defs/version" },
      },
    },
    ...outside,
  },
};

const amendment = {
  type: "object",
  additionalProperties: false,
  required: ["execution", "publication", "registration"],
  properties: { execution: { $ref: "common.schema.json#/$defs/executionName" }, ...outside },
};

// What we read of Step Functions' "Execution Status Change".
const statusChange = {
  type: "object",
  required: ["detail-type", "detail"],
  properties: {
    "detail-type": { const: "Step Functions Execution Status Change" },
    detail: {
      type: "object",
      required: ["name", "status", "startDate"],
      properties: {
        executionArn: { type: "string", maxLength: 256 },
        name: { $ref: "common.schema.json#/$defs/executionName" },
        status: { enum: ["FAILED", "TIMED_OUT", "ABORTED"] },
        startDate: { $ref: "#/$defs/instant" },
        stopDate: { oneOf: [{ type: "null" }, { $ref: "#/$defs/instant" }] },
        input: { type: ["string", "null"] },
        error: { type: ["string", "null"] },
        cause: { type: ["string", "null"] },
      },
    },
  },
};

export const event = {
  // The last instant that a JavaScript Date can hold.
  $defs: {
    instant: { type: "number", minimum: 0, maximum: 8.64e15 },
    reading: {
      oneOf: [{ type: "null" }, { $ref: "#/$defs/instant" }, { $ref: "common.schema.json#/$defs/timestamp" }],
    },
  },
  type: "object",
  if: { required: ["run"], properties: { run: true } },
  // biome-ignore lint/suspicious/noThenProperty: the keyword of JSON Schema.
  then: runEnded,
  else: {
    if: { required: ["execution"], properties: { execution: true } },
    // biome-ignore lint/suspicious/noThenProperty: the keyword of JSON Schema.
    then: amendment,
    else: statusChange,
  },
};

export type Amendment = { execution: string } & Required<Outside>;
export type Event = RunEnded | Amendment | { detail: StatusChange };

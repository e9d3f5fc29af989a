// Why this function exists: whoever may create a job may run any image under its role. So operators cannot; they ask this
// function, which creates one kind of job, and the operators' machine keeps who asked.
import predictionTargetSchema from "../../schemas/installation/prediction-target.schema.json" with {
  type: "json",
};
import {
  answersKey,
  notesKey,
  type Prediction,
  policyKey,
  policyText,
} from "../../schemas/installation/predictions.ts";
import { NamedError } from "../../schemas/tables/errors.ts";
import type { PredictionTarget } from "../../schemas/types.ts";
import { door } from "../lambda/door.ts";
import { environment } from "../lambda/environment.ts";
import { task } from "../lambda/task.ts";
import { keptKeys } from "../models/kept-keys.ts";
import type { PolicyState } from "../models/policy.ts";
import { checkPolicy, unknownIn } from "../models/policy-check.ts";
import { refusalOf } from "../publish/refusal.ts";
import { openStore } from "../store/open.ts";
import type { ObjectStore } from "../store/store.ts";

const event = {
  type: "object",
  additionalProperties: false,
  required: ["model", "generation", "version", "source", "attempt", "policy"],
  properties: {
    model: { $ref: "common.schema.json#/$defs/modelName" },
    generation: { $ref: "common.schema.json#/$defs/generation" },
    version: { $ref: "common.schema.json#/$defs/version" },
    source: { type: "string", pattern: "^[0-9a-f]{64}$" },
    attempt: { type: "integer", minimum: 1, maximum: 99 },
    // As the state before has read it, since an operator is not to choose one.
    policy: {
      type: "object",
      required: ["policy", "problem"],
      properties: { policy: {}, problem: { type: ["string", "null"] } },
    },
  },
};
type Asked = Omit<Prediction, "policy"> & { version: string; attempt: number; policy: PolicyState };
/** `answers`: the key of what the job writes. */
export type PredictionJob = { job: string; answers: string };

const checkTarget = door<PredictionTarget>(predictionTargetSchema, {
  what: "The environment variable PREDICT",
  name: "TaskFailed",
});

// The input is an operator's, typed by hand: a refusal is about that.
export const handler = task(
  event,
  async (asked: Asked): Promise<PredictionJob> => {
    const predict = environment.predict;
    if (predict === null)
      throw new NamedError(
        "InvalidInput",
        "This deployment has no jobs for files of notes. Name their instances in cdk.json, as predict.instanceType, and deploy.",
      );
    try {
      return await start(asked, checkTarget(JSON.parse(predict)));
    } catch (error) {
      const refusal = refusalOf(error);
      throw refusal === null ? error : new NamedError("PredictionFailed", refusal);
    }
  },
  "InvalidInput",
);

/** Starts the job, or finds that somebody has. */
async function start(asked: Asked, target: PredictionTarget): Promise<PredictionJob> {
  // A client of this size only where there are such jobs.
  const { CreateProcessingJobCommand, SageMakerClient } = await import("@aws-sdk/client-sagemaker");
  const { makeModelData } = await import("../publish/model-data.ts");
  const { requestOf } = await import("../predict/request.ts");
  const store = await openStore({ driver: environment.objectStore, bucket: environment.dataBucket });
  if (!(await store.head(notesKey(asked.source))))
    throw new NamedError("InvalidInput", "The notes are not there. pbp predict --cloud uploads them.");
  const prediction = { ...asked, policy: await policyFor(asked, store) };
  const request = requestOf(target, environment.dataBucket, prediction, await makeModelData(store, asked));
  try {
    await new SageMakerClient({ maxAttempts: 10 }).send(new CreateProcessingJobCommand(request));
  } catch (error) {
    if ((error as Error).name !== "ResourceInUse") throw error;
  }
  return { job: request.ProcessingJobName!, answers: answersKey(prediction) };
}

/** The policy in force, as the job will read it. A job that could not apply it is not paid for. */
async function policyFor({ model, version, source, policy: state }: Asked, store: ObjectStore) {
  if (state.policy === null) {
    if (state.problem === null) return null;
    throw new NamedError("InvalidInput", `${state.problem} Set one that fits: pbp policy set.`);
  }
  const policy = checkPolicy(state.policy);
  const { readBundleManifest } = await import("../publish/bundle-manifest.ts");
  const { manifest } = await readBundleManifest(store, keptKeys({ model }, version), version);
  const unknown = unknownIn(policy, manifest.labels);
  if (unknown) throw new NamedError("InvalidInput", `${unknown} Set one that fits: pbp policy set.`);
  await store.write(policyKey(source, policy), policyText(policy));
  return policy;
}

// Why this function exists: whoever may create a job may run any image under its role. So operators cannot; they ask this
// function, which creates one kind of job, and the operators' machine keeps who asked.
import { NamedError } from "../../schemas/errors.ts";
import predictionTargetSchema from "../../schemas/prediction-target.schema.json" with { type: "json" };
import { notesKey, type Prediction } from "../../schemas/predictions.ts";
import type { PredictionTarget } from "../../schemas/types.ts";
import { door } from "../lambda/door.ts";
import { environment } from "../lambda/environment.ts";
import { task } from "../lambda/task.ts";
import { refusalOf } from "../publish/refusal.ts";
import { openStore } from "../store/open.ts";

const event = {
  type: "object",
  additionalProperties: false,
  required: ["model", "generation", "version", "source", "attempt"],
  properties: {
    model: { $ref: "common.schema.json#/$defs/modelName" },
    generation: { $ref: "common.schema.json#/$defs/generation" },
    version: { $ref: "common.schema.json#/$defs/version" },
    source: { type: "string", pattern: "^[0-9a-f]{64}$" },
    attempt: { type: "integer", minimum: 1, maximum: 99 },
  },
};
type Asked = Prediction & { version: string; attempt: number };
export type PredictionJob = { job: string };

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
  const request = requestOf(target, environment.dataBucket, asked, await makeModelData(store, asked));
  try {
    await new SageMakerClient({ maxAttempts: 10 }).send(new CreateProcessingJobCommand(request));
  } catch (error) {
    if ((error as Error).name !== "ResourceInUse") throw error;
  }
  return { job: request.ProcessingJobName! };
}

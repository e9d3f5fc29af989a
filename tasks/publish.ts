// Why this step exists: an endpoint of SageMaker knows nothing of the generation log. A function of its own, because the
// functions that promote are in a VPC without a way to SageMaker, and because nothing of it may fail a promotion.
import servingTargetSchema from "../schemas/installation/serving-target.schema.json" with { type: "json" };
import { ofModel, optionOf } from "../schemas/models/registered-models.ts";
import { type ErrorName, NamedError } from "../schemas/tables/errors.ts";
import type { Publication, ServingTarget } from "../schemas/types.ts";
import { door } from "./lambda/door.ts";
import { environment } from "./lambda/environment.ts";
import { task } from "./lambda/task.ts";
import { refusalOf } from "./publish/refusal.ts";
import type { Promoted } from "./publish/requests.ts";
import { openStore } from "./store/open.ts";

const event = {
  type: "object",
  additionalProperties: false,
  required: ["model", "generation", "version"],
  properties: {
    model: { $ref: "common.schema.json#/$defs/modelName" },
    generation: { $ref: "common.schema.json#/$defs/generation" },
    version: { $ref: "common.schema.json#/$defs/version" },
  },
};

const checkTarget = door<ServingTarget>(servingTargetSchema, {
  what: "The environment variable SERVING",
  name: "TaskFailed",
});

export const handler = task(event, async (promoted: Promoted): Promise<Publication> => {
  const serving = environment.serving;
  if (serving === null) return { status: "none", endpoint: null, message: "There are no endpoints." };
  try {
    return await publish(promoted, checkTarget(JSON.parse(serving)));
  } catch (error) {
    throw withRemedy(error, promoted.model);
  }
});

async function publish(promoted: Promoted, target: ServingTarget): Promise<Publication> {
  const { model, generation, version } = promoted;
  // A client of this size only where there are endpoints.
  const { SageMakerClient } = await import("@aws-sdk/client-sagemaker");
  const { makeModelData } = await import("./publish/model-data.ts");
  const { publishTo } = await import("./publish/endpoint.ts");
  const { requestsOf } = await import("./publish/requests.ts");
  const store = await openStore({ driver: environment.objectStore, bucket: environment.dataBucket });
  const key = await makeModelData(store, promoted);
  const requests = requestsOf(target, promoted, `s3://${environment.dataBucket}/${key}`);
  const { endpoint } = requests;
  const status = await publishTo(new SageMakerClient({ maxAttempts: 10 }), generation, requests);
  const message =
    status === "published"
      ? `The endpoint ${endpoint} takes up generation ${generation}${ofModel(model)}, ${version}: minutes.`
      : `The endpoint ${endpoint} has a newer generation than ${generation}${ofModel(model)}, and keeps it.`;
  return { status, endpoint, message };
}

/** With what helps. */
function withRemedy(error: unknown, model: string): unknown {
  const refusal = refusalOf(error);
  const failure = refusal === null ? error : new NamedError("PublicationFailed", refusal);
  if (!(failure instanceof NamedError && /^(EndpointBusy|PublicationFailed)$/.test(failure.name)))
    return error;
  return new NamedError(
    failure.name as ErrorName,
    `${failure.message.slice(0, 700)} To publish it again: pbp publish${optionOf(model)}${environment.commandOptions}`,
  );
}

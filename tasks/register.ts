// Why this step exists: whoever deploys from SageMaker's Model Registry finds every model there that came into use or
// waits, with its scores and whether it may be deployed. Nothing is decided by the registry; it is told.

import registryTargetSchema from "../schemas/installation/registry-target.schema.json" with { type: "json" };
import promotionRecordSchema from "../schemas/models/promotion-record.schema.json" with { type: "json" };
import { NamedError } from "../schemas/tables/errors.ts";
import type { Registration, RegistryTarget } from "../schemas/types.ts";
import { door } from "./lambda/door.ts";
import { environment } from "./lambda/environment.ts";
import { task } from "./lambda/task.ts";
import { refusalOf } from "./publish/refusal.ts";
import type { News } from "./register/registry.ts";
import { openStore } from "./store/open.ts";

const event = {
  type: "object",
  additionalProperties: false,
  required: ["execution", "promotion", "declined"],
  properties: {
    execution: { oneOf: [{ type: "null" }, { $ref: "common.schema.json#/$defs/executionName" }] },
    promotion: {
      oneOf: [
        { type: "null" },
        {
          type: "object",
          additionalProperties: false,
          required: ["model", "generation", "version"],
          properties: {
            model: { $ref: "common.schema.json#/$defs/modelName" },
            generation: { $ref: "common.schema.json#/$defs/generation" },
            version: { $ref: "common.schema.json#/$defs/version" },
            action: promotionRecordSchema.properties.action,
            from: promotionRecordSchema.properties.from,
            actor: promotionRecordSchema.properties.actor,
            approvedBy: promotionRecordSchema.properties.approvedBy,
            reason: promotionRecordSchema.properties.reason,
          },
        },
      ],
    },
    declined: {
      oneOf: [
        { type: "null" },
        {
          type: "object",
          additionalProperties: false,
          required: ["by", "reason"],
          properties: {
            by: { $ref: "common.schema.json#/$defs/person" },
            reason: { $ref: "common.schema.json#/$defs/operatorsReason" },
          },
        },
      ],
    },
  },
};

const checkTarget = door<RegistryTarget>(registryTargetSchema, {
  what: "The environment variable REGISTRY",
  name: "TaskFailed",
});

export const handler = task(event, async (news: News): Promise<Registration> => {
  const registry = environment.registry;
  if (registry === null) return { status: "none", package: null, message: "There is no Model Registry." };
  try {
    return await registerIn(checkTarget(JSON.parse(registry)), news);
  } catch (error) {
    const refusal = refusalOf(error);
    throw refusal === null ? error : new NamedError("RegistrationFailed", refusal);
  }
});

async function registerIn(target: RegistryTarget, news: News): Promise<Registration> {
  // The SDK and the packing only where there is a registry.
  const { SageMakerClient } = await import("@aws-sdk/client-sagemaker");
  const { register } = await import("./register/registry.ts");
  const store = await openStore({ driver: environment.objectStore, bucket: environment.dataBucket });
  const { group, status, ...made } = await register(news, store, {
    ...target,
    client: new SageMakerClient({ maxAttempts: 10 }),
    bucket: environment.dataBucket,
    revision: environment.codeRevision,
  });
  const version = made.package.slice(made.package.lastIndexOf("/") + 1);
  return {
    status,
    package: made.package,
    message: `The Model Registry has it as version ${version} of ${group}: ${status}.`,
  };
}

// Why this function exists: the models folder lies on EFS, which an operator's laptop cannot reach.
import promotionRecordSchema from "../../schemas/models/promotion-record.schema.json" with { type: "json" };
import { modelOf, ofModel } from "../../schemas/models/registered-models.ts";
import type { TrafficRecord } from "../../schemas/types.ts";
import { environment } from "../lambda/environment.ts";
import { task } from "../lambda/task.ts";
import { setTraffic, type WantedArm } from "../models/set-traffic.ts";

const event = {
  type: "object",
  additionalProperties: false,
  required: ["arm", "reason", "actor"],
  properties: {
    model: { $ref: "common.schema.json#/$defs/modelName" },
    arm: {
      oneOf: [
        { type: "null" },
        {
          type: "object",
          additionalProperties: false,
          required: ["generation", "weight", "shadow"],
          properties: {
            generation: { $ref: "common.schema.json#/$defs/generation" },
            weight: { $ref: "common.schema.json#/$defs/trafficWeight" },
            shadow: { type: "boolean" },
          },
        },
      ],
    },
    reason: { $ref: "common.schema.json#/$defs/operatorsReason" },
    actor: promotionRecordSchema.properties.actor,
  },
};
type Event = { model?: string; arm: WantedArm | null; reason: string; actor: string };
type Set = { traffic: TrafficRecord; notice: { subject: string; message: string } };

// The input is an operator's, typed by hand: a refusal is about that.
export const handler = task(
  event,
  async ({ model, arm, reason, actor }: Event): Promise<Set> => {
    const traffic = await setTraffic({
      modelsFolder: environment.modelsFolder,
      ...(model !== undefined && { model }),
      arm,
      actor,
      // Step Functions repeats a call whose reply was lost. The actor is an execution, whose name is its own.
      once: true,
      reason,
    });
    const of = ofModel(modelOf(traffic));
    const subject = traffic.arm
      ? `Traffic: generation ${traffic.arm.generation}${of} ${traffic.arm.shadow ? "answers in the shadow" : "answers"}, ${traffic.arm.weight} %`
      : `Traffic${of} stopped: the generation in use answers alone`;
    return {
      traffic,
      notice: { subject, message: `${subject}.\nReason: ${reason}\nBy: ${actor}` },
    };
  },
  "InvalidInput",
);

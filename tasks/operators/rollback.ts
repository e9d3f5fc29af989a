// Why this function exists: the models folder lies on EFS, which an operator's laptop cannot reach.
import promotionRecordSchema from "../../schemas/models/promotion-record.schema.json" with { type: "json" };
import { modelOf, ofModel } from "../../schemas/models/registered-models.ts";
import type { PromotionRecord } from "../../schemas/types.ts";
import { environment } from "../lambda/environment.ts";
import { task } from "../lambda/task.ts";
import { rollback } from "../models/rollback.ts";

const event = {
  type: "object",
  additionalProperties: false,
  required: ["to", "reason", "actor"],
  properties: {
    model: { $ref: "common.schema.json#/$defs/modelName" },
    to: { oneOf: [{ type: "null" }, { $ref: "common.schema.json#/$defs/generation" }] },
    reason: { $ref: "common.schema.json#/$defs/operatorsReason" },
    actor: promotionRecordSchema.properties.actor,
  },
};
type Event = { model?: string; to: number | null; reason: string; actor: string };
type RolledBack = { promotion: PromotionRecord; notice: { subject: string; message: string } };

// The input is an operator's, typed by hand: a refusal is about that.
export const handler = task(
  event,
  async ({ model, to, reason, actor }: Event): Promise<RolledBack> => {
    const promotion = await rollback({
      modelsFolder: environment.modelsFolder,
      ...(model !== undefined && { model }),
      ...(to === null ? {} : { to }),
      actor,
      // Step Functions repeats a call whose reply was lost, and a second rollback would undo the first. The actor is an
      // execution, whose name is its own.
      once: true,
      reason,
    });
    const { generation, version, from } = promotion;
    const subject = `Rolled back: generation ${generation}${ofModel(modelOf(promotion))} is ${version}`;
    return {
      promotion,
      notice: { subject, message: `${subject}.\nBefore: ${from}.\nReason: ${reason}\nBy: ${actor}` },
    };
  },
  "InvalidInput",
);

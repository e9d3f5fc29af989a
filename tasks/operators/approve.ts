// Why this function exists: what is approved is promoted to EFS, which an operator's laptop cannot reach.
import promotionRecordSchema from "../../schemas/models/promotion-record.schema.json" with { type: "json" };
import { modelOf, ofModel } from "../../schemas/models/registered-models.ts";
import type { PromotionRecord } from "../../schemas/types.ts";
import { type ApprovalRequest, approve, decline } from "../approval/approve.ts";
import { environment } from "../lambda/environment.ts";
import { task } from "../lambda/task.ts";
import { preflight } from "../promote/preflight.ts";
import { openStore } from "../store/open.ts";

const event = {
  type: "object",
  additionalProperties: false,
  required: ["action", "execution", "actor", "by", "reason"],
  properties: {
    action: { enum: ["approve", "decline"] },
    execution: { $ref: "common.schema.json#/$defs/executionName" },
    actor: promotionRecordSchema.properties.actor,
    by: { $ref: "common.schema.json#/$defs/person" },
    reason: { $ref: "common.schema.json#/$defs/operatorsReason" },
  },
};
type Event = ApprovalRequest & { action: "approve" | "decline" };
type Decided = {
  /** null: declined. */
  promotion: PromotionRecord | null;
  notice: { subject: string; message: string };
};

// The input is an operator's, typed by hand: a refusal is about that.
export const handler = task(
  event,
  async ({ action, ...request }: Event): Promise<Decided> => {
    const places = {
      store: await openStore({ driver: environment.objectStore, bucket: environment.dataBucket }),
      modelsFolder: environment.modelsFolder,
      keep: environment.keepVersions,
      code: environment.codeRevision,
      options: environment.commandOptions,
      modelCard: environment.modelCard,
    };
    const { execution, by, actor, reason } = request;
    const words = `Run: ${execution}\nReason: ${reason}\nBy: ${by} (${actor})`;
    if (action === "decline") {
      const { model } = await decline(request, places);
      const subject = `Declined: ${execution}${ofModel(model)}`.slice(0, 99);
      const message = `${subject}. The model in use, if any, stays.\n${words}`;
      return { promotion: null, notice: { subject, message } };
    }
    await preflight(environment.fileSystem);
    const promotion = await approve(request, places);
    const { generation, version, from } = promotion;
    const subject = `Approved: generation ${generation}${ofModel(modelOf(promotion))} is ${version}`;
    return {
      promotion,
      notice: { subject, message: `${subject}.\nBefore: ${from ?? "nothing"}.\n${words}` },
    };
  },
  "InvalidInput",
);

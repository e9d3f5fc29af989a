// Why this function exists: the models folder lies on EFS, which an operator's laptop cannot reach.
import { defaultModel, ofModel } from "../../schemas/models/registered-models.ts";
import { environment } from "../lambda/environment.ts";
import { task } from "../lambda/task.ts";
import { type PolicySet, setPolicy } from "../models/policy.ts";

const event = {
  type: "object",
  additionalProperties: false,
  required: ["policy", "actor"],
  properties: {
    model: { $ref: "common.schema.json#/$defs/modelName" },
    // What it must be is said by the check that every policy goes through.
    policy: {},
    actor: { type: "string", minLength: 1, maxLength: 128 },
  },
};
type Event = { model?: string; policy: unknown; actor: string };
type Set = { policy: PolicySet; notice: { subject: string; message: string } };

// The input is an operator's, typed by hand: a refusal is about that.
export const handler = task(
  event,
  async ({ model = defaultModel, policy: asked, actor }: Event): Promise<Set> => {
    const policy = await setPolicy({ modelsFolder: environment.modelsFolder, model, policy: asked });
    const subject = `Policy${ofModel(model)} changed`;
    const rules = Object.entries(policy.policy.labels).map(([label, rule]) => `${label}: ${rule.action}`);
    const message = [...rules, `otherwise: ${policy.policy.otherwise}`, `By: ${actor}`].join("\n");
    return { policy, notice: { subject, message } };
  },
  "InvalidInput",
);

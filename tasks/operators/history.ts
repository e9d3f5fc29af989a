// Why this function exists: the models folder lies on EFS, which an operator's laptop cannot reach.
import { environment } from "../lambda/environment.ts";
import { task } from "../lambda/task.ts";
import { type Generation, readHistory } from "../models/history.ts";
import type { BundleLineage } from "../models/lineage.ts";
import { readLineage } from "../models/lineage.ts";
import { type PolicyState, readPolicy } from "../models/policy.ts";
import { registeredModels } from "../models/registered.ts";
import { readTraffic, type Traffic } from "../models/traffic.ts";

const event = {
  type: "object",
  additionalProperties: false,
  properties: {
    model: { $ref: "common.schema.json#/$defs/modelName" },
    lineageOf: { $ref: "common.schema.json#/$defs/generation" },
  },
};
/** `lineageOf`: the generation whose bundle is asked for, and then nothing else is told. */
type Event = { model?: string; lineageOf?: number };
type History =
  | {
      generations: Generation[];
      total: number;
      models: string[];
      traffic: Traffic;
      policy: PolicyState;
    }
  | { lineage: BundleLineage };

// An entry takes at most 2 KB, and a state's output may have 256 KB.
const mostRecords = 100;

/** A model's newest generations, newest first, and how many there are; its traffic and policy; and which models are registered. */
// The input is an operator's, typed by hand: a refusal is about that.
export const handler = task(
  event,
  async ({ model, lineageOf }: Event): Promise<History> => {
    if (lineageOf !== undefined)
      return { lineage: await readLineage(environment.modelsFolder, lineageOf, model) };
    const generations = await readHistory(environment.modelsFolder, model);
    return {
      generations: generations.slice(0, mostRecords),
      total: generations.length,
      models: await registeredModels(environment.modelsFolder),
      traffic: await readTraffic(environment.modelsFolder, model),
      policy: await readPolicy(environment.modelsFolder, model),
    };
  },
  "InvalidInput",
);

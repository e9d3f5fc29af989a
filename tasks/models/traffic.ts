// The traffic log: models/traffic/<number>.json, append-only as the generation log. Its highest entry says which generation
// answers beside the one in use, for which share of the callers.
import { modelOf, optionOf } from "../../schemas/models/registered-models.ts";
import trafficRecordSchema from "../../schemas/models/traffic-record.schema.json" with { type: "json" };
import { NamedError } from "../../schemas/tables/errors.ts";
import type { TrafficArm, TrafficRecord } from "../../schemas/types.ts";
import { door } from "../lambda/door.ts";
import { highestNumber, readNumber } from "./append-only.ts";
import { codeOf } from "./durable.ts";
import { type Layout, layout } from "./layout.ts";
import { highestGeneration } from "./log.ts";

export const checkTraffic = door<TrafficRecord>(trafficRecordSchema, {
  what: "An entry of the traffic log",
  name: "TrafficUnreadable",
});

/**
 * What the log says now. `newest`: its highest entry; null when there is none, or none that can be read: `problem` says
 * why. `answers`: the arm gets requests; false also when a later generation than the one it was set beside is in use.
 */
export type Traffic = { newest: TrafficRecord | null; answers: boolean; problem: string | null };

/** The newest entry; null when there never was one. Throws TrafficUnreadable. */
export async function newestTraffic(at: Layout): Promise<TrafficRecord | null> {
  try {
    const entry = await highestNumber(at.traffic);
    return entry === 0 ? null : await trafficEntry(at, entry);
  } catch (error) {
    if (error instanceof NamedError) throw error;
    throw unreadable(at, `cannot be read (${codeOf(error) ?? "not as expected"})`);
  }
}

/** One entry that must be there. Throws TrafficUnreadable, or what the file system says. */
export async function trafficEntry(at: Layout, entry: number): Promise<TrafficRecord> {
  const record = checkTraffic(await readNumber(at.traffic, entry));
  if (record.entry !== entry || modelOf(record) !== at.model)
    throw unreadable(at, `has an entry ${entry} that is of another place`);
  return record;
}

/** Of a registered model. A log that cannot be read hides nothing else. Throws ChampionUnreadable. */
export async function readTraffic(modelsFolder: string, model?: string): Promise<Traffic> {
  const at = layout(modelsFolder, model);
  const inUse = await highestGeneration(at);
  try {
    const newest = await newestTraffic(at);
    return { newest, answers: newest?.arm?.beside === inUse, problem: null };
  } catch (error) {
    return { newest: null, answers: false, problem: (error as Error).message };
  }
}

/**
 * The version that the newest entry names, whether it answers or was ended by a promotion: whoever set it may set it
 * again. Retention keeps it until the traffic is stopped or set to another one.
 */
export async function armVersion(at: Layout): Promise<TrafficArm["version"] | null> {
  return (await newestTraffic(at))?.arm?.version ?? null;
}

function unreadable({ model }: Layout, how: string): NamedError {
  return new NamedError(
    "TrafficUnreadable",
    `The traffic log ${how}. Until then the model in use answers alone; pbp traffic stop${optionOf(model)} writes a new entry.`,
  );
}

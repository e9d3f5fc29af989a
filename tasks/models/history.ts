import type { PromotionRecord } from "../../schemas/types.ts";
import { readdirOrNone } from "../store/folders.ts";
import { layout } from "./layout.ts";
import { entryOf, highestGeneration } from "./log.ts";

export type Generation = PromotionRecord & {
  /** Whether this generation's version is the one in use. */
  inUse: boolean;
  /** Whether its version is still there to roll back to. */
  kept: boolean;
};

/** Every entry of a registered model's generation log, newest first. Throws ChampionUnreadable when one is missing or damaged. */
export async function readHistory(modelsFolder: string, model?: string): Promise<Generation[]> {
  const at = layout(modelsFolder, model);
  const versions = new Set(await readdirOrNone(at.versions));
  const records: PromotionRecord[] = [];
  for (let generation = await highestGeneration(at); generation > 0; generation--)
    records.push(await entryOf(at, generation));
  const inUse = records[0]?.version;
  return records.map((record) => ({
    ...record,
    inUse: record.version === inUse,
    kept: versions.has(record.version),
  }));
}

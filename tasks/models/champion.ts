import { NamedError } from "../../schemas/tables/errors.ts";
import { kindOf } from "../../schemas/tables/kinds.ts";
import type { Champion, PromotionRecord } from "../../schemas/types.ts";
import { labelsReference } from "../store/label-set.ts";
import { BundleDamaged, checkSizes, readManifest } from "./bundle.ts";
import { type Layout, layout } from "./layout.ts";
import { highestGeneration, newestEntry, unreadable } from "./log.ts";
import { repairPointer } from "./pointer.ts";

/**
 * The champion of a registered model: the newest entry of the generation log and the manifest of its version, every file of which must be
 * there with its size. Repairs `models/current` when it is behind.
 *
 * @returns null only when nothing was ever promoted. Throws ChampionUnreadable for everything else.
 */
export async function currentChampion(modelsFolder: string, model?: string): Promise<Champion | null> {
  const at = layout(modelsFolder, model);
  for (;;) {
    const newest = await newestEntry(at);
    if (!newest) return null;
    try {
      return await championOf(at, newest);
    } catch (error) {
      // Promotions went on while this one was read, and its version may have been removed: read the newer one.
      if ((await highestGeneration(at)) === newest.generation) throw error;
    }
  }
}

async function championOf(at: Layout, newest: PromotionRecord): Promise<Champion> {
  const what = `The bundle ${newest.version} of generation ${newest.generation}`;
  try {
    const manifest = await readManifest(at, newest.version);
    await checkSizes(at, manifest);
    await repairPointer(at);
    return {
      generation: newest.generation,
      version: newest.version,
      execution: newest.execution ?? manifest.execution,
      promotedAt: newest.at,
      kind: kindOf(manifest),
      labels: labelsReference(manifest.labels),
      model: manifest.model,
    };
  } catch (error) {
    if (error instanceof BundleDamaged)
      throw new NamedError("ChampionUnreadable", `${what} ${error.message}.`);
    throw unreadable(error, what);
  }
}

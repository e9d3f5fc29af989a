// What the generation log says to a promotion: it has happened already, it may continue, or another one was first.
import { NamedError } from "../../schemas/tables/errors.ts";
import type { PromotionRecord } from "../../schemas/types.ts";
import type { Layout } from "../models/layout.ts";
import { entryOf, highestGeneration } from "../models/log.ts";
import type { Promotion } from "./promotion.ts";

/**
 * The entry of this execution's earlier attempt, which was killed or lost its reply after it had committed; null when
 * the number is free. Throws Superseded or StaleChampion when this model must not take it.
 */
export async function committedBefore(
  at: Layout,
  generation: number,
  promotion: Promotion,
): Promise<PromotionRecord | null> {
  const { run, forced } = promotion;
  const highest = await highestGeneration(at);
  if (highest < generation - 1)
    throw new NamedError(
      "ChampionUnreadable",
      `The generation log ends at ${highest}, but the champion was generation ${generation - 1}: entries were lost.`,
    );
  // What this execution has promoted, it has promoted since it started; what an operator forces, since they looked.
  for (let number = highest; number > (forced ? generation - 1 : 0); number--) {
    const entry = await entryOf(at, number);
    if (entry.execution === run.execution) return entry;
    if (Date.parse(entry.at) < Date.parse(run.startedAt)) break;
  }
  if (highest > 0) refuseOlderExport(await entryOf(at, highest), promotion);
  if (highest < generation) return null;
  throw stale(generation);
}

/**
 * Exports are trained on side by side, and the later one may be through first. The earlier one's embeddings would then
 * take notes away that the billing app already has. Only what came into use during this very run counts: who starts a
 * run on an old export while a newer one's model is in use knows what they do.
 */
function refuseOlderExport(newest: PromotionRecord, { run, dataset, forced }: Promotion): void {
  if (forced || newest.exportedAt === undefined) return;
  const cameMeanwhile = Date.parse(newest.at) >= Date.parse(run.startedAt);
  if (cameMeanwhile && Date.parse(newest.exportedAt) > Date.parse(dataset.exportedAt))
    throw new NamedError(
      "Superseded",
      `Generation ${newest.generation} came into use during this run, and its export (${newest.exportedAt}) is newer than this one's (${dataset.exportedAt}).`,
    );
}

/** How the log refuses this promotion by now; null when it does not. */
export async function lostRace(
  at: Layout,
  generation: number,
  promotion: Promotion,
): Promise<NamedError | null> {
  try {
    await committedBefore(at, generation, promotion);
    return null;
  } catch (error) {
    const lost = error instanceof NamedError && /^(StaleChampion|Superseded)$/.test(error.name);
    return lost ? error : null;
  }
}

export function stale(generation: number): NamedError {
  return new NamedError(
    "StaleChampion",
    `Generation ${generation} was taken by another promotion: this model must be compared with the new champion.`,
  );
}

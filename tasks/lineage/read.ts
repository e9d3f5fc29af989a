import { NamedError } from "../../schemas/errors.ts";
import { BundleDamaged, readManifest } from "../models/bundle.ts";
import { isMissing } from "../models/durable.ts";
import { layout } from "../models/layout.ts";
import { highestGeneration, readEntry } from "../models/log.ts";
import { type BundleLineage, bundleLineage } from "./lineage.ts";

/**
 * What went into the version that a generation put in use, from the bundle alone.
 *
 * Throws InvalidInput (no such generation, or its bundle was removed), ChampionUnreadable (the log or the bundle is damaged).
 */
export async function readLineage(
  modelsFolder: string,
  generation: number,
  model?: string,
): Promise<BundleLineage> {
  const at = layout(modelsFolder, model);
  const highest = await highestGeneration(at);
  const entry = generation > highest ? null : await readEntry(at, generation);
  if (!entry)
    throw new NamedError(
      "InvalidInput",
      highest === 0
        ? "No model has been promoted yet under this name."
        : `There is no generation ${generation}: they count from 1 to ${highest}.`,
    );
  try {
    return bundleLineage(await readManifest(at, entry.version));
  } catch (error) {
    if (!(error instanceof BundleDamaged) && !isMissing(error)) throw error;
    throw new NamedError(
      "InvalidInput",
      `The bundle ${entry.version} of generation ${generation} was removed or is damaged, and its lineage with it. Those that are kept: pbp history.`,
    );
  }
}

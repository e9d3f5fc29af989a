import { NamedError } from "../../schemas/tables/errors.ts";
import type { BundleManifest, Lineage } from "../../schemas/types.ts";
import { BundleDamaged, readManifest } from "./bundle.ts";
import { isMissing } from "./durable.ts";
import { layout } from "./layout.ts";
import { highestGeneration, readEntry } from "./log.ts";

/** A bundle and what went into it; null for a bundle of a version that did not write it down. */
export type BundleLineage = Pick<
  BundleManifest,
  "version" | "digest" | "execution" | "createdAt" | "model"
> & {
  lineage: Lineage | null;
};

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
    const manifest = await readManifest(at, entry.version);
    const { version, digest, execution, createdAt, model: archive, lineage = null } = manifest;
    return { version, digest, execution, createdAt, model: archive, lineage };
  } catch (error) {
    if (!(error instanceof BundleDamaged) && !isMissing(error)) throw error;
    throw new NamedError(
      "InvalidInput",
      `The bundle ${entry.version} of generation ${generation} was removed or is damaged, and its lineage with it. Those that are kept: pbp history.`,
    );
  }
}

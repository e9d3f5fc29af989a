// One promotion: stage, check, write the manifest last, move into versions/, take the generation, move the pointer.
// Killed anywhere, it leaves the champion as it was or promoted as a whole, and may be called again with the same event.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { modelOf } from "../../schemas/models/registered-models.ts";
import { NamedError } from "../../schemas/tables/errors.ts";
import type {
  Artifacts,
  BundleManifest,
  Champion,
  Dataset,
  PromotionRecord,
  Run,
  Verdict,
} from "../../schemas/types.ts";
import { BundleDamaged, bundleDigest, verifyBundle } from "../models/bundle.ts";
import { codeOf, renameTo, textOf, writeDurably } from "../models/durable.ts";
import { type Layout, layout, versionName } from "../models/layout.ts";
import { append, entryOf, ownerOf } from "../models/log.ts";
import { repairPointer } from "../models/pointer.ts";
import { retain } from "../models/retention.ts";
import { discard, prepareFolders, stagingPath, sweepStaging } from "../models/staging.ts";
import { syncFolder } from "../store/folders.ts";
import { ObjectMissing, type ObjectStore } from "../store/store.ts";
import type { Judged } from "./judged.ts";
import { forget, keep, keepManifest } from "./kept.ts";
import { lineageOf } from "./lineage.ts";
import { committedBefore, lostRace, stale } from "./race.ts";
import { stageBundle } from "./stage.ts";

export type Promotion = {
  run: Run;
  dataset: Dataset;
  artifacts: Artifacts;
  /** The champion that the verdict was against; null when there was none. */
  champion: Champion | null;
  verdict: Judged;
  /** The verdict as a whole, for the lineage. */
  evidence: Verdict;
  /** An operator promotes by hand. Then the order of exports is the operator's affair too. */
  forced?: { actor: string; reason: string; overruled: NonNullable<PromotionRecord["overruled"]> };
  /** A person approved what the gate would promote. */
  approved?: { actor: string; reason: string; by: string };
};

export type Places = {
  store: ObjectStore;
  modelsFolder: string;
  /** Versions that stay besides the one in use. */
  keep: number;
  /** The commit of the code, for the lineage; absent: not known. */
  code?: string;
};

export type Promoted = { generation: number; version: string };

/**
 * Promotes a bundle as the generation after the champion's, in the log of the run's registered model.
 *
 * @returns also when this execution's earlier attempt was killed after it had committed: then its generation.
 * Throws StaleChampion (another promotion came first), Superseded (a newer export's did), PromotionFailed (nothing
 * changed, staging is clean), ChampionUnreadable (the generation log is damaged).
 */
export async function promote(promotion: Promotion, places: Places): Promise<Promoted> {
  const at = layout(places.modelsFolder, modelOf(promotion.run));
  const generation = (promotion.champion?.generation ?? 0) + 1;
  let doing = "looking at the generation log";
  try {
    await prepareFolders(at);
    const earlier = await committedBefore(at, generation, promotion);
    if (earlier) return await conclude(at, earlier, places);
    await sweepStaging(at);
    doing = "staging the bundle";
    const version = await withStaging(at, (folder) =>
      stageVersion(at, folder, generation, promotion, places),
    );
    doing = "committing the generation";
    const record = recordOf(at, promotion, generation, version);
    if (!(await append(at, record))) return await settleLostRace(at, promotion, record, places);
    doing = "moving the pointer";
    return await conclude(at, record, places);
  } catch (error) {
    if (error instanceof NamedError && error.name !== "PromotionFailed") throw error;
    // Stopped for long enough, this process may have lost its staging folder to a sweeper, and the race as well.
    throw (await lostRace(at, generation, promotion)) ?? failure(error, doing);
  }
}

/** Someone has the number. An earlier attempt of this very execution: then it is promoted. Else nothing of it stays. */
async function settleLostRace(
  at: Layout,
  promotion: Promotion,
  record: PromotionRecord,
  places: Places,
): Promise<Promoted> {
  const winner = await entryOf(at, record.generation);
  if (winner.execution === record.execution) return conclude(at, winner, places);
  if (winner.version !== record.version) await forget(places.store, at, record.version);
  await tidyUp(at, places);
  throw (await lostRace(at, record.generation, promotion)) ?? stale(record.generation);
}

async function withStaging<T>(at: Layout, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = stagingPath(at, "promotion");
  await mkdir(folder);
  try {
    return await work(folder);
  } finally {
    await discard(at, folder).catch(() => undefined);
  }
}

/** @returns the name of the finished version, which lies in versions/ and has been read back. */
async function stageVersion(
  at: Layout,
  folder: string,
  generation: number,
  promotion: Promotion,
  { store, code = "unknown" }: Places,
): Promise<string> {
  const { run, dataset, artifacts } = promotion;
  const bundle = join(folder, "bundle");
  await mkdir(bundle);
  const { files, labels, algorithm } = await stageBundle(store, bundle, { run, dataset, artifacts });
  const digest = bundleDigest(files);
  const version = versionName(generation, digest);
  const manifest: BundleManifest = {
    version,
    digest,
    execution: run.execution,
    createdAt: new Date().toISOString(),
    kind: dataset.kind,
    algorithm,
    labels,
    model: await keep(store, at, version, { dataset, artifacts }),
    lineage: lineageOf(promotion, code),
    files,
  };
  const text = `${JSON.stringify(manifest, null, 2)}\n`;
  await keepManifest(store, at, version, text);
  await writeDurably(join(bundle, "manifest.json"), text);
  await syncFolder(bundle);
  await enterVersions(at, bundle, version);
  await verifyBundle(at, version);
  return version;
}

/**
 * One rename makes the finished folder a version. When a killed attempt left a version of that name, it is of the same
 * content, since its digest is the name; it is used if it is whole, and replaced if not.
 */
async function enterVersions(at: Layout, bundle: string, version: string): Promise<void> {
  const wanted = await textOf(join(bundle, "manifest.json"));
  const isThere = async () => (await textOf(at.manifest(version))) === wanted;
  try {
    await renameTo(bundle, at.version(version), isThere);
  } catch (error) {
    if (codeOf(error) !== "ENOTEMPTY" && codeOf(error) !== "EEXIST") throw error;
    try {
      await verifyBundle(at, version);
    } catch (damage) {
      if (!(damage instanceof BundleDamaged)) throw damage;
      await discard(at, at.version(version));
      await renameTo(bundle, at.version(version), isThere);
    }
  }
}

function recordOf(
  at: Layout,
  { run, dataset, champion, verdict, forced, approved }: Promotion,
  generation: number,
  version: string,
): PromotionRecord {
  return {
    ...ownerOf(at),
    generation,
    action: forced ? "forced" : "promote",
    version,
    from: champion?.version ?? null,
    at: new Date().toISOString(),
    actor: (forced ?? approved)?.actor ?? "Promote",
    execution: run.execution,
    reason: (forced ?? approved)?.reason ?? run.reason,
    verdict,
    exportedAt: dataset.exportedAt,
    ...(approved && { approvedBy: approved.by, startedBy: run.startedBy ?? null }),
    ...(forced && { overruled: forced.overruled }),
  };
}

/** After the commit: the pointer follows the log and is read back; then what is no longer needed goes. */
async function conclude(at: Layout, record: PromotionRecord, places: Places): Promise<Promoted> {
  await repairPointer(at);
  await tidyUp(at, places);
  return { generation: record.generation, version: record.version };
}

/** What is decided stands, whether or not there was time to tidy up; the next promotion tries again. */
async function tidyUp(at: Layout, places: Places): Promise<void> {
  try {
    for (const version of await retain(at, places.keep)) await forget(places.store, at, version);
  } catch (error) {
    console.warn(`Old versions were not removed (${codeOf(error) ?? "see the next promotion"}).`);
  }
}

function failure(error: unknown, doing: string): NamedError {
  if (error instanceof NamedError) return error;
  const why =
    error instanceof ObjectMissing
      ? `${error.key} is missing`
      : error instanceof BundleDamaged
        ? `what was read back ${error.message}`
        : (codeOf(error) ?? (error instanceof Error ? error.constructor.name : "unknown"));
  return new NamedError("PromotionFailed", `While ${doing}: ${why}.`);
}

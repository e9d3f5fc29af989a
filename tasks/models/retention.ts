// Which versions stay: the one in use, the last N others that were in use before it, and the one that answers beside it.
// A rollback, or whoever sets the traffic, may choose an old version at the very moment that it is removed; so a version
// first leaves versions/ by one rename, and only then is it asked whether someone wants it. They ask in the opposite
// order: pin, then check that the version is there, then commit. Whichever is later sees the other.
import { lstat, rename } from "node:fs/promises";
import { join } from "node:path";
import { readdirOrNone } from "../store/folders.ts";
import { isMissing, orNull, renameTo } from "./durable.ts";
import { generationOf, type Layout } from "./layout.ts";
import { entryOf, highestGeneration } from "./log.ts";
import { discard, stagedAs, stagingPath, sweepStaging } from "./staging.ts";
import { armVersion } from "./traffic.ts";

/**
 * The version in use, the last `keep` others before it, newest first, and the arm of the traffic. Empty when nothing was
 * ever promoted. Throws ChampionUnreadable, TrafficUnreadable: what is wanted is not known then, and nothing must go.
 */
async function keptVersions(at: Layout, keep: number): Promise<string[]> {
  const kept = new Set<string>();
  for (let generation = await highestGeneration(at); generation > 0 && kept.size <= keep; generation--)
    kept.add((await entryOf(at, generation)).version);
  const arm = await armVersion(at);
  return [...kept, ...(arm ? [arm] : [])];
}

/**
 * Removes what no one needs: leftovers of killed promotions, versions that lost the race for their generation, and
 * versions beyond the last `keep`. A version staged for a generation that is still free may be about to be committed,
 * and stays.
 *
 * @returns the versions that are gone.
 */
export async function retain(at: Layout, keep: number): Promise<string[]> {
  const gone: string[] = [];
  const settled = async (removed: string) => {
    const version = await settle(at, removed, keep);
    if (version) gone.push(version);
  };
  await sweepStaging(at);
  for (const name of await stagedAs(at, "removed-")) await settled(join(at.staging, name));
  const highest = await highestGeneration(at);
  const kept = await keptVersions(at, keep);
  for (const version of await readdirOrNone(at.versions)) {
    const generation = generationOf(version);
    if (generation === null || generation > highest || kept.includes(version)) continue;
    const removed = stagingPath(at, `removed-${version}`);
    if (await takeAway(at.version(version), removed)) await settled(removed);
  }
  return gone;
}

async function takeAway(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (await orNull(lstat(to))) return true;
    // Another process was first, and may have brought it back by now.
    if (isMissing(error) || !(await orNull(lstat(from)))) return false;
    throw error;
  }
}

/** Deletes a version that was taken away, whose name it returns, or brings it back when it is wanted after all. */
async function settle(at: Layout, removed: string, keep: number): Promise<string | null> {
  const version = removed.match(/removed-([0-9]{6}-[0-9a-f]{12})-/)?.[1];
  if (!version) return null;
  // Pins first: a rollback that has none any more has committed by then, and the log shows it.
  const pinned = (await stagedAs(at, `pin-${version}-`)).length > 0;
  const wanted = pinned || (await keptVersions(at, keep)).includes(version);
  if (!wanted) {
    await discard(at, removed);
    return version;
  }
  const back = at.version(version);
  // When neither is there, another process has decided.
  await renameTo(removed, back, async () => (await orNull(lstat(removed))) === null);
  return null;
}

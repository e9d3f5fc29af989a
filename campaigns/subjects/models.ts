// What holds of a models folder at any moment, whoever was killed or refused.
import { lutimesSync, readdirSync, readlinkSync, renameSync } from "node:fs";
import { readlink } from "node:fs/promises";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { NamedError } from "../../schemas/tables/errors.ts";
import type { Champion } from "../../schemas/types.ts";
import { verifyBundle } from "../../tasks/models/bundle.ts";
import { currentChampion } from "../../tasks/models/champion.ts";
import { readHistory } from "../../tasks/models/history.ts";
import { type Layout, layout } from "../../tasks/models/layout.ts";
import { retain } from "../../tasks/models/retention.ts";
import { leaseMilliseconds } from "../../tasks/models/staging.ts";
import type { ObjectStore } from "../../tasks/store/store.ts";
import { sha256 } from "../../test/promote/execution.ts";

// Beyond what Linux gives to any process.
export const noProcess = 4194305;

/** The log is a serial order, every version that it needs is whole, and so is what a reader finds. Repairs nothing. */
export async function unsoundness(models: string, keep: number, model?: string): Promise<string[]> {
  const at = layout(models, model);
  const problems: string[] = [];
  const history = await readHistory(models, model);
  for (const [index, one] of history.entries()) {
    const before = history[index + 1] ?? null;
    if (one.generation !== history.length - index) problems.push(`generation ${one.generation} out of order`);
    if (one.from !== (before?.version ?? null))
      problems.push(`generation ${one.generation} replaced ${one.from}, but ${before?.version} was in use`);
  }
  const promoted = history.filter((one) => one.action === "promote").map((one) => one.execution);
  if (new Set(promoted).size !== promoted.length) problems.push("an execution was promoted twice");
  const needed = new Set(history.map((one) => one.version));
  for (const version of [...needed].slice(0, keep + 1)) problems.push(...(await damageOf(at, version)));
  for (const version of names(at.versions))
    if (!needed.has(version)) problems.push(...(await damageOf(at, version)));
  for (const name of ["current", "embeddings.sav", "ner"]) {
    const target = await readlink(join(at.models, name)).catch(() => null);
    if (target === null) {
      // Only the first promotion makes the links.
      if (history.length > 1) problems.push(`${name} is missing`);
      continue;
    }
    if (name !== "current" && target !== `current/${name}`) problems.push(`${name} points at ${target}`);
    if (name === "current" && !needed.has(target.replace("versions/", "")))
      problems.push(`current points at ${target}, which the log does not know`);
    if (name === "current") problems.push(...(await damageOf(at, target.replace("versions/", ""))));
  }
  return problems;
}

async function damageOf(at: Layout, version: string): Promise<string[]> {
  try {
    await verifyBundle(at, version);
    return [];
  } catch (error) {
    return [`${version} ${(error as Error).message}`];
  }
}

/**
 * What is wrong after work that makes one generation more was disturbed: the folder is unsound, or the log is neither as
 * it was nor one longer. Work that was reported as done must be there.
 */
export async function halfDone(
  models: string,
  before: { generations: number; keep: number; acknowledged: boolean; model?: string },
): Promise<string[]> {
  const problems = await unsoundness(models, before.keep, before.model);
  const { length } = await readHistory(models, before.model);
  if (length !== before.generations + 1 && (before.acknowledged || length !== before.generations))
    problems.push(`the log has ${length} generations; there were ${before.generations} before`);
  return problems;
}

/** After a repair: the champion can be read, is pointed at, its archive is in the store, and the leftovers go. */
export async function unrepaired(
  models: string,
  store: ObjectStore,
  { generations, keep, model }: { generations: number; keep: number; model?: string },
): Promise<string[]> {
  const at = layout(models, model);
  const problems = await unsoundness(models, keep, model);
  const champion = await currentChampion(models, model);
  if (champion?.generation !== generations)
    problems.push(`the champion is generation ${champion?.generation}, not ${generations}`);
  if (!champion) return problems;
  for (const [name, target] of [
    ["current", `versions/${champion.version}`],
    ["ner", "current/ner"],
    ["embeddings.sav", "current/embeddings.sav"],
  ] as const)
    if (readlinkSync(join(at.models, name)) !== target) problems.push(`${name} does not point at ${target}`);
  problems.push(...(await archiveProblems(store, champion)));
  problems.push(...(await leftovers(at, keep)));
  return problems;
}

async function archiveProblems(store: ObjectStore, { model, version }: Champion): Promise<string[]> {
  try {
    const bytes = await buffer(await store.read(model.key));
    return sha256(bytes) === model.sha256 ? [] : [`the archive of ${version} in the bucket is another one`];
  } catch (error) {
    return [`the archive of ${version} in the bucket cannot be read: ${(error as Error).name}`];
  }
}

/** What stays in staging, and in versions beyond those kept, once it is old and its process is gone. */
async function leftovers(at: Layout, keep: number): Promise<string[]> {
  const old = new Date(Date.now() - 2 * leaseMilliseconds);
  for (const name of names(at.staging)) {
    const orphan = join(at.staging, name.replace(`-${process.pid}-`, `-${noProcess}-`));
    renameSync(join(at.staging, name), orphan);
    lutimesSync(orphan, old, old);
  }
  await retain(at, keep);
  const staged = names(at.staging);
  const kept = names(at.versions).length;
  return [
    ...(staged.length > 0 ? [`staging keeps ${staged.map((name) => name.split("-")[0]).join(", ")}`] : []),
    ...(kept > keep + 1 ? [`${kept} versions are kept, not ${keep + 1}`] : []),
  ];
}

export function names(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/** What every note and every failing path holds, and no message may. */
export const canary = /canary/i;

/** A name of ours, and a message that quotes neither a path's canary nor the data's. */
export function isNamedAmong(error: unknown, allowed: string[]): boolean {
  return error instanceof NamedError && allowed.includes(error.name) && !canary.test(error.message);
}

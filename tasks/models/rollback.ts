import { unlink } from "node:fs/promises";
import { NamedError } from "../../schemas/tables/errors.ts";
import type { PromotionRecord } from "../../schemas/types.ts";
import { writeDurably } from "./durable.ts";
import { type Layout, layout } from "./layout.ts";
import { append, newestEntry, ownerOf, readEntry, unreadable } from "./log.ts";
import { repairPointer } from "./pointer.ts";
import { nothingPromoted } from "./registered.ts";
import { prepareFolders, stagingPath } from "./staging.ts";
import { requireWhole } from "./whole.ts";

export type RollbackRequest = {
  modelsFolder: string;
  /** The registered model; absent: the default one. */
  model?: string;
  /** The generation whose version is to be in use again. Absent: the version before the present one. */
  to?: number;
  /** Who asks, for the log. */
  actor: string;
  /** The actor asks once only: a rollback of theirs in the log is this one, whose reply was lost. */
  once?: boolean;
  /** Why, for the log. No patient data. */
  reason: string;
};

/**
 * Makes an old version the one in use again, as a new generation: nothing is copied. The version is read and verified
 * as a whole first.
 *
 * Throws InvalidInput (no such generation, or in use already), PromotionFailed (removed since, or damaged),
 * StaleChampion (another promotion was first: look again, then decide), ChampionUnreadable (the log is damaged).
 */
export async function rollback(request: RollbackRequest): Promise<PromotionRecord> {
  const at = layout(request.modelsFolder, request.model);
  const newest = await newestEntry(at);
  if (!newest)
    throw await nothingPromoted(request.modelsFolder, at.model, "there is nothing to roll back to");
  let pin: string | null = null;
  try {
    const earlier = request.once ? await rollbackBy(at, newest, request.actor) : null;
    if (earlier) {
      await repairPointer(at);
      return earlier;
    }
    const { version, exportedAt } = await wantedVersion(at, newest, request.to);
    await prepareFolders(at);
    pin = stagingPath(at, `pin-${version}`);
    await writeDurably(pin, "");
    await requireWhole(at, version, "The model in use is unchanged.");
    const record: PromotionRecord = {
      ...ownerOf(at),
      generation: newest.generation + 1,
      action: "rollback",
      version,
      from: newest.version,
      at: new Date().toISOString(),
      actor: request.actor,
      execution: null,
      reason: request.reason,
      verdict: null,
      ...(exportedAt !== undefined && { exportedAt }),
    };
    if (!(await append(at, record)))
      throw new NamedError(
        "StaleChampion",
        `Generation ${record.generation} was taken by somebody else. Look at the history, then roll back again if you still want to.`,
      );
    await repairPointer(at);
    return record;
  } catch (error) {
    if (error instanceof NamedError) throw error;
    throw new NamedError("PromotionFailed", unreadable(error, "A file that the rollback needs").message);
  } finally {
    // The log protects the version from now on; a pin that stays behind is swept later.
    if (pin) await unlink(pin).catch(() => undefined);
  }
}

/** Damaged entries are passed over: they must not keep anyone from rolling back. */
async function rollbackBy(
  at: Layout,
  newest: PromotionRecord,
  actor: string,
): Promise<PromotionRecord | null> {
  for (let number = newest.generation; number > 0; number--) {
    const entry = await readEntry(at, number).catch(() => null);
    if (entry?.action === "rollback" && entry.actor === actor) return entry;
  }
  return null;
}

async function wantedVersion(
  at: Layout,
  newest: PromotionRecord,
  to: number | undefined,
): Promise<Pick<PromotionRecord, "version" | "exportedAt">> {
  if (to === undefined) {
    if (!newest.from)
      throw new NamedError("InvalidInput", "Generation 1 is in use: there is nothing before it.");
    // A damaged entry in between must not keep anyone from rolling back.
    const before = await readEntry(at, newest.generation - 1).catch(() => null);
    return { version: newest.from, ...(before?.version === newest.from && before) };
  }
  const record = to > newest.generation ? null : await readEntry(at, to);
  if (!record)
    throw new NamedError(
      "InvalidInput",
      `There is no generation ${to}: they count from 1 to ${newest.generation}.`,
    );
  if (record.version === newest.version)
    throw new NamedError("InvalidInput", `Generation ${to} is ${record.version}, which is in use.`);
  return record;
}

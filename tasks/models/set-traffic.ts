import { randomBytes } from "node:crypto";
import { unlink } from "node:fs/promises";
import { optionOf } from "../../schemas/models/registered-models.ts";
import { NamedError } from "../../schemas/tables/errors.ts";
import type { TrafficArm, TrafficRecord } from "../../schemas/types.ts";
import { highestNumber, takeNumber } from "./append-only.ts";
import { makeFolder, writeDurably } from "./durable.ts";
import { type Layout, layout } from "./layout.ts";
import { highestGeneration, newestEntry, ownerOf, readEntry, unreadable } from "./log.ts";
import { nothingPromoted } from "./registered.ts";
import { prepareFolders, stagingPath } from "./staging.ts";
import { checkTraffic, newestTraffic, trafficEntry } from "./traffic.ts";
import { requireWhole } from "./whole.ts";

export type WantedArm = Pick<TrafficArm, "generation" | "weight" | "shadow">;

export type TrafficRequest = {
  modelsFolder: string;
  /** The registered model; absent: the default one. */
  model?: string;
  /** Which generation is to answer beside the one in use; null: none any more. */
  arm: WantedArm | null;
  /** Who asks, for the log. */
  actor: string;
  /** The actor asks once only: an entry of theirs in the log is this one, whose reply was lost. */
  once?: boolean;
  /** Why, for the log. No patient data. */
  reason: string;
};

/**
 * Says which generation answers beside the one in use. Its bundle is read and verified as a whole first. To stop needs
 * nothing but the next number, so that it works whatever is damaged.
 *
 * Of two who ask at once the later one counts; the log has both. A promotion that comes in between ends what was asked for.
 *
 * Throws InvalidInput (no such generation, or in use), PromotionFailed (its bundle was removed or damaged, or the disk
 * refused), StaleChampion (a promotion came in between), ChampionUnreadable, TrafficUnreadable.
 */
export async function setTraffic(request: TrafficRequest): Promise<TrafficRecord> {
  const at = layout(request.modelsFolder, request.model);
  let pin: string | null = null;
  try {
    if ((await highestGeneration(at)) === 0)
      throw await nothingPromoted(request.modelsFolder, at.model, "there is no traffic to share");
    const earlier = request.once ? await askedBy(at, request.actor) : null;
    if (earlier) return earlier;
    const arm = request.arm && (await wantedArm(at, request.arm));
    await prepareFolders(at);
    await makeFolder(at.traffic);
    if (arm) {
      // As a rollback does: whoever is later, this or a retention, sees the other.
      pin = stagingPath(at, `pin-${arm.version}`);
      await writeDurably(pin, "");
      await requireWhole(at, arm.version, "The traffic is unchanged.");
    }
    const record = await appended(at, request, arm);
    if (arm && (await highestGeneration(at)) !== arm.beside)
      throw new NamedError(
        "StaleChampion",
        `Another generation came into use at the same moment, so this one gets no traffic. Look at the history, then set it again if you still want to.`,
      );
    return record;
  } catch (error) {
    if (error instanceof NamedError) throw error;
    throw new NamedError("PromotionFailed", unreadable(error, "A file that the traffic needs").message);
  } finally {
    // The log protects the version from now on; a pin that stays behind is swept later.
    if (pin) await unlink(pin).catch(() => undefined);
  }
}

async function appended(
  at: Layout,
  { actor, reason }: TrafficRequest,
  arm: TrafficArm | null,
): Promise<TrafficRecord> {
  for (;;) {
    const record = checkTraffic({
      ...ownerOf(at),
      entry: (await highestNumber(at.traffic)) + 1,
      arm,
      at: new Date().toISOString(),
      actor,
      reason,
    } satisfies TrafficRecord);
    if (await takeNumber(at, at.traffic, record.entry, record)) return record;
  }
}

/** Damaged entries are passed over: they must not keep anyone from stopping. */
async function askedBy(at: Layout, actor: string): Promise<TrafficRecord | null> {
  for (let entry = await highestNumber(at.traffic); entry > 0; entry--) {
    const found = await trafficEntry(at, entry).catch(() => null);
    if (found?.actor === actor) return found;
  }
  return null;
}

async function wantedArm(at: Layout, { generation, weight, shadow }: WantedArm): Promise<TrafficArm> {
  const newest = (await newestEntry(at))!;
  const found = generation > newest.generation ? null : await readEntry(at, generation);
  if (!found)
    throw new NamedError(
      "InvalidInput",
      `There is no generation ${generation}: they count from 1 to ${newest.generation}.`,
    );
  if (found.version === newest.version)
    throw new NamedError(
      "InvalidInput",
      `Generation ${generation} is ${found.version}, which is in use: it answers already. An earlier one is wanted: pbp history${optionOf(at.model)}`,
    );
  const before = (await newestTraffic(at))?.arm;
  const isSame = before?.version === found.version && before.beside === newest.generation;
  return {
    generation,
    version: found.version,
    beside: newest.generation,
    weight,
    shadow,
    salt: isSame ? before.salt : randomBytes(8).toString("hex"),
  };
}

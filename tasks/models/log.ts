// The generation log: models/history/<generation>.json, append-only. It alone says which version is in use; the pointer
// is derived from it.
import { lstat } from "node:fs/promises";
import promotionRecordSchema from "../../schemas/models/promotion-record.schema.json" with { type: "json" };
import { defaultModel, modelOf } from "../../schemas/models/registered-models.ts";
import { NamedError } from "../../schemas/tables/errors.ts";
import type { PromotionRecord } from "../../schemas/types.ts";
import { door } from "../lambda/door.ts";
import { highestNumber, readNumber, takeNumber } from "./append-only.ts";
import { codeOf, isMissing, orNull } from "./durable.ts";
import type { Layout } from "./layout.ts";

const checkRecord = door<PromotionRecord>(promotionRecordSchema, {
  what: "An entry of the generation log",
  name: "ChampionUnreadable",
});

/**
 * The newest generation's number; 0 when nothing was ever promoted.
 *
 * Throws ChampionUnreadable when the log cannot be read, or when a pointer exists without a log: then the log was lost,
 * which must not be taken for "no champion". (A folder that is not there means a new installation: Lambda does not start
 * a function whose file system cannot be mounted.)
 */
export async function highestGeneration(at: Layout): Promise<number> {
  try {
    const highest = await highestNumber(at.history);
    if (highest === 0) await refuseLostLog(at);
    return highest;
  } catch (error) {
    throw unreadable(error, "The generation log");
  }
}

async function refuseLostLog(at: Layout): Promise<void> {
  if (await orNull(lstat(at.current)))
    throw new NamedError(
      "ChampionUnreadable",
      "models/current exists but the generation log is empty: the log was lost. Restore models/history from a backup.",
    );
}

/** One entry; null when that number was not taken yet. Throws ChampionUnreadable when it is damaged. */
export async function readEntry(at: Layout, generation: number): Promise<PromotionRecord | null> {
  const name = `The entry of generation ${generation}`;
  let value: unknown;
  try {
    value = await readNumber(at.history, generation);
    if (value === undefined) return null;
  } catch (error) {
    throw unreadable(error, name);
  }
  const record = checkRecord(value);
  if (record.generation !== generation)
    throw new NamedError("ChampionUnreadable", `${name} carries another generation's number.`);
  if (modelOf(record) !== at.model)
    throw new NamedError("ChampionUnreadable", `${name} is of another registered model's log.`);
  return record;
}

/** How an entry says whose it is. Entries of the default model are as they always were. */
export const ownerOf = ({ model }: Layout): Pick<PromotionRecord, "model"> =>
  model === defaultModel ? {} : { model };

/** An entry that must be there, since a later one is. */
export async function entryOf(at: Layout, generation: number): Promise<PromotionRecord> {
  const record = await readEntry(at, generation);
  if (record) return record;
  throw new NamedError(
    "ChampionUnreadable",
    `The generation log has no entry ${generation}, but later ones.`,
  );
}

/** The newest entry; null when nothing was ever promoted. */
export async function newestEntry(at: Layout): Promise<PromotionRecord | null> {
  const generation = await highestGeneration(at);
  return generation === 0 ? null : entryOf(at, generation);
}

/**
 * Takes the record's generation.
 *
 * @returns false when another process took the number first.
 */
export async function append(at: Layout, record: PromotionRecord): Promise<boolean> {
  return takeNumber(at, at.history, record.generation, checkRecord(record));
}

/** ChampionUnreadable for anything that went wrong while `what` was read. */
export function unreadable(error: unknown, what: string): NamedError {
  if (error instanceof NamedError) return error;
  const why = isMissing(error) ? "is missing" : `cannot be read (${codeOf(error) ?? "not as expected"})`;
  return new NamedError("ChampionUnreadable", `${what} ${why}.`);
}

import { createHash } from "node:crypto";
import { isObject } from "./format.ts";
import type { Losses } from "./losses.ts";
import type { SourceRecord } from "./record.ts";

/**
 * Ids of records: what a field `recordId` says, as pbp suggest writes it, else the tool's own, else the place where the
 * record stands. Keeps a digest of each.
 */
export class Ids {
  /** By digest, the number that was given last. */
  private readonly seen = new Map<bigint, number>();

  next({ id: toolsOwn, fields, place }: SourceRecord, losses: Losses): string {
    const id = recordIdIn(fields) ?? toolsOwn;
    const name = id !== undefined && /^[^\p{C}]{1,128}$/u.test(id) ? id : place.slice(0, 128);
    const last = this.numberOf(name);
    if (last === undefined) return name;
    losses.add("ids that came before, numbered", place);
    for (let number = last + 1; ; number++) {
      const other = `${name.slice(0, 118)}~${number}`;
      if (this.numberOf(other) !== undefined) continue;
      this.seen.set(digestOf(name), number);
      return other;
    }
  }

  /** undefined: it is new, and was the first. */
  private numberOf(name: string): number | undefined {
    const digest = digestOf(name);
    const number = this.seen.get(digest);
    if (number === undefined) this.seen.set(digest, 1);
    return number;
  }
}

const digestOf = (name: string) => createHash("sha256").update(name).digest().readBigUInt64LE();

/** Beside the text, or where the tool keeps what came with it: Label Studio in data, Prodigy in meta. */
function recordIdIn(fields: object): string | undefined {
  const { recordId, data, meta } = fields as Record<string, unknown>;
  const found = [recordId, isObject(data) && data.recordId, isObject(meta) && meta.recordId];
  return found.find((one): one is string => typeof one === "string");
}

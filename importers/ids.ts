import { createHash } from "node:crypto";
import { isObject } from "./format.ts";
import type { Losses } from "./losses.ts";
import type { SourceRecord } from "./record.ts";

/**
 * Ids of records: what a field `recordId` says, as pbp suggest writes it, else the tool's own, else the place where the
 * record stands. Keeps a digest of each.
 */
export class Ids {
  private readonly seen = new Set<bigint>();

  next({ id: toolsOwn, fields, place }: SourceRecord, losses: Losses): string {
    const id = recordIdIn(fields) ?? toolsOwn;
    const name = id !== undefined && /^[^\p{C}]{1,128}$/u.test(id) ? id : place.slice(0, 128);
    if (this.isNew(name)) return name;
    losses.add("ids that came before, numbered", place);
    for (let number = 2; ; number++) {
      const other = `${name.slice(0, 120)}~${number}`;
      if (this.isNew(other)) return other;
    }
  }

  private isNew(name: string): boolean {
    const digest = createHash("sha256").update(name).digest().readBigUInt64LE();
    if (this.seen.has(digest)) return false;
    this.seen.add(digest);
    return true;
  }
}

/** Beside the text, or where the tool keeps what came with it: Label Studio in data, Prodigy in meta. */
function recordIdIn(fields: object): string | undefined {
  const { recordId, data, meta } = fields as Record<string, unknown>;
  const found = [recordId, isObject(data) && data.recordId, isObject(meta) && meta.recordId];
  return found.find((one): one is string => typeof one === "string");
}

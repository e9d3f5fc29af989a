import { createHash } from "node:crypto";
import type { Losses } from "./losses.ts";
import type { SourceRecord } from "./record.ts";

/** Ids of records: the tool's own, or the place where the record stands. Keeps a digest of each. */
export class Ids {
  private readonly seen = new Set<bigint>();

  next({ id, place }: SourceRecord, losses: Losses): string {
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

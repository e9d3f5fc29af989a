import { DigestMap } from "./digest-map.ts";
import type { Side } from "./split.ts";

// Training groups validate: a group whose records lie on both of these sides does not straddle the split.
const bitOf: Record<Side, number> = { train: 1, validation: 1, test: 2 };
const BOTH = 3;

/** The sides on which the records of each patient or encounter lie. */
export class Groups {
  private readonly sides = new DigestMap({ bits: 64, values: Uint8Array });
  /** Groups on both sides, which only pinned records can cause. */
  straddling = 0;

  enter(groupDigest: string, side: Side) {
    const known = Math.max(this.sides.get(groupDigest), 0);
    const after = known | bitOf[side];
    if (after === known) return;
    this.sides.set(groupDigest, after);
    if (after === BOTH) this.straddling++;
  }
}

import { DigestMap } from "./digest-map.ts";
import type { Side } from "./split.ts";

/** Why a copy of a text is on its side. The strongest claim decides for all copies, whatever their order. */
export type Claim = "pinned-test" | "train" | "hashed-test";

const HASHED_TEST = 1;
const TRAIN = 2;
const PINNED_TEST = 4;
const CLAIMS = HASHED_TEST | TRAIN | PINNED_TEST;
/** The side on which the rows were written when the first copy came. */
const WRITTEN_TEST = 8;
const FLAG_BITS = 4;
const bitOf: Record<Claim, number> = { "hashed-test": HASHED_TEST, train: TRAIN, "pinned-test": PINNED_TEST };

/**
 * All annotated texts, by folded text, and the side of each: a text that is pinned to test is never trained on; any
 * other that is trained on anywhere is never tested. So no text straddles the split.
 */
export class Documents {
  private readonly map = new DigestMap();
  /** Documents that have copies on the test side but are trained on. */
  movedFromTest = 0;
  /** Documents that have copies on the train side but are pinned to test. */
  movedFromTrain = 0;
  conflicting = 0;
  repeated = 0;
  /** Documents whose rows lie in the other side's file. */
  misplaced = 0;
  readonly sides: Record<Side, number> = { train: 0, test: 0 };

  get count(): number {
    return this.map.size;
  }

  /**
   * Enters a copy. Returns the side to write its rows to when it is the first, else null: the first copy's
   * keyphrases are kept. `tagHash` tells whether a later copy's are the same.
   */
  enter(document: string, claim: Claim, tagHash: number): Side | null {
    const digest = widen(document);
    // What the flags leave of 32 bits; never all ones, which the map cannot hold.
    const short = (tagHash >>> FLAG_BITS) & 0xffffffe;
    const known = this.map.get(digest);
    if (known < 0) {
      const side = claim === "train" ? "train" : "test";
      const flags = bitOf[claim] | (side === "test" ? WRITTEN_TEST : 0);
      this.map.set(digest, ((short << FLAG_BITS) | flags) >>> 0);
      this.sides[side]++;
      return side;
    }
    this.repeated++;
    if (known >>> FLAG_BITS !== short) this.conflicting++;
    const flags = known & 15;
    const after = flags | bitOf[claim];
    if (after !== flags) {
      this.tally(flags, -1);
      this.tally(after, 1);
      this.map.set(digest, ((known & ~15) | after) >>> 0);
    }
    return null;
  }

  /** The side of a document, once all copies are known. */
  sideOf(document: string): Side {
    const flags = this.map.get(widen(document));
    return finalSide(flags);
  }

  private tally(flags: number, by: 1 | -1) {
    const side = finalSide(flags);
    this.sides[side] += by;
    if (side === "train" && flags & HASHED_TEST) this.movedFromTest += by;
    if (side === "test" && flags & TRAIN) this.movedFromTrain += by;
    if (side !== (flags & WRITTEN_TEST ? "test" : "train")) this.misplaced += by;
  }
}

/** Rows carry 16 hex digits, so these 64 bits are what tells documents apart: the chance that any two of ten million collide is 3 in a million. */
function widen(document: string): string {
  return `${document}0000000000000000`;
}

function finalSide(flags: number): Side {
  const claims = flags & CLAIMS;
  return claims & PINNED_TEST ? "test" : claims & TRAIN ? "train" : "test";
}

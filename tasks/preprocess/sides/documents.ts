import { DigestMap } from "./digest-map.ts";
import type { Side } from "./split.ts";

/** Why a copy of a text is on its side. The strongest claim decides for all copies, whatever their order. */
export type Claim = "pinned-test" | "train" | "hashed-test";

const HASHED_TEST = 1;
const TRAIN = 2;
const PINNED_TEST = 4;
/** The side on which the rows were written when the first copy came. */
const WRITTEN_TEST = 8;
const FLAG_BITS = 4;
const FLAGS = 0b1111;
const FIRST_CAPACITY = 1 << 12;
const bitOf: Record<Claim, number> = { "hashed-test": HASHED_TEST, train: TRAIN, "pinned-test": PINNED_TEST };

/**
 * All annotated texts, by what a model reads of them, and the side of each: a text that is pinned to test is never
 * trained on; any other that is trained on anywhere is never tested. So no text straddles the split.
 */
export class Documents {
  /** Digest of a reading → number of the document, in the order in which they came. */
  private readonly numbers = new DigestMap({ bits: 64, values: Uint32Array });
  /** Flags of each document, and a hash of its keyphrases. */
  private states = new Uint32Array(FIRST_CAPACITY);
  /** Copies of texts entered before, and how many of these had other keyphrases than the first. */
  repeated = 0;
  conflicting = 0;
  /** Documents that have copies on the test side but are trained on, and the other way round. */
  movedFromTest = 0;
  movedFromTrain = 0;
  /** Documents of each side, and of these how many whose rows were written to the other. */
  readonly sides: Record<Side, number> = { train: 0, test: 0 };
  readonly misplaced: Record<Side, number> = { train: 0, test: 0 };

  get count(): number {
    return this.numbers.size;
  }

  /**
   * Enters a copy of the document with this reading, a digest. Returns the side to write its rows to when it is the
   * first, else null: the first copy's keyphrases are kept. `tagHash` (32 bits) tells whether a later copy's are the same.
   */
  enter(reading: string, claim: Claim, tagHash: number): Side | null {
    const hash = tagHash >>> FLAG_BITS;
    const known = this.numbers.get(reading);
    if (known < 0) {
      const side: Side = claim === "train" ? "train" : "test";
      const flags = bitOf[claim] | (side === "test" ? WRITTEN_TEST : 0);
      this.append(reading, ((hash << FLAG_BITS) | flags) >>> 0);
      this.sides[side]++;
      return side;
    }
    const state = this.states[known] as number;
    this.repeated++;
    if (state >>> FLAG_BITS !== hash) this.conflicting++;
    const before = state & FLAGS;
    const after = before | bitOf[claim];
    if (after !== before) {
      this.tally(before, -1);
      this.tally(after, 1);
      this.states[known] = ((state & ~FLAGS) | after) >>> 0;
    }
    return null;
  }

  /** The sides of the documents whose rows were written to `written`, in that order, once all copies are known. */
  *sidesOf(written: Side): Generator<Side, undefined> {
    for (let number = 0; number < this.count; number++) {
      const flags = (this.states[number] as number) & FLAGS;
      if ((written === "test") === ((flags & WRITTEN_TEST) !== 0)) yield strongest(flags);
    }
  }

  private append(reading: string, state: number) {
    const number = this.count;
    if (number === this.states.length) {
      const states = new Uint32Array(number * 2);
      states.set(this.states);
      this.states = states;
    }
    this.states[number] = state;
    this.numbers.set(reading, number);
  }

  private tally(flags: number, by: 1 | -1) {
    const side = strongest(flags);
    this.sides[side] += by;
    if (side === "train" && flags & HASHED_TEST) this.movedFromTest += by;
    if (side === "test" && flags & TRAIN) this.movedFromTrain += by;
    if (side !== (flags & WRITTEN_TEST ? "test" : "train")) this.misplaced[side] += by;
  }
}

function strongest(flags: number): Side {
  if (flags & PINNED_TEST) return "test";
  return flags & TRAIN ? "train" : "test";
}

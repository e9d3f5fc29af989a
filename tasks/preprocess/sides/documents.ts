import { DigestMap } from "./digest-map.ts";
import { type Side, sides } from "./split.ts";

/** Why a copy of a text is on its side. The strongest claim decides for all copies, whatever their order. */
export type Claim = "pinned-test" | "train" | "validation" | "hashed-test";

const HASHED_TEST = 1;
const TRAIN = 2;
const PINNED_TEST = 4;
const VALIDATION = 8;
/** The side on which the rows were written when the first copy came: its number, in two bits. */
const WRITTEN_SHIFT = 4;
const FLAG_BITS = 6;
const FLAGS = 0b111111;
const FIRST_CAPACITY = 1 << 12;
const bitOf: Record<Claim, number> = {
  "hashed-test": HASHED_TEST,
  validation: VALIDATION,
  train: TRAIN,
  "pinned-test": PINNED_TEST,
};

/** The side of a document with this claim alone. */
export function sideOfClaim(claim: Claim): Side {
  return strongest(bitOf[claim]);
}

/**
 * All annotated texts, by what a model reads of them, and the side of each: a text that is pinned to test is never
 * trained on; any other that is trained on anywhere is never tested, and none that is trained on validates. So no text
 * straddles the split.
 */
export class Documents {
  /** Digest of a reading → number of the document, in the order in which they came. */
  private readonly numbers = new DigestMap({ bits: 64, values: Uint32Array });
  /** Flags of each document, and a hash of its annotation. */
  private states = new Uint32Array(FIRST_CAPACITY);
  /** Copies of texts entered before, and how many of these had another annotation than the first. */
  repeated = 0;
  conflicting = 0;
  /** Documents that have copies on the test side but are trained on, and the other way round. */
  movedFromTest = 0;
  movedFromTrain = 0;
  /** Documents of each side; and of those whose rows were written to a side, how many do not belong there. */
  readonly sides: Record<Side, number> = { train: 0, validation: 0, test: 0 };
  readonly misplaced: Record<Side, number> = { train: 0, validation: 0, test: 0 };

  get count(): number {
    return this.numbers.size;
  }

  /**
   * Enters a copy of the document with this reading, a digest. `hash` (32 bits) tells whether a later copy's annotation
   * is the same.
   *
   * @returns the document's number, and the side to write its rows to when it is the first copy, else null.
   */
  enter(reading: string, claim: Claim, hash: number): { number: number; side: Side | null } {
    const short = hash >>> FLAG_BITS;
    const known = this.numbers.get(reading);
    if (known < 0) {
      const side = sideOfClaim(claim);
      const flags = bitOf[claim] | (sides.indexOf(side) << WRITTEN_SHIFT);
      const number = this.append(reading, ((short << FLAG_BITS) | flags) >>> 0);
      this.sides[side]++;
      return { number, side };
    }
    const state = this.states[known] as number;
    this.repeated++;
    if (state >>> FLAG_BITS !== short) this.conflicting++;
    const before = state & FLAGS;
    const after = before | bitOf[claim];
    if (after !== before) {
      this.tally(before, -1);
      this.tally(after, 1);
      this.states[known] = ((state & ~FLAGS) | after) >>> 0;
    }
    return { number: known, side: null };
  }

  /** The side of a document by its number, once all copies are known. */
  sideOf(number: number): Side {
    return strongest(this.states[number] as number);
  }

  /** The sides of the documents whose rows were written to `written`, in that order, once all copies are known. */
  *sidesOf(written: Side): Generator<Side, undefined> {
    for (let number = 0; number < this.count; number++)
      if (writtenTo(this.states[number] as number) === written) yield this.sideOf(number);
  }

  private append(reading: string, state: number): number {
    const number = this.count;
    if (number === this.states.length) {
      const states = new Uint32Array(number * 2);
      states.set(this.states);
      this.states = states;
    }
    this.states[number] = state;
    this.numbers.set(reading, number);
    return number;
  }

  private tally(flags: number, by: 1 | -1) {
    const side = strongest(flags);
    const written = writtenTo(flags);
    this.sides[side] += by;
    if (side !== "test" && flags & HASHED_TEST) this.movedFromTest += by;
    if (side === "test" && flags & (TRAIN | VALIDATION)) this.movedFromTrain += by;
    if (side !== written) this.misplaced[written] += by;
  }
}

function writtenTo(flags: number): Side {
  return sides[(flags & FLAGS) >>> WRITTEN_SHIFT] as Side;
}

function strongest(flags: number): Side {
  if (flags & PINNED_TEST) return "test";
  if (flags & TRAIN) return "train";
  return flags & VALIDATION ? "validation" : "test";
}

const FIRST_CAPACITY = 1 << 12;
const NONE = 0;

/** Some classes by their numbers, in ascending order. */
export type ClassSet = readonly number[];

/**
 * What the copies of each text say, in typed arrays: how many copies say which classes. A text whose copies agree takes
 * sixteen bytes, and so millions of texts fit where a Map each would not.
 */
export class Votes {
  /** Every set of classes that occurred, and its number. */
  private readonly sets: ClassSet[] = [];
  private readonly numbers = new Map<string, number>();
  /** The first vote of each document; votes of one document are chained. Numbers of votes count from 1. */
  private heads = new Uint32Array(FIRST_CAPACITY);
  private answers = new Uint32Array(FIRST_CAPACITY);
  private copies = new Uint32Array(FIRST_CAPACITY);
  private next = new Uint32Array(FIRST_CAPACITY);
  private count = 0;

  /** The number of a set, the same for equal ones; `key` is its classes, joined by commas. */
  numberOf(key: string): number {
    const known = this.numbers.get(key);
    if (known !== undefined) return known;
    this.numbers.set(key, this.sets.length);
    return this.sets.push(key === "" ? [] : key.split(",").map(Number)) - 1;
  }

  /** A copy of a document says a set of classes, by its number. */
  add(document: number, set: number) {
    if (document >= this.heads.length) this.heads = grown(this.heads, document);
    let vote = this.heads[document] as number;
    for (; vote !== NONE; vote = this.next[vote] as number)
      if (this.answers[vote] === set) {
        (this.copies[vote] as number)++;
        return;
      }
    this.count++;
    if (this.count >= this.answers.length) {
      this.answers = grown(this.answers, this.count);
      this.copies = grown(this.copies, this.count);
      this.next = grown(this.next, this.count);
    }
    this.answers[this.count] = set;
    this.copies[this.count] = 1;
    this.next[this.count] = this.heads[document] as number;
    this.heads[document] = this.count;
  }

  /** The sets that a document's copies say, and how many say each. */
  of(document: number): { classes: ClassSet; copies: number }[] {
    const votes = [];
    for (let vote = this.heads[document] as number; vote !== NONE; vote = this.next[vote] as number)
      votes.push({
        classes: this.sets[this.answers[vote] as number] as ClassSet,
        copies: this.copies[vote] as number,
      });
    return votes;
  }
}

function grown(array: Uint32Array, index: number): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(Math.max(array.length * 2, index + 1));
  larger.set(array);
  return larger;
}

/** The set that more copies say than any other; null for a tie, in which nobody knows what is right. */
export function majority(votes: readonly { classes: ClassSet; copies: number }[]): ClassSet | null {
  const most = Math.max(...votes.map(({ copies }) => copies));
  const leading = votes.filter(({ copies }) => copies === most);
  return leading.length === 1 ? leading[0]!.classes : null;
}

/** Every class that some copy says. */
export function union(votes: readonly { classes: ClassSet }[]): ClassSet {
  if (votes.length === 1) return votes[0]!.classes;
  return [...new Set(votes.flatMap(({ classes }) => classes))].sort((one, other) => one - other);
}

/** What a file holds and an export cannot: each kind counted, with the place where it came first. */
export class Losses {
  private readonly counted = new Map<string, { count: number; first: string }>();
  /** What was found out of the files, in sentences. */
  readonly said = new Set<string>();

  say(sentence: string): void {
    this.said.add(sentence);
  }

  /** @param what For people, in the plural: `relations`, `cancelled annotations`. */
  add(what: string, place: string, count = 1): void {
    if (count === 0) return;
    const known = this.counted.get(what);
    if (known) known.count += count;
    else this.counted.set(what, { count, first: place });
  }

  get entries(): { what: string; count: number; first: string }[] {
    return [...this.counted].map(([what, { count, first }]) => ({ what, count, first }));
  }
}

import type { DocumentCounts } from "../../schemas/types.ts";
import { type Paired, ratio } from "./paired-counts.ts";

const GOLD = 1;
const CHALLENGER = 2;
const CHAMPION = 4;
/** What a document and both models say of a label, as three bits. */
const SAYINGS = 8;

/**
 * Both models' classes on the test documents, for a score that is no ratio of sums: macro F1, the mean of the labels' F1
 * over the labels with support. A resample counts how often each saying of each label was drawn, and scores that.
 *
 * Units as in PairedCounts.
 */
export class PairedLabels implements Paired {
  readonly metric = "macroF1";
  documents = 0;
  private readonly labels: number;
  private readonly maxUnits: number;
  /** Of each unit: label times 8, and what is said of it. Labels that nobody names do not count. */
  private readonly sayings: number[][] = [];
  private readonly drawn: Uint32Array;
  /** The sayings of all units behind each other, made when drawing begins: a loop over numbers in one array is fast. */
  private flat: { starts: Uint32Array; sayings: Uint32Array } | null = null;

  constructor(labels: number, maxUnits = 5000) {
    this.labels = labels;
    this.maxUnits = maxUnits;
    this.drawn = new Uint32Array(labels * SAYINGS);
  }

  get units(): number {
    return this.sayings.length;
  }

  /** Adds a document. Its classes and its champion's must be there. */
  add({ document, classes }: DocumentCounts): void {
    const { gold, challenger, champion } = classes!;
    const said = new Map<number, number>();
    for (const [bit, numbers] of [
      [GOLD, gold],
      [CHALLENGER, challenger],
      [CHAMPION, champion!],
    ] as const)
      for (const label of numbers) said.set(label, (said.get(label) ?? 0) | bit);
    const sayings = [...said].map(([label, bits]) => label * SAYINGS + bits);
    if (this.documents < this.maxUnits) this.sayings.push(sayings);
    else this.sayings[Number.parseInt(document.slice(0, 8), 16) % this.maxUnits]!.push(...sayings);
    this.documents++;
    this.flat = null;
  }

  difference(): number {
    let unit = 0;
    return this.resampled(() => unit++);
  }

  resampled(draw: () => number): number {
    this.flat ??= flattened(this.sayings);
    const { drawn, units } = this;
    const { starts, sayings } = this.flat;
    drawn.fill(0);
    for (let count = 0; count < units; count++) {
      const unit = draw();
      const end = starts[unit + 1] as number;
      for (let at = starts[unit] as number; at < end; at++) (drawn[sayings[at] as number] as number)++;
    }
    return this.macroF1(CHALLENGER) - this.macroF1(CHAMPION);
  }

  private macroF1(model: number): number {
    let sum = 0;
    let supported = 0;
    for (let label = 0; label < this.labels; label++) {
      let [support, found, said] = [0, 0, 0];
      for (let bits = 1; bits < SAYINGS; bits++) {
        const count = this.drawn[label * SAYINGS + bits] as number;
        if (bits & GOLD) support += count;
        if (bits & model) said += count;
        if (bits & GOLD && bits & model) found += count;
      }
      if (support === 0) continue;
      supported++;
      sum += (2 * found) / (support + said);
    }
    return ratio(sum, supported);
  }
}

function flattened(units: readonly number[][]): { starts: Uint32Array; sayings: Uint32Array } {
  const starts = new Uint32Array(units.length + 1);
  for (const [unit, sayings] of units.entries()) starts[unit + 1] = starts[unit]! + sayings.length;
  const flat = new Uint32Array(starts.at(-1)!);
  for (const [unit, sayings] of units.entries()) flat.set(sayings, starts[unit]!);
  return { starts, sayings: flat };
}

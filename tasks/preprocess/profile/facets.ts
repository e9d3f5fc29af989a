import type { ExportRecord } from "../../../schemas/types.ts";

/** Facets that are told apart: specialty and, over all records, so many names of theirs. A record has at most 8. */
const MAX_FACETS = 16;
/** Values of one facet that are told apart: what has more is an id or free text, and no facet. */
const MAX_VALUES = 1000;
/** Combinations fit into 16 bits a document. */
const MAX_COMBINATIONS = 65_535;

/** Values of a facet by number: 0 is no value, 1 any value beyond those that are told apart. */
export const ABSENT = 0;
export const BEYOND = 1;

/**
 * The facets of documents, one small number a document: that of their combination of values, which few exports have
 * many of. What comes beyond its bounds is counted and not told apart, so that memory does not grow with the export.
 */
export class Facets {
  readonly names: string[] = [];
  /** Of each facet, the text of each value by number; the first two have none. */
  readonly values: (string | null)[][] = [];
  /** Facets of documents that came when there were 16 others. */
  further = 0;
  private readonly numbers = new Map<string, { facet: number; values: Map<string, number> }>();
  private readonly combinations: (readonly number[])[] = [[]];
  private readonly known = new Map<string, number>([["", 0]]);
  private scratch: number[] = [];

  /** The number of a record's combination of values; null when there are too many of them. */
  combinationOf({ specialty, facets }: Pick<ExportRecord, "specialty" | "facets">): number | null {
    if (specialty === undefined && facets === undefined) return 0;
    this.scratch = [];
    if (specialty !== undefined) this.enter("specialty", specialty);
    // The record's own specialty counts, not a facet that is called so.
    for (const name in facets)
      if (name !== "specialty" || specialty === undefined) this.enter(name, facets[name]!);
    const key = this.scratch.join();
    const known = this.known.get(key);
    if (known !== undefined) return known;
    if (this.combinations.length === MAX_COMBINATIONS) return null;
    this.known.set(key, this.combinations.length);
    return this.combinations.push(this.scratch) - 1;
  }

  /** The value of each facet in a combination; those that are missing at the end are absent. */
  valuesOf(combination: number): readonly number[] {
    return this.combinations[combination]!;
  }

  private enter(name: string, value: string) {
    const facet = this.facetOf(name);
    if (facet === null) {
      this.further++;
      return;
    }
    while (this.scratch.length < facet.facet) this.scratch.push(ABSENT);
    const known = facet.values.get(value);
    this.scratch[facet.facet] = known ?? this.numberOf(facet, value);
  }

  private facetOf(name: string) {
    const known = this.numbers.get(name);
    if (known) return known;
    if (this.names.length === MAX_FACETS) return null;
    const facet = { facet: this.names.push(name) - 1, values: new Map<string, number>() };
    this.values.push([null, null]);
    this.numbers.set(name, facet);
    return facet;
  }

  private numberOf({ facet, values }: { facet: number; values: Map<string, number> }, value: string): number {
    const texts = this.values[facet]!;
    if (texts.length === MAX_VALUES + 2) return BEYOND;
    values.set(value, texts.length);
    return texts.push(value) - 1;
  }
}

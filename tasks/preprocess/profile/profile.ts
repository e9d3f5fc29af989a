import type { ExportRecord, Profile } from "../../../schemas/types.ts";
import type { Side } from "../sides/split.ts";
import { profileOfFacets } from "./balance.ts";
import { Facets } from "./facets.ts";
import { binOf, HistogramCounter } from "./histogram.ts";
import { noParts, sumOf } from "./parts.ts";

const FIRST_CAPACITY = 1 << 12;
// What is kept of a document, in 32 bits: its part, the bin of its length, its combination of facets.
const BIN_SHIFT = 4;
const COMBINATION_SHIFT = 10;
const PART_MASK = 0b1111;
const BIN_MASK = 0b111111;
const UNCOUNTED = 2 ** 16 - 1;

/** A document, once all copies of its text have come; its labels by number, and how many items have each. */
export type Settled = { side: Side; labels: readonly number[]; items: number };

/** What a profile has that is counted here: the rest is known to whoever reads the export. */
export type CountedProfile = Omit<
  Profile,
  "kind" | "records" | "annotated" | "duplicates" | "conflicts" | "identifiers"
>;

/**
 * Counts what the distinct annotated texts of an export are like, in four bytes a document. Whether a text counts, and
 * on which side, is known only at the end.
 */
export class ProfileCounter {
  private readonly labels: readonly string[];
  private readonly facets = new Facets();
  private facts = new Uint32Array(FIRST_CAPACITY);
  private count = 0;

  constructor(labels: readonly string[]) {
    this.labels = labels;
  }

  /** Enters the next distinct text, of so many words. */
  enter(part: number, record: Pick<ExportRecord, "specialty" | "facets">, words: number) {
    if (this.count === this.facts.length) {
      const larger = new Uint32Array(2 * this.count);
      larger.set(this.facts);
      this.facts = larger;
    }
    const combination = this.facets.combinationOf(record) ?? UNCOUNTED;
    const fact = (combination << COMBINATION_SHIFT) | (binOf(words) << BIN_SHIFT) | part;
    this.facts[this.count++] = fact >>> 0;
  }

  /**
   * The profile. `settled` says what became of a document by its number, null of one that does not count;
   * `itemsOf(label)` how many items it has by part, where a document may have several: else each counts as one.
   */
  profile(
    settled: (document: number) => Settled | null,
    counted: { itemsOf?: (label: number) => readonly number[]; windows: CountedProfile["windows"] },
  ): CountedProfile {
    const sides = { train: 0, validation: 0, test: 0 };
    const labels = this.labels.map((label) => ({
      label,
      documents: { train: 0, validation: 0, test: 0 },
      parts: noParts(),
    }));
    const annotations = new HistogramCounter();
    const lengths = new HistogramCounter();
    let withoutFacets = 0;
    for (let number = 0; number < this.count; number++) {
      const document = settled(number);
      if (!document) continue;
      const fact = this.facts[number]!;
      const part = fact & PART_MASK;
      sides[document.side]++;
      annotations.add(binOf(document.items), part);
      lengths.add((fact >>> BIN_SHIFT) & BIN_MASK, part);
      for (const one of document.labels) {
        const label = labels[one]!;
        label.documents[document.side]++;
        label.parts[part]!++;
      }
      if (fact >>> COMBINATION_SHIFT === UNCOUNTED) withoutFacets++;
    }
    const documentsOf = labels.map(
      ({ documents }) => documents.train + documents.validation + documents.test,
    );
    return {
      documents: sides,
      labels: labels.map(({ label, documents, parts }, number) => {
        const items = counted.itemsOf?.(number) ?? parts;
        return { label, documents, items: sumOf(items), parts: [...items] };
      }),
      annotations: annotations.bins(),
      lengths: lengths.bins(),
      windows: counted.windows,
      facets: profileOfFacets(this.facets, this.labels, documentsOf, () => this.documents(settled)),
      furtherFacets: this.facets.further,
      withoutFacets,
    };
  }

  /** The documents that count and whose facets were counted. */
  private *documents(settled: (document: number) => Settled | null) {
    for (let number = 0; number < this.count; number++) {
      const combination = this.facts[number]! >>> COMBINATION_SHIFT;
      const document = combination === UNCOUNTED ? null : settled(number);
      if (document) yield { part: this.facts[number]! & PART_MASK, combination, labels: document.labels };
    }
  }
}

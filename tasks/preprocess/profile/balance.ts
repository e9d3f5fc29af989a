import { oneLine } from "../../../schemas/printable.ts";
import type { Profile } from "../../../schemas/types.ts";
import { classImbalance, differenceInProportions } from "../../profile/balance.ts";
import { ABSENT, BEYOND, type Facets } from "./facets.ts";
import { noParts, PARTS, sumOf } from "./parts.ts";

/** Values that a profile names: the most frequent of a facet. */
const NAMED_VALUES = 32;
/** Labels for which a value's balance is told: the most frequent. */
const NAMED_LABELS = 32;
/** A value with fewer documents is not named: it might tell of a single patient. */
const FEWEST_TO_NAME = 5;

type Counted = { part: number; combination: number; labels: readonly number[] };

/** The facets of a profile, in two walks over the documents: which values are frequent, then which labels these have. */
export function profileOfFacets(
  facets: Facets,
  labels: readonly string[],
  documentsOf: readonly number[],
  documents: () => Iterable<Counted>,
): Profile["facets"] {
  if (facets.names.length === 0) return [];
  const parts = facets.values.map((values) => new Uint32Array(values.length * PARTS));
  const all = noParts();
  for (const { part, combination } of documents()) {
    all[part]!++;
    for (const [facet, value] of facets.valuesOf(combination).entries())
      parts[facet]![value * PARTS + part]!++;
  }
  const partsOf = (facet: number, value: number) => [
    ...parts[facet]!.subarray(value * PARTS, (value + 1) * PARTS),
  ];
  const named = facets.values.map((values, facet) =>
    values
      .map((text, value) => ({ text, value, documents: sumOf(partsOf(facet, value)) }))
      .filter(({ text, documents }) => text !== null && documents >= FEWEST_TO_NAME)
      .sort((one, other) => other.documents - one.documents || one.value - other.value)
      .slice(0, NAMED_VALUES),
  );
  const frequent = labels
    .map((label, number) => ({ label, number, documents: documentsOf[number]! }))
    .sort((one, other) => other.documents - one.documents || one.number - other.number)
    .slice(0, NAMED_LABELS);
  const labelled = new LabelledValues(named, frequent, facets, documents());

  const total = sumOf(all);
  return facets.names.map((name, facet) => {
    const given = noParts();
    const rest = { values: 0, documents: 0, parts: noParts() };
    const isNamed = new Set(named[facet]!.map(({ value }) => value));
    for (let value = BEYOND; value < facets.values[facet]!.length; value++) {
      const counts = partsOf(facet, value);
      const documents = sumOf(counts);
      for (const [part, count] of counts.entries()) {
        given[part]! += count;
        if (!isNamed.has(value)) rest.parts[part]! += count;
      }
      if (isNamed.has(value) || documents === 0) continue;
      rest.values++;
      rest.documents += documents;
    }
    return {
      facet: oneLine(name),
      values: named[facet]!.map(({ text, value, documents }, place) => ({
        value: oneLine(text!),
        documents,
        parts: partsOf(facet, value),
        classImbalance: classImbalance(documents, total),
        labels: frequent.map(({ label }, index) => {
          const positive = labelled.of(facet, place, index);
          const others = { rows: total - documents, positive: labelled.all[index]! - positive };
          return { label, difference: differenceInProportions(others, { rows: documents, positive }) };
        }),
      })),
      rest,
      absent: { documents: total - sumOf(given), parts: all.map((count, part) => count - given[part]!) },
    };
  });
}

/** How many documents with a named value of a facet have a frequent label. */
class LabelledValues {
  /** Of each frequent label: all documents with it. */
  readonly all: number[];
  private readonly counts: Uint32Array[];
  private readonly width: number;

  constructor(
    named: readonly { value: number }[][],
    frequent: readonly { number: number }[],
    facets: Facets,
    documents: Iterable<Counted>,
  ) {
    this.width = frequent.length;
    this.all = frequent.map(() => 0);
    this.counts = named.map((values) => new Uint32Array(values.length * this.width));
    const places = facets.values.map((values) => new Int32Array(values.length).fill(-1));
    for (const [facet, values] of named.entries())
      for (const [place, { value }] of values.entries()) places[facet]![value] = place;
    const indices = new Map(frequent.map(({ number }, index) => [number, index]));
    for (const { combination, labels } of documents) {
      const values = facets.valuesOf(combination);
      for (const label of labels) {
        const index = indices.get(label);
        if (index === undefined) continue;
        this.all[index]!++;
        for (const [facet, value] of values.entries()) {
          const place = value === ABSENT ? -1 : places[facet]![value]!;
          if (place >= 0) this.counts[facet]![place * this.width + index]!++;
        }
      }
    }
  }

  of(facet: number, place: number, label: number): number {
    return this.counts[facet]![place * this.width + label]!;
  }
}

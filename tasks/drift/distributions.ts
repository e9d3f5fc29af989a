import { wordsOf } from "../../schemas/tables/kinds.ts";
import type { Profile } from "../../schemas/types.ts";
import { noParts } from "../preprocess/profile/parts.ts";

/** A count by part of the export. */
type Value = { name: string; parts: readonly number[] };
/** What of a profile is compared. */
export type CountedProfile = Pick<
  Profile,
  "kind" | "labels" | "annotations" | "lengths" | "windows" | "facets"
>;

/** Two distributions over the same values. */
export type Pair = { what: string; noun: string; names: string[]; one: number[][]; other: number[][] };

/**
 * What two profiles both count, value by value. A facet's value that only one of them names may still be among the rest
 * of the other: such values count with the rest, unless the other has none.
 */
export function pairsOf(one: CountedProfile, other: CountedProfile): Pair[] {
  const pairs = [
    pair({ what: "labels", noun: wordsOf(one.kind).annotation }, labels(one), labels(other)),
    pair({ what: "annotations", noun: "documents" }, bins(one.annotations), bins(other.annotations)),
    pair({ what: "length", noun: "documents" }, bins(one.lengths), bins(other.lengths)),
    ...(one.windows && other.windows
      ? [pair({ what: "windows", noun: "documents" }, bins(one.windows), bins(other.windows))]
      : []),
    ...facetPairs(one, other),
  ];
  // Of one value alone, all have it in both.
  return pairs.filter(({ names }) => names.length > 1);
}

const labels = ({ labels }: CountedProfile): Value[] =>
  labels.map(({ label, parts }) => ({ name: label, parts }));

const bins = (histogram: Profile["lengths"]): Value[] =>
  histogram.map(({ from, to, parts }) => ({ name: from === to ? `${from}` : `${from} to ${to}`, parts }));

function facetPairs(one: CountedProfile, other: CountedProfile): Pair[] {
  const names = new Set([...one.facets, ...other.facets].map(({ facet }) => facet));
  return [...names].map((name) => {
    const [mine, theirs] = [one, other].map((profile) => facetOf(profile, name)) as [Facet, Facet];
    const isHidden = (value: string, where: Facet) =>
      where.rest.values > 0 && !where.values.some((known) => known.value === value);
    const values = (facet: Facet, beside: Facet): Value[] => {
      const named = facet.values.filter(({ value }) => !isHidden(value, beside));
      const pooled = facet.values.filter(({ value }) => isHidden(value, beside));
      return [
        ...named.map(({ value, parts }) => ({ name: value, parts })),
        { name: "(other values)", parts: added([facet.rest.parts, ...pooled.map(({ parts }) => parts)]) },
        { name: "(none)", parts: facet.absent.parts },
      ];
    };
    return pair({ what: `facet:${name}`, noun: "documents" }, values(mine, theirs), values(theirs, mine));
  });
}

type Facet = Profile["facets"][number];

/** A facet of a profile; where no record has it, it is absent from all documents. */
function facetOf(profile: CountedProfile, name: string): Facet {
  const found = profile.facets.find(({ facet }) => facet === name);
  const all = added(profile.lengths.map(({ parts }) => parts));
  const documents = all.reduce((sum, count) => sum + count, 0);
  return (
    found ?? {
      facet: name,
      values: [],
      rest: { values: 0, documents: 0, parts: noParts() },
      absent: { documents, parts: all },
    }
  );
}

function added(counts: readonly (readonly number[])[]): number[] {
  const all = noParts();
  for (const parts of counts) for (const [part, count] of parts.entries()) all[part]! += count;
  return all;
}

/** Brings two lists of values side by side; a value of which neither has any is left out. */
function pair(head: Pick<Pair, "what" | "noun">, one: Value[], other: Value[]): Pair {
  const all = [...new Set([...one, ...other].map(({ name }) => name))];
  const rows = all
    .map((name) => {
      const counts = (values: Value[]) => [
        ...(values.find((value) => value.name === name)?.parts ?? noParts()),
      ];
      return { name, one: counts(one), other: counts(other) };
    })
    .filter((row) => row.one.some((count) => count > 0) || row.other.some((count) => count > 0));
  return {
    ...head,
    names: rows.map(({ name }) => name),
    one: rows.map((row) => row.one),
    other: rows.map((row) => row.other),
  };
}

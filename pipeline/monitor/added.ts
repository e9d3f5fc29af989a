import type { Served } from "../../schemas/types.ts";

/** Counts of one generation and arm, over any number of workers and hours. */
export type Counted = Pick<Served, "answers" | "labels" | "annotations" | "lengths" | "confidences">;
type Bins = Counted["lengths"];

export function addedUp(all: readonly Counted[]): Counted {
  return {
    answers: all.reduce((sum, { answers }) => sum + answers, 0),
    labels: [
      ...Map.groupBy(
        all.flatMap(({ labels }) => labels),
        ({ label }) => label,
      ),
    ]
      .map(([label, these]) => ({ label, parts: addedParts(these) }))
      .sort((one, other) => (one.label < other.label ? -1 : 1)),
    annotations: addedBins(all.map(({ annotations }) => annotations)),
    lengths: addedBins(all.map(({ lengths }) => lengths)),
    confidences: addedBins(all.map(({ confidences }) => confidences)),
  };
}

function addedBins(all: readonly Bins[]): Bins {
  return [...Map.groupBy(all.flat(), ({ from }) => from).values()]
    .map((these) => ({
      from: these[0]!.from,
      to: these[0]!.to,
      documents: these.reduce((sum, { documents }) => sum + documents, 0),
      parts: addedParts(these),
    }))
    .sort((one, other) => one.from - other.from);
}

function addedParts(all: readonly { parts: readonly number[] }[]): number[] {
  return all[0]!.parts.map((_, part) => all.reduce((sum, { parts }) => sum + parts[part]!, 0));
}

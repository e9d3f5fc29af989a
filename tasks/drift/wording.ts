import { oneLine } from "../../schemas/printable.ts";
import type { Names } from "./drift.ts";

const titles: Record<string, string> = {
  labels: "Labels",
  annotations: "Annotations a document",
  length: "Words a document",
  windows: "Windows a document",
  confidence: "Confidence",
  embeddings: "Embeddings",
  "unknown-pieces": "Unknown words",
};
const TOLD_CHARACTERS = 40;

type Measured = {
  what: string;
  distance: number;
  psi: number | null;
  halves: number | null;
  limit: number | null;
  exceeds: boolean;
};
type Values = { noun: string; names: string[]; p: number[]; q: number[] };

/**
 * What changed, by how much, and whether that is more than chance: "Labels, medication: 6.9 % of keyphrases in this
 * export, 13.7 % in the champion's. Distance 0.096: more than two halves of one export differ (at most 0.027)."
 */
export function messageOf(measured: Measured, values: Values | null, names: Names): string {
  const { distance, halves, limit, exceeds } = measured;
  const title = titleOf(measured.what);
  const changed = values
    ? `, ${mostChanged(values, names)}`
    : ": how far the mean vector moved, in units of the spread";
  const told = `Distance ${distance.toFixed(3)}`;
  if (halves === null || limit === null)
    return `${title}${changed}. ${told}; too few patients or texts to say whether that is chance.`;
  const verdict = exceeds
    ? `more than two halves of one export differ (at most ${limit.toFixed(3)})`
    : `no more than two halves of one export differ (up to ${limit.toFixed(3)})`;
  return `${title}${changed}. ${told}: ${verdict}.`;
}

/** A finding's subject, as a heading. */
export function titleOf(what: string): string {
  return titles[what] ?? `Facet ${shortened(what.replace(/^facet:/, ""))}`;
}

function mostChanged({ noun, names: values, p, q }: Values, names: Names): string {
  const [most = 0] = [...values.keys()].sort(
    (one, other) => Math.abs(p[other]! - q[other]!) - Math.abs(p[one]! - q[one]!),
  );
  return `${shortened(values[most]!)}: ${percent(p[most]!)} of ${noun} in ${names.one}, ${percent(q[most]!)} in ${names.other}`;
}

const percent = (share: number) => `${(share * 100).toFixed(1)} %`;

function shortened(text: string): string {
  const line = oneLine(text);
  return line.length > TOLD_CHARACTERS ? `${line.slice(0, TOLD_CHARACTERS - 1)}…` : line;
}

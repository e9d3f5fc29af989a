import { wordsOf } from "../../../schemas/tables/kinds.ts";
import type { Profile } from "../../../schemas/types.ts";
import { count } from "../../../tasks/report/format.ts";
import { pairs, table, wrap } from "./tables.ts";

/** Values of a facet, and labels of each, that a table shows: those that matter most. */
const SHOWN_VALUES = 12;

/** What pbp profile tells people about an export. */
export function profileText(profile: Profile): string {
  const labels = labelsTable(profile);
  return [
    facts(profile),
    labels,
    histograms(profile),
    ...profile.facets.map((facet) => facetTable(facet, profile)),
    profile.facets.length > 0 ? wrap(facetLegend) : null,
  ]
    .filter((part) => part !== null)
    .join("\n\n");
}

const facetLegend =
  "CI, class imbalance: near 1 where few documents have the value. DPL, difference in proportions of labels: below 0 where documents with the value have more of the label than others.";

function facts(profile: Profile): string {
  const { documents, duplicates, conflicts, identifiers } = profile;
  const { annotation } = wordsOf(profile.kind);
  const validation = documents.validation > 0 ? `, ${count(documents.validation)} validation` : "";
  const found = Object.entries(identifiers).filter(([, records]) => records > 0);
  const rows: [string, string][] = [
    ["Kind", profile.kind],
    ["Records", `${count(profile.records)}, of these ${count(profile.annotated)} annotated`],
    [
      "Documents",
      `${count(all(documents))} distinct annotated texts: ${count(documents.train)} training${validation}, ${count(documents.test)} test`,
    ],
    [
      "Repeated",
      `${count(duplicates.records)} annotated records, ${count(duplicates.conflicting)} with other ${annotation}`,
    ],
  ];
  if (conflicts) rows.push(["Conflicts", `${count(conflicts.texts)} texts with different classes`]);
  rows.push([
    "Identifiers",
    found.map(([kind, records]) => `${kind} in ${count(records)}`).join(", ") || "none found in texts",
  ]);
  if (profile.furtherFacets > 0)
    rows.push(["Left out", `${count(profile.furtherFacets)} facets of documents, beyond the first 16 names`]);
  if (profile.withoutFacets > 0)
    rows.push([
      "Left out",
      `the facets of ${count(profile.withoutFacets)} documents: too many combinations of values`,
    ]);
  return pairs(rows);
}

const all = ({ train, validation, test }: Profile["documents"]) => train + validation + test;

function labelsTable({ kind, labels, documents }: Profile): string {
  const { annotation } = wordsOf(kind);
  const numeric = true;
  const sides = (["train", "validation", "test"] as const).filter((side) => documents[side] > 0);
  const heads = { train: "Training", validation: "Validation", test: "Test" };
  // Of classes, each document is one item.
  const isEach = labels.some(({ items, documents: sides }) => items !== all(sides));
  return table(
    [
      { head: "Label" },
      ...(isEach ? [{ head: capital(annotation), numeric }] : []),
      { head: "Documents", numeric },
      { head: "Share", numeric },
      ...sides.map((side) => ({ head: heads[side], numeric })),
    ],
    labels
      .toSorted((one, other) => other.items - one.items)
      .map((label) => [
        label.label,
        ...(isEach ? [count(label.items)] : []),
        count(all(label.documents)),
        percent(all(label.documents) / all(documents)),
        ...sides.map((side) => count(label.documents[side])),
      ]),
  );
}

function histograms({ kind, lengths, annotations, windows }: Profile): string {
  const { annotation } = wordsOf(kind);
  const rows = [
    ["Words", lengths],
    [capital(annotation), annotations],
    ...(windows ? [["Sentences of at most 256 words", windows] as const] : []),
  ] as const;
  const shares = [0.05, 0.25, 0.5, 0.75, 0.95];
  return table(
    [
      { head: "A document has" },
      ...["5 %", "25 %", "half", "75 %", "95 %"].map((head) => ({ head, numeric: true })),
    ],
    rows.map(([name, bins]) => [name, ...shares.map((share) => reached(bins, share))]),
  );
}

/** The bin that a share of the documents reaches: "48–63". */
function reached(bins: Profile["lengths"], share: number): string {
  const documents = bins.reduce((sum, bin) => sum + bin.documents, 0);
  let below = 0;
  for (const bin of bins) {
    below += bin.documents;
    if (below >= share * documents)
      return bin.from === bin.to ? count(bin.from) : `${count(bin.from)}–${count(bin.to)}`;
  }
  return "";
}

function facetTable({ facet, values, rest, absent }: Profile["facets"][number], profile: Profile): string {
  const total = all(profile.documents) - profile.withoutFacets;
  const numeric = true;
  const shown = values.slice(0, SHOWN_VALUES);
  const hidden =
    values.slice(SHOWN_VALUES).reduce((sum, { documents }) => sum + documents, 0) + rest.documents;
  const more = values.length - shown.length + rest.values;
  return table(
    [
      { head: `Facet ${facet}`, shortened: true },
      { head: "Documents", numeric },
      { head: "Share", numeric },
      { head: "CI", numeric },
      { head: "Largest DPL", shortened: true },
    ],
    [
      ...shown.map(({ value, documents, classImbalance, labels }) => [
        value,
        count(documents),
        percent(documents / total),
        classImbalance.toFixed(3),
        largest(labels),
      ]),
      ...(more > 0 ? [[`${count(more)} other values`, count(hidden), percent(hidden / total), "", ""]] : []),
      ...(absent.documents > 0
        ? [["(none)", count(absent.documents), percent(absent.documents / total), "", ""]]
        : []),
    ],
  );
}

/** The label whose share differs most between documents with this value and all others. */
function largest(labels: Profile["facets"][number]["values"][number]["labels"]): string {
  const [most] = labels.toSorted((one, other) => Math.abs(other.difference) - Math.abs(one.difference));
  return most ? `${signed(most.difference)} ${most.label}` : "";
}

const capital = (word: string) => word[0]!.toUpperCase() + word.slice(1);
const signed = (number: number) => `${number < 0 ? "-" : "+"}${Math.abs(number).toFixed(3)}`;
const percent = (share: number) => `${(share * 100).toFixed(1)} %`;

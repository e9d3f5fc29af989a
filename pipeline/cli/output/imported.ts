import type { Imported } from "../../../importers/convert.ts";
import { kinds } from "../../../importers/kinds.ts";
import type { Merged } from "../../../importers/merge.ts";
import { count } from "../../../tasks/report/format.ts";
import { pairs, table, wrap } from "./tables.ts";

/** What an import found and what it left out, for people. */
export function importedText({ kind, records, annotated, labels, offsets, said, losses }: Imported): string {
  const rows: [string, string][] = [
    ["Kind", kind],
    ["Records", `${count(records)}, of these ${count(annotated)} annotated`],
  ];
  if (offsets) rows.push(["Offsets", `${offsets.unit}: ${offsets.said}`]);
  const parts = [pairs(rows), ...said.map((sentence) => wrap(sentence))];
  const sorted = Object.entries(labels).toSorted(([, one], [, other]) => other - one);
  const many = kinds[kind].of === "spans" ? "Spans" : "Texts";
  parts.push(
    table(
      [{ head: "Label" }, { head: many, numeric: true }],
      sorted.map(([name, number]) => [name, count(number)]),
    ),
  );
  return [...parts, ...lossesTable(losses)].join("\n\n");
}

/** What became of the answers that were put into an export, for people. */
export function mergedText(
  { answers, taken, losses }: Merged["result"],
  { records, losses: inFile }: Imported,
): string {
  const rows: [string, string][] = [
    ["Answers", `${count(answers)}, in ${count(records)} tasks`],
    ["Taken", `${count(taken)} records have a new annotation`],
  ];
  return [pairs(rows), ...lossesTable([...inFile, ...losses])].join("\n\n");
}

function lossesTable(losses: Imported["losses"]): string[] {
  if (losses.length === 0) return [];
  const heads = [
    { head: "Not in the export, or changed" },
    { head: "Count", numeric: true },
    { head: "First" },
  ];
  return [
    table(
      heads,
      losses.map(({ what, count: number, first }) => [what, count(number), first]),
    ),
  ];
}

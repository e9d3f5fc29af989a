import type { PreprocessReport, RejectedRecord } from "../../schemas/types.ts";
import type { Validation } from "../../tasks/preprocess/validate-export.ts";
import { count, pairs, table, wrap } from "./output/tables.ts";

/** What pbp validate tells people about an export, 80 columns wide. */
export function validationText({ header, report, rejects, problems }: Validation): string {
  const parts: string[] = [];
  const named: [string, string][] = header ? [["Export", header.exportId]] : [];
  const records = `${count(report.records)} read, ${count(report.rejected)} rejected`;
  // A table of zeros tells nothing: not of an export without records, not of one without a record to use.
  if (report.records > report.rejected)
    parts.push(pairs([...named, ["Records", records], ...countsOf(report)]));
  else if (report.records > 0) parts.push(pairs([...named, ["Records", records]]));
  const labels = Object.entries(report.labels);
  if (report.spans && report.spans.kept > 0) parts.push(counted("Label", "Keyphrases", labels));
  if (rejects.length > 0)
    parts.push(
      counted("Rejected by rule", "Records", Object.entries(report.rejectedByRule)),
      rejectsText(rejects, report.rejected),
    );
  parts.push(...report.warnings.map((warning) => wrap(`Warning: ${warning}`)));
  parts.push(
    problems.length === 0
      ? "The export is good: an execution would continue to training."
      : problems.map(({ name, message }) => wrap(`${name}: ${message}`)).join("\n"),
  );
  return parts.join("\n\n");
}

function countsOf(report: PreprocessReport): [string, string][] {
  const { duplicates, spans, tokens } = report;
  const identified = Object.entries(report.identifiers).filter(([, records]) => records > 0);
  const repeated = `${count(duplicates.records)} annotated records`;
  return [
    ["Annotated", `${count(report.annotated)} records, ${count(report.annotatedTexts)} distinct texts`],
    ["Unannotated", `${count(report.unannotated)} records: embedded only`],
    ["Repeated", `${repeated}, ${count(duplicates.conflicting)} with other keyphrases`],
    ["Texts", `${count(report.texts)} distinct: what is embedded`],
    ...(spans && tokens ? countsOfKeyphrases(spans, tokens) : []),
    [
      "Identifiers",
      identified.map(([kind, records]) => `${kind} in ${count(records)}`).join(", ") || "none found in texts",
    ],
  ];
}

function countsOfKeyphrases(
  spans: NonNullable<PreprocessReport["spans"]>,
  tokens: NonNullable<PreprocessReport["tokens"]>,
): [string, string][] {
  return [
    [
      "Spans",
      `${count(spans.read)} read, ${count(spans.kept)} kept, ${count(spans.overlapping)} overlapping`,
    ],
    ["Widened", `${count(spans.snapped)} spans, to whole tokens`],
    ["Gold tokens", `${count(tokens.gold)}, lost: ${count(tokens.goldLost)}`],
  ];
}

function counted(head: string, what: string, counts: [string, number][]): string {
  const sorted = counts.toSorted(([, one], [, other]) => other - one);
  return table(
    [{ head }, { head: what, numeric: true }],
    sorted.map(([name, number]) => [name, count(number)]),
  );
}

function rejectsText(rejects: readonly RejectedRecord[], all: number): string {
  const more = all - rejects.length;
  const entries = rejects.map(({ pointer, rule, expected, recordId, line, byte }) => {
    const place = line === undefined ? `byte ${count(byte ?? 0)}` : `line ${count(line)}`;
    const record = recordId === undefined ? "" : `, record ${recordId}`;
    return `${wrap(`${pointer} (${place}${record})`)}\n${wrap(`${rule}: expected ${expected}`, "  ")}`;
  });
  if (more > 0) entries.push(`… and ${count(more)} more.`);
  return `Rejected records${more > 0 ? `, the first ${rejects.length}` : ""}:\n${entries.join("\n")}`;
}

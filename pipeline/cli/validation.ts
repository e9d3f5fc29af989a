import { defaultKind, wordsOf } from "../../schemas/tables/kinds.ts";
import type { ClassCounts, PreprocessReport, Profile, RejectedRecord } from "../../schemas/types.ts";
import { wording } from "../../tasks/preprocess/read/record.ts";
import type { Validation } from "../../tasks/preprocess/validate-export.ts";
import { count, counted } from "../../tasks/report/format.ts";
import { pairs, table, wrap } from "./output/tables.ts";

/** What pbp validate tells people about an export, 80 columns wide. */
export function validationText(
  { header, report, profile, rejects, problems }: Validation,
  advice: string | null = null,
): string {
  const parts: string[] = [];
  const named: [string, string][] = header ? [["Export", header.exportId]] : [];
  const records = `${count(report.records)} read, ${count(report.rejected)} rejected`;
  // A table of zeros tells nothing: not of an export without records, not of one without a record to use.
  if (report.records > report.rejected)
    parts.push(pairs([...named, ["Records", records], ...countsOf(report)]));
  else if (report.records > 0) parts.push(pairs([...named, ["Records", records]]));
  if (profile && report.spans && report.spans.kept > 0) parts.push(byLabel(profile));
  if (profile && report.classes && report.rows > 0) parts.push(bySide(profile));
  if (rejects.length > 0)
    parts.push(
      countsTable("Rejected by rule", "Records", Object.entries(report.rejectedByRule)),
      rejectsText(rejects, report.rejected),
    );
  parts.push(...report.warnings.map((warning) => wrap(`Warning: ${warning}`)));
  parts.push(
    problems.length === 0
      ? "The export is good: an execution would continue to training."
      : problems.map(({ name, message }) => wrap(`${name}: ${message}`)).join("\n"),
  );
  if (advice !== null) parts.push(wrap(advice));
  return parts.join("\n\n");
}

function countsOf(report: PreprocessReport): [string, string][] {
  const { duplicates, spans, tokens, classes } = report;
  const identified = Object.entries(report.identifiers).filter(([, records]) => records > 0);
  const { annotation } = wordsOf(report.kind ?? defaultKind);
  const repeated = `${count(duplicates.records)} annotated records`;
  return [
    ["Annotated", `${count(report.annotated)} records, ${count(report.annotatedTexts)} distinct texts`],
    ["Unannotated", `${count(report.unannotated)} records: embedded only`],
    ["Repeated", `${repeated}, ${count(duplicates.conflicting)} with other ${annotation}`],
    ["Texts", `${count(report.texts)} distinct: what is embedded`],
    ...(spans && tokens ? countsOfKeyphrases(spans, tokens) : []),
    ...(classes ? countsOfClasses(classes) : []),
    [
      "Identifiers",
      identified.map(([kind, records]) => `${kind} in ${count(records)}`).join(", ") || "none found in texts",
    ],
  ];
}

/** "1.5 a document; 341 documents without; 5 labels with fewer than 30". */
export function classCounts({ perDocument, empty, tooRare }: ClassCounts): string {
  const parts = [`${perDocument.toFixed(2)} a document`];
  if (empty > 0) parts.push(`${counted(empty, ["document", "documents"])} without`);
  if (tooRare.length > 0) parts.push(`${counted(tooRare.length, ["label", "labels"])} too rare to be judged`);
  return parts.join("; ");
}

function countsOfClasses(classes: ClassCounts): [string, string][] {
  const { texts, ties, ceiling } = classes.conflicts;
  const lost = ties > 0 ? `, ${count(ties)} left out as ties` : "";
  const limit = `a model can be right on ${Math.floor(ceiling * 1000) / 10} % of the records at best`;
  return [
    ["Classes", classCounts(classes)],
    ["Conflicts", texts === 0 ? "none" : `${count(texts)} texts with different classes${lost}: ${limit}`],
  ];
}

function byLabel({ labels }: Profile): string {
  return countsTable(
    "Label",
    "Keyphrases",
    labels.map(({ label, items }) => [label, items]),
  );
}

function bySide({ labels }: Profile): string {
  const rows = labels.toSorted((one, other) => other.items - one.items);
  const heads = ["Training", "Validation", "Test"].map((head) => ({ head, numeric: true }));
  return table(
    [{ head: "Label" }, ...heads],
    rows.map(({ label, documents: { train, validation, test } }) => [
      label,
      count(train),
      count(validation),
      count(test),
    ]),
  );
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

function countsTable(head: string, what: string, counts: [string, number][]): string {
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
    return `${wrap(`${pointer} (${place}${record})`)}\n${wrap(`${rule}: ${wording({ expected })}`, "  ")}`;
  });
  if (more > 0) entries.push(`… and ${count(more)} more.`);
  return `Rejected records${more > 0 ? `, the first ${rejects.length}` : ""}:\n${entries.join("\n")}`;
}

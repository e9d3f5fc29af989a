import { NamedError } from "../../../schemas/errors.ts";
import type { PreprocessReport, RejectedRecord, Run } from "../../../schemas/types.ts";
import { likelyCause, misaligned } from "../kinds/keyphrases/misaligned.ts";
import { MAX_REJECTED_SHARE } from "../limits.ts";
import type { ExportHeader } from "../read/header.ts";
import type { Side } from "../sides/split.ts";

/** Rejects that an error message tells. */
const TOLD_REJECTS = 5;
/** Rules that offsets break when they were counted otherwise than the header says. */
const offsetRules: RejectedRecord["rule"][] = ["span-text", "span-outside", "no-token"];

/** What is known of an export once it has been read to its end. */
export type Findings = {
  report: PreprocessReport;
  firstRejects: RejectedRecord[];
  documents: Record<Side, number>;
  /** null for an export without a record. */
  header: Pick<ExportHeader, "labels" | "offsetUnit"> | null;
};

/**
 * Whether an export is good enough to pay a GPU for: the errors it fails by, the gravest first; none when it is good.
 * `rejectsKey`: the object that has every reject; null when nothing is written.
 */
export function problemsOf(
  findings: Findings,
  policy: Pick<Run, "minSamples" | "identifiedText"> & Partial<Pick<Run, "gate">>,
  rejectsKey: string | null,
): NamedError[] {
  const { report, header } = findings;
  return [
    tooManyRejects(findings, rejectsKey) ?? (header && misaligned(report, header.offsetUnit)),
    policy.identifiedText === "forbid" ? identified(report) : null,
    tooFewSamples(findings, policy.minSamples),
    emptySide(findings.documents),
    lostGold(report),
    unknownFloor(findings, policy.gate?.labelMinimum ?? {}),
  ].filter((problem) => problem !== null);
}

function tooManyRejects(
  { report, firstRejects, header }: Findings,
  rejectsKey: string | null,
): NamedError | null {
  if (!(report.rejected > report.records * MAX_REJECTED_SHARE)) return null;
  const first = firstRejects
    .slice(0, TOLD_REJECTS)
    .map((reject) => `${reject.pointer} (${reject.rule}: ${reject.expected})`)
    .join("; ");
  const misread = offsetRules.reduce((sum, rule) => sum + (report.rejectedByRule[rule] ?? 0), 0);
  const cause = header && misread > report.rejected / 2 ? likelyCause(report, header.offsetUnit) : null;
  const all = rejectsKey === null ? "" : ` All are in ${rejectsKey}.`;
  return new NamedError(
    "InvalidExport",
    `${report.rejected} of ${report.records} records were rejected, more than ${MAX_REJECTED_SHARE * 100} %. First: ${first}.${all} Correct them and export again.${cause ? ` Likely cause: ${cause}` : ""}`,
  );
}

function identified({ identifiers }: PreprocessReport): NamedError | null {
  const found = Object.entries(identifiers).filter(([, records]) => records > 0);
  if (found.length === 0) return null;
  const counts = found.map(([kind, records]) => `${kind} in ${records}`).join(", ");
  return new NamedError(
    "ProtectedHealthInformation",
    `Records whose text shows a direct identifier: ${counts}; the input forbids them (identifiedText). De-identify the export, or allow them with identifiedText "report".`,
  );
}

function tooFewSamples({ report }: Findings, minSamples: number): NamedError | null {
  if (report.annotatedTexts >= minSamples) return null;
  return new NamedError(
    "InsufficientSamples",
    `The export holds ${report.annotatedTexts} distinct annotated texts; at least ${minSamples} are asked for (minSamples). Annotate more notes, or lower minSamples.`,
  );
}

function emptySide(documents: Record<Side, number>): NamedError | null {
  const empty = (["train", "test"] as const).find((side) => documents[side] === 0);
  if (!empty) return null;
  return new NamedError(
    "InsufficientSamples",
    `The ${empty} side of the split is empty. Export notes of more patients, or pin some records with "split": "${empty}".`,
  );
}

/** Never so: a keyphrase that is not in a row would silently be neither trained on nor scored. */
function lostGold({ tokens }: PreprocessReport): NamedError | null {
  if (tokens.goldLost === 0) return null;
  return new NamedError(
    "TaskFailed",
    `${tokens.goldLost} labelled tokens are in no row: a fault of Preprocess.`,
  );
}

/** The gate would reject any result of the training. */
function unknownFloor({ header }: Findings, labelMinimum: Record<string, number>): NamedError | null {
  const labels = header?.labels ?? [];
  const unknown = Object.keys(labelMinimum).find((label) => !labels.includes(label));
  if (unknown === undefined) return null;
  return new NamedError(
    "InvalidInput",
    `/gate/labelMinimum must name labels of the export (${labels.join(", ")}), not ${unknown}.`,
  );
}

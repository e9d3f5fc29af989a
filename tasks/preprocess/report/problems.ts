import { NamedError } from "../../../schemas/tables/errors.ts";
import { wordsOf } from "../../../schemas/tables/kinds.ts";
import type { Kind, PreprocessReport, Profile, RejectedRecord } from "../../../schemas/types.ts";
import { listed } from "../../store/label-set.ts";
import type { KindReader, Policy } from "../kinds/kind.ts";
import { MAX_REJECTED_SHARE } from "../limits.ts";
import type { ExportHeader } from "../read/header.ts";
import type { Side } from "../sides/split.ts";
import { algorithmsOf } from "../tuning/choices.ts";
import { type Planned, trialsOf } from "../tuning/trials.ts";
import { tooManyDecisions } from "./decisions.ts";

/** Rejects that an error message tells. */
const TOLD_REJECTS = 5;

/** What is known of an export once it has been read to its end. */
export type Findings = {
  report: PreprocessReport;
  profile: Profile | null;
  firstRejects: RejectedRecord[];
  /** null for an export without a record. */
  started: { kind: KindReader; header: Pick<ExportHeader, "labels">; validates: boolean } | null;
};

/** `planned` is what decides on the trials of a tuning; absent: there is none. */
export type PolicyOfRun = Policy & { planned?: Planned };

/**
 * Whether an export is good enough to pay a GPU for: the errors it fails by, the gravest first; none when it is good.
 * `rejectsKey`: the object that has every reject; null when nothing is written.
 */
export function problemsOf(findings: Findings, policy: PolicyOfRun, rejectsKey: string | null): NamedError[] {
  const { report, profile, started } = findings;
  return [
    tooManyRejects(findings, rejectsKey) ?? started?.kind.misread() ?? null,
    policy.identifiedText === "forbid" ? identified(report) : null,
    tooFewSamples(findings, policy.minSamples),
    emptySide(findings),
    ...(started?.kind.problems(policy, profile!) ?? []),
    unknownFloor(findings, policy.gate?.labelMinimum ?? {}),
    ...unfitChoices(report.kind, policy),
    unfitTuning(report.kind, policy),
    started && report.kind
      ? tooManyDecisions(started.kind.registry.count, started.header.labels.length, report.kind, policy)
      : null,
  ].filter((problem) => problem !== null);
}

function tooManyRejects(
  { report, firstRejects, started }: Findings,
  rejectsKey: string | null,
): NamedError | null {
  if (!(report.rejected > report.records * MAX_REJECTED_SHARE)) return null;
  const first = firstRejects
    .slice(0, TOLD_REJECTS)
    .map((reject) => `${reject.pointer} (${reject.rule}: ${reject.expected})`)
    .join("; ");
  const cause = started?.kind.causeOfRejects();
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
    `The export holds ${report.annotatedTexts} distinct annotated texts; at least ${minSamples} are asked for (minSamples). Annotate more texts, or ask for fewer (--min-samples).`,
  );
}

function emptySide({ started }: Findings): NamedError | null {
  const documents = started?.kind.documents;
  const needed: Side[] = started?.validates ? ["train", "test", "validation"] : ["train", "test"];
  const empty = needed.find((side) => !documents?.[side]);
  if (!empty) return null;
  if (empty === "validation")
    return new NamedError(
      "InsufficientSamples",
      "The validation side is empty: none of the training side's groups (records with the same patientId, encounterId or text) fell into the tenth by which trials are compared and thresholds are fitted. Export records of more groups: of more patients, or senders.",
    );
  return new NamedError(
    "InsufficientSamples",
    `The ${empty} side of the split is empty. Export records of more groups (by patientId: of more patients, or senders), or pin some records with "split": "${empty}".`,
  );
}

/** What the input asks for and the kind of the export, which stands in its header, does not have. */
function unfitChoices(kind: Kind | null, { gate, algorithms, hyperparameters }: Policy): NamedError[] {
  if (kind === null) return [];
  const { metrics, algorithms: known, annotation, unitPerLabel } = wordsOf(kind);
  const unknown = algorithms?.find((algorithm) => !known.includes(algorithm));
  const problems = [];
  if (gate && !metrics[gate.metric])
    problems.push(`/gate/metric must be ${Object.keys(metrics).join(" or ")}, not ${gate.metric}`);
  if (unknown) problems.push(`/algorithms must be among ${known.join(", ")}, not ${unknown}`);
  if (hyperparameters?.classWeights === "balanced" && annotation !== "classes")
    problems.push("/hyperparameters/classWeights must be none, not balanced");
  // Where one class excludes the others, the likeliest is said, whatever its probability.
  if (hyperparameters?.thresholds === "label" && !unitPerLabel)
    problems.push("/hyperparameters/thresholds must be one, not label");
  return problems.map((problem) => new NamedError("InvalidInput", `${problem}: the export is of ${kind}.`));
}

/** A tuning of which no trials can be made for exports of this kind. */
function unfitTuning(kind: Kind | null, policy: PolicyOfRun): NamedError | null {
  if (kind === null || !policy.planned || unfitChoices(kind, policy).length > 0) return null;
  try {
    trialsOf(policy.planned, kind, algorithmsOf(kind, policy));
    return null;
  } catch (error) {
    if (error instanceof NamedError) return error;
    throw error;
  }
}

/** The gate would reject any result of the training. */
function unknownFloor({ started }: Findings, labelMinimum: Record<string, number>): NamedError | null {
  const labels = started?.header.labels ?? [];
  const unknown = Object.keys(labelMinimum).find((label) => !labels.includes(label));
  if (unknown === undefined) return null;
  return new NamedError(
    "InvalidInput",
    `/gate/labelMinimum must name labels of the export (${listed(labels, 16)}), not ${unknown}.`,
  );
}

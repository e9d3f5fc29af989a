import type { PreprocessReport } from "../../../schemas/types.ts";

/** A report of nothing, to be counted up. */
export function emptyReport(): PreprocessReport {
  return {
    kind: null,
    records: 0,
    rejected: 0,
    rejectedByRule: {},
    annotated: 0,
    annotatedTexts: 0,
    unannotated: 0,
    texts: 0,
    duplicates: { records: 0, conflicting: 0, movedFromTest: 0, movedFromTrain: 0 },
    split: { pinned: 0, byPatient: 0, byEncounter: 0, byText: 0, straddlingGroups: 0 },
    rows: 0,
    identifiers: { socialSecurityNumber: 0, telephone: 0, email: 0, recordNumber: 0, dateOfBirth: 0 },
    byteOrderMark: false,
    warnings: [],
  };
}

/** Labels that differ only in case: to the model they are as different as any two. */
export function labelWarnings(labels: readonly string[]): string[] {
  const alike = Object.values(Object.groupBy(labels, (label) => label.toLowerCase())).filter(
    (forms) => forms !== undefined && forms.length > 1,
  );
  if (alike.length === 0) return [];
  const told = alike
    .slice(0, 5)
    .map((forms) => forms?.join(" and "))
    .join("; ");
  return [`Labels differ only in case: ${told}. The model learns each by itself: use one spelling.`];
}

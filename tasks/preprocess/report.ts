import type { PreprocessReport } from "../../schemas/types.ts";

/** A report of nothing, to be counted up. */
export function emptyReport(): PreprocessReport {
  return {
    records: 0,
    rejected: 0,
    rejectedByRule: {},
    annotated: 0,
    annotatedTexts: 0,
    unannotated: 0,
    texts: 0,
    duplicates: { records: 0, conflicting: 0, movedFromTest: 0, movedFromTrain: 0 },
    split: { pinned: 0, byPatient: 0, byEncounter: 0, byText: 0, straddlingGroups: 0 },
    spans: { read: 0, kept: 0, snapped: 0, overlapping: 0, duplicate: 0 },
    tokens: { total: 0, gold: 0, goldInRows: 0, goldLost: 0 },
    rows: 0,
    longNotes: 0,
    identifiers: { socialSecurityNumber: 0, telephone: 0, email: 0, recordNumber: 0, dateOfBirth: 0 },
    byteOrderMark: false,
  };
}

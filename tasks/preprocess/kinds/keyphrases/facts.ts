/** Numbers that the examiner tells of a record with keyphrases, by place. */
export const ANNOTATION_HASH = 0;
/** Of the spans: read, kept, snapped, overlapping, duplicate. */
export const SPANS = 1;
export const ROWS = 6;
export const GOLD = 7;
export const GOLD_IN_ROWS = 8;
export const ROW_TOKENS = 9;
export const ROW_ITEMS = 10;
/** Kept keyphrases of each label. */
export const OF_LABELS = 11;

export const spanCounts = ["read", "kept", "snapped", "overlapping", "duplicate"] as const;

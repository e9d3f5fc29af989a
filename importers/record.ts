// The one form that every format is read into.

/** What start and end of a span may count. A grapheme cluster is what a reader takes for one character. */
export const units = ["codepoint", "utf16", "grapheme", "byte"] as const;
export type Unit = (typeof units)[number];

/** `end` is exclusive; both count in the unit of the file. `text`: what the file says is there. */
export type SourceSpan = { start: number; end: number; label: string; text?: string };

/** A text as an annotation tool wrote it. */
export type SourceRecord = {
  /** Where it stands, for people: `line 12`, `task 5`. Never made of its text. */
  place: string;
  /** The tool's own id of it. */
  id?: string;
  text: string;
  /** Empty: annotated, nothing found. Absent: not annotated. */
  spans?: SourceSpan[];
  /** Empty: annotated, none applies. Absent: not annotated. Beside empty spans: the file does not say of which kind it is. */
  classes?: string[];
  /** The whole source, in which --patient-field finds the patient. */
  fields: object;
};

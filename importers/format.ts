import type { SourceFile } from "./files.ts";
import type { Losses } from "./losses.ts";
import type { SourceRecord, Unit } from "./record.ts";

/** What a person may have to say about a file, since the file does not. */
export type ReadOptions = {
  /** Whose annotations count, where several people have annotated a text. */
  annotator?: string;
  /** What one document is, in a format that has sentences only. */
  documentBy?: string;
  /** The names of columns or fields. */
  textField?: string;
  labelField?: string;
  /** What parts the classes of a cell: any of its characters, or `none`. */
  separator?: string;
  /** Only texts are asked for: annotations may be missing. */
  textsOnly?: true;
  /** What is done with a span of several parts. */
  discontinuous: "refuse" | "split" | "hull";
  /** What is left of annotations may be taken from a format that has lost some of them. */
  lossy?: boolean;
};

/** The beginning of a file that is to be imported. */
export type Sample = {
  name: string;
  /** Those of all files. */
  names: readonly string[];
  /** Its first lines, and its first JSON objects and lists; none where it is not JSON. */
  lines: readonly string[];
  values: readonly unknown[];
  /** What a person has said of the names of columns or fields, and whether texts are enough. */
  named: Pick<ReadOptions, "textField" | "labelField" | "textsOnly">;
};

/** A format of an annotation tool. */
export type Format = {
  /** As typed. */
  name: string;
  /** As its tool calls it. */
  title: string;
  /** What its offsets may count, the likeliest first; empty: it has none, or they are made by the reader. */
  units: readonly Unit[];
  /** What shows that a file is of this format, in words; null: it does not look like it. */
  recognise(sample: Sample): string | null;
  /** Throws InvalidExport. May be called twice: it says the same again. */
  read(files: readonly SourceFile[], options: ReadOptions, losses: Losses): AsyncIterable<SourceRecord>;
};

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const isText = (value: unknown): value is string => typeof value === "string" && value !== "";

/** An id as tools have them: a number or a word. */
export const idOf = (value: unknown): { id?: string } =>
  typeof value === "number" || isText(value) ? { id: String(value) } : {};

/** Of a list; 0 for anything else. */
export const lengthOf = (value: unknown) => (Array.isArray(value) ? value.length : 0);

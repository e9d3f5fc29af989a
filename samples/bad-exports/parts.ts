// What the bad exports are made of.
import type { Run } from "../../schemas/types.ts";

/** Stands in every text, patient's id and foreign name of a bad export. No error, report or reject may contain it. */
export const canary = "CANARY";

/** A bad export and how it must fail. */
export type BadExport = {
  file: string;
  /** What is wrong with it. */
  why: string;
  bytes: Buffer;
  error: "InvalidExport" | "InsufficientSamples" | "ProtectedHealthInformation" | "InvalidInput";
  /** How the message begins. */
  says: string;
  /** Fields of the execution's input that it must be run with to show this; none: the defaults. */
  input?: {
    minSamples?: number;
    identifiedText?: "forbid";
    algorithms?: ["linear"];
    tuning?: NonNullable<Run["tuning"]>;
    gate?: { metric: "macroF1"; minimum: number; minimumImprovement: number; confidence: null };
  };
};

export type Json = Record<string, unknown>;

export const header: Json = {
  schemaVersion: "1.0",
  exportId: "bad-sample",
  exportedAt: "2026-11-20T12:00:00Z",
  source: "samples/make-bad.ts",
  offsetUnit: "utf16",
  labels: ["problem", "test"],
};

export const note = (index: number, more: Json = {}): Json => ({
  recordId: `r-${index}`,
  patientId: `${canary}-p-${index}`,
  text: `${canary}-${index} has a kidney stone.`,
  keyphrases: [{ start: 13, end: 27, label: "problem", text: "a kidney stone" }],
  ...more,
});
export const notes = (...more: Json[]) => [note(0), note(1), ...more, note(2)];
export const text = (records: unknown, head: Json = header) =>
  `${JSON.stringify({ ...head, records }, null, 1)}\n`;
export const span = (fields: Json) =>
  note(9, { keyphrases: [{ start: 13, end: 27, label: "problem", ...fields }] });
export const nested = (levels: number) => `${"[".repeat(levels)}${"]".repeat(levels)}`;

export const wrongHeader = (file: string, why: string, content: string, says: string): BadExport => ({
  file,
  why,
  bytes: Buffer.from(content),
  error: "InvalidExport",
  says: `The header of the export ${says}`,
});

export const unreadable = (file: string, why: string, content: string | Buffer, says: string): BadExport => ({
  file,
  why,
  bytes: Buffer.from(content),
  error: "InvalidExport",
  says,
});

/** An export of four records, of which the third breaks a rule. */
export const rejected = (file: string, why: string, record: Json, reject: string): BadExport =>
  rejectedText(file, why, text(notes(record)), `/records/2${reject}`);

export const rejectedText = (
  file: string,
  why: string,
  content: string | Buffer,
  first: string,
): BadExport => ({
  file,
  why,
  bytes: Buffer.from(content),
  error: "InvalidExport",
  says: `1 of 4 records were rejected, more than 2 %. First: ${first}`,
});

export const identified = (kind: string, why: string, sentence: string): BadExport => ({
  file: `identified-${kind.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}.json`,
  why,
  bytes: Buffer.from(text(notes(note(9, { text: `${canary}-9. ${sentence}`, keyphrases: [] })))),
  error: "ProtectedHealthInformation",
  says: `Records whose text shows a direct identifier: ${kind} in 1;`,
  input: { minSamples: 1, identifiedText: "forbid" },
});

import { type BadExport, canary, identified, type Json, note, notes, text } from "./parts.ts";

/** Exports that are well-formed but not enough, or that show who the patient is. */
export function samples(): BadExport[] {
  const pinned = (split: string) => Array.from({ length: 4 }, (_, index) => note(index, { split }));
  const oneSided = (split: string, empty: string): BadExport => ({
    file: `${empty}-empty.json`,
    why: `every record pinned to ${split}`,
    bytes: Buffer.from(text(pinned(split))),
    error: "InsufficientSamples",
    says: `The ${empty} side of the split is empty`,
    input: { minSamples: 1 },
  });
  const unannotated = [0, 1, 2].map((index) => ({
    recordId: `r-${index}`,
    text: `${canary} ${index}`,
  }));
  const few = (file: string, why: string, list: Json[], count: number): BadExport => ({
    file,
    why,
    bytes: Buffer.from(text(list)),
    error: "InsufficientSamples",
    says: `The export holds ${count} distinct annotated texts; at least 1000 are asked for`,
  });
  return [
    few("too-few-samples.json", "three annotated notes where 1,000 are asked for", notes(), 3),
    few("unannotated.json", "notes without keyphrases", unannotated, 0),
    few(
      "repeated.json",
      "one text four times, in other cases and spaces",
      [0, 1, 2, 3].map((index) =>
        note(index, { text: `${canary}${" ".repeat(index + 1)}stone`, keyphrases: [] }),
      ),
      1,
    ),
    {
      file: "span-shifted.json",
      why: "spans without text that begin and end one character too early",
      bytes: Buffer.from(
        text(
          [0, 1, 2, 3].map((index) =>
            note(index, { keyphrases: [{ start: 12, end: 26, label: "problem" }] }),
          ),
        ),
      ),
      error: "InvalidExport",
      says: "4 of 4 spans (100 %) begin or end inside a word, more than 10 %: their offsets are wrong. 100 % of the 4 spans looked at would fit words if offsets were one more",
    },
    oneSided("train", "test"),
    oneSided("test", "train"),
    identified("socialSecurityNumber", "a social security number", "SSN 219-09-9999 on file."),
    identified("telephone", "a telephone number", "Call (212) 555-0187 with results."),
    identified("email", "an e-mail address", "Write to jane@example.org."),
    identified("recordNumber", "a medical record number", "MRN: 00482913."),
    identified("dateOfBirth", "a date of birth", "DOB: 03/14/1961."),
  ];
}

import { gzipSync } from "node:zlib";
import {
  type BadExport,
  canary,
  type Json,
  nested,
  note,
  notes,
  rejected,
  rejectedText,
  span,
  text,
} from "./parts.ts";

/** Exports of four records of which one breaks a rule. */
export function records(): BadExport[] {
  const large = { ...note(9), text: "k".repeat(16_800_000) };
  const deep = text(notes(note(9, { codes: "NESTED" }))).replace('"NESTED"', nested(20));
  return [
    rejectedText(
      "record-not-object.json",
      "a record that is a number",
      text(notes(7 as unknown as Json)),
      "/records/2 (schema: must be object)",
    ),
    rejected(
      "record-without-id.json",
      "no recordId",
      { text: canary },
      " (schema: must have required property 'recordId')",
    ),
    rejected(
      "record-without-text.json",
      "no text",
      { recordId: "r-9" },
      " (schema: must have required property 'text')",
    ),
    rejected(
      "record-empty-text.json",
      "an empty text",
      note(9, { text: "" }),
      "/text (schema: must NOT have fewer than 1 characters)",
    ),
    rejected(
      "record-text-number.json",
      "a text that is a number",
      note(9, { text: 7 }),
      "/text (schema: must be string)",
    ),
    {
      ...rejectedText(
        "record-text-long.json.gz",
        "a text of more than a million characters",
        gzipSync(text(notes(note(9, { text: `${canary} `.repeat(150_000) })))),
        "/records/2/text (schema: must NOT have more than 1000000 characters)",
      ),
    },
    rejected(
      "record-unknown-property.json",
      "a property that the schema does not know",
      note(9, { [canary]: canary }),
      " (schema: has a property that the schema does not know",
    ),
    rejectedText(
      "record-proto.json",
      "a property named __proto__",
      text(notes(note(9, { proto: canary }))).replace('"proto"', '"__proto__"'),
      "/records/2 (schema: has a property that the schema does not know",
    ),
    rejected(
      "record-split.json",
      "a split that there is not",
      note(9, { split: canary }),
      '/split (schema: must be one of ["train","test"])',
    ),
    rejected(
      "record-code.json",
      "a code without system",
      note(9, { codes: [{ code: canary }] }),
      "/codes/0 (schema: must have required property 'system')",
    ),
    rejected(
      "record-keyphrases.json",
      "keyphrases that are no list",
      note(9, { keyphrases: { [canary]: 1 } }),
      "/keyphrases (schema: must be array)",
    ),
    rejected(
      "record-classes.json",
      "classes in an export of keyphrases",
      note(9, { classes: ["problem"] }),
      '/classes (other-kind: no classes where the header\'s kind is "keyphrases")',
    ),
    rejected(
      "record-keyphrase-property.json",
      "a keyphrase with a foreign property",
      span({ [canary]: 1 }),
      "/keyphrases/0 (schema: has a property that the schema does not know",
    ),
    rejected(
      "record-start-negative.json",
      "an offset below 0",
      span({ start: -1 }),
      "/keyphrases/0/start (schema: must be >= 0)",
    ),
    rejected(
      "record-start-fraction.json",
      "half an offset",
      span({ start: 12.5 }),
      "/keyphrases/0/start (schema: must be integer)",
    ),
    rejected(
      "record-label-pattern.json",
      "a label that is none",
      span({ label: `#${canary}` }),
      "/keyphrases/0/label (schema: must match pattern",
    ),
    rejected(
      "span-label.json",
      "a label that the header does not list",
      span({ label: canary }),
      "/keyphrases/0/label (span-label: one of the labels that the header lists)",
    ),
    rejected(
      "span-empty.json",
      "a span of no characters",
      span({ end: 13 }),
      "/keyphrases/0/end (span-empty: more than start",
    ),
    rejected(
      "span-order.json",
      "a span that ends before it starts",
      span({ end: 5 }),
      "/keyphrases/0/end (span-order: more than start)",
    ),
    rejected(
      "span-outside.json",
      "a span that ends behind the text",
      span({ end: 99 }),
      "/keyphrases/0/end (span-outside: at most the length of the text, 28 utf16 units)",
    ),
    rejected(
      "span-text.json",
      "a span whose text is another",
      span({ text: `${canary} stone` }),
      "/keyphrases/0/text (span-text: the slice of the text from start to end, in utf16 units)",
    ),
    rejectedText(
      "span-code-points.json",
      "offsets in code points under a header that says UTF-16",
      text(
        notes(
          note(9, {
            text: `\u{1f600} ${canary}-9 has a kidney stone.`,
            keyphrases: [{ start: 15, end: 29, label: "problem", text: "a kidney stone" }],
          }),
        ),
      ),
      "/records/2/keyphrases/0/text (span-text: the slice of the text from start to end, in utf16 units)",
    ),
    rejected(
      "no-token-span.json",
      "a span of white space",
      span({ start: 8, end: 9 }),
      "/keyphrases/0 (no-token: a word or a punctuation mark inside the span)",
    ),
    rejected(
      "no-token.json",
      "a text of white space",
      note(9, { text: " \n\t\u200b", keyphrases: [] }),
      "/text (no-token: a word or a punctuation mark)",
    ),
    rejected(
      "duplicate-record-id.json",
      "an id twice",
      note(1, { text: canary, keyphrases: [] }),
      "/recordId (duplicate-record-id: an id that no record before has)",
    ),
    rejectedText(
      "lone-surrogate.json",
      "half a character",
      text(notes(note(9, { text: `${canary} HALF`, keyphrases: [] }))).replace("HALF", "\\ud83d"),
      "/records/2/text (lone-surrogate: no half of a surrogate pair)",
    ),
    rejectedText(
      "too-deep.json",
      "a record nested too deep",
      deep,
      "/records/2 (too-deep: at most 16 levels of nesting)",
    ),
    rejectedText(
      "too-large.json.gz",
      "a record of more than 16 MiB",
      gzipSync(text(notes(large)), { level: 9 }),
      "/records/2 (too-large: at most 16777216 bytes)",
    ),
    rejectedText(
      "broken-record.json",
      "a record that is no JSON inside its braces",
      text(notes(note(9, { split: "NAN" }))).replace('"NAN"', "NaN"),
      "/records/2 (json: a JSON object)",
    ),
  ];
}

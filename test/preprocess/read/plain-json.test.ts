import fc from "fast-check";
import { expect, test } from "vitest";
import schema from "../../../schemas/data/training-export.schema.json" with { type: "json" };
import type { ExportRecord } from "../../../schemas/types.ts";
import { plainReader } from "../../../tasks/preprocess/read/plain-json.ts";
import { checkOf, schemaAt } from "../../../tasks/preprocess/read/schema-check.ts";

const reference = "training-export.schema.json#/$defs/record";
const unread = ["codes"];
const readPlain = plainReader<ExportRecord>(reference, { resolve: schemaAt, unread });

/** What JSON.parse and the schema's check say; undefined for what is refused. */
function readAny(text: string): ExportRecord | undefined {
  try {
    const value = JSON.parse(text) as ExportRecord;
    return checkOf(reference)()(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const { maxLength } = schema.$defs.identifier;
const { maximum } = schema.$defs.keyphrase.properties.start;
/** Mostly the first: a record is refused for any part of it. */
const mostly = <T>(usual: fc.Arbitrary<T>, odd: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 30, arbitrary: usual }, { weight: 1, arbitrary: odd });
const id = mostly(
  fc.string({ unit: "grapheme", minLength: 1, maxLength: 8 }),
  fc.constantFrom("", "x".repeat(maxLength), "x".repeat(maxLength + 1), "é".repeat(maxLength)),
);
const name = mostly(
  fc.constantFrom("problem", "b/c d.-", "b1", "b2", "b3"),
  fc.constantFrom("-b", " b", "b ", "__proto__", "toString", "1", "0", "é", ""),
);
const note = mostly(
  fc.constantFrom("CT abdomen.", "a\n\tb", '"a" \\ b', "caf\u00e9", "\u{1f600} 1"),
  fc.constantFrom("", "\u0001", "\ud800", "\u007f\u2028"),
);
const offset = mostly(
  fc.constantFrom(1, 9, 10, 12_345, maximum),
  fc.constantFrom(0, maximum + 1, -1, 1.5, 1e21),
);
const keyphrase = fc.record(
  { start: offset, end: offset, label: name, text: note },
  { requiredKeys: ["start", "end", "label"] },
);
const code = fc.record({ system: name, code: name });
const record = fc.record(
  {
    recordId: id,
    patientId: id,
    encounterId: id,
    specialty: name,
    facets: fc.dictionary(name, name, { minKeys: 1, maxKeys: 9 }),
    codes: fc.array(code, { maxLength: 3 }),
    text: note,
    split: mostly(fc.constantFrom("train", "test"), fc.constant("both")),
    keyphrases: fc.array(keyphrase, { maxLength: 3 }),
    classes: mostly(fc.uniqueArray(name, { maxLength: 3 }), fc.array(name, { maxLength: 3 })),
  },
  { requiredKeys: ["recordId", "text"], noNullPrototype: true },
);
/** As programs write it: close together, as Python does, or over several lines. */
const written = fc
  .tuple(record, fc.constantFrom("", " ", "\r\n\t"))
  .map(([value, space]) => JSON.stringify(value, null, space && "  ").replaceAll("\n", space || "\n"));
const damaged = fc
  .tuple(
    written,
    fc.nat(),
    fc.nat(3),
    fc.oneof(fc.constantFrom(...'"\\{}[],:.0-eu \n\u0001'), fc.constant('"text":"a",')),
  )
  .map(([text, place, taken, put]) => {
    const at = place % (text.length + 1);
    return text.slice(0, at) + put + text.slice(at + taken);
  });

test("reads what JSON.parse and the schema's check read, or leaves it to them", () => {
  let read = 0;
  fc.assert(
    fc.property(fc.oneof(written, damaged), (text) => {
      const bytes = Buffer.from(text);
      const plain = readPlain(bytes);
      if (plain === undefined) return;
      read++;
      const { codes: _, ...expected } = readAny(bytes.toString())!;
      expect(plain).toEqual(expected);
      expect(Object.keys(plain.facets ?? {})).toEqual(Object.keys(expected.facets ?? {}));
    }),
    { numRuns: 1000 },
  );
  expect(read).toBeGreaterThan(200);
});

test.each([
  ["the schema's examples", JSON.stringify(schema.examples[0]!.records[0])],
  ["the schema's examples", JSON.stringify(schema.examples[1]!.records[0])],
  ["a text over several lines, with quotes", '{"recordId":"1","text":"a\\n\\"b\\" \\\\ \\t"}'],
  ["what is not ASCII", '{"recordId":"é1","text":"caf\u00e9 \u{1f600}"}'],
  [
    "spaces, as Python writes them",
    '{"recordId": "1", "text": "a", "keyphrases": [{"start": 0, "end": 1, "label": "x"}]}',
  ],
  [
    "no keyphrases, no classes, facets",
    '{"text":"a","recordId":"1","keyphrases":[],"classes":[],"facets":{"b":"c","a":"d"}}',
  ],
])("reads %s itself", (_, text) => {
  const { codes: __, ...expected } = readAny(text)!;
  expect(readPlain(Buffer.from(text))).toEqual(expected);
});

test.each([
  ["a key twice", '{"recordId":"1","text":"a","text":"a"}'],
  ["a facet twice", '{"recordId":"1","text":"a","facets":{"a":"b","a":"b"}}'],
  ["more behind it", '{"recordId":"1","text":"a"}1'],
  [
    "a number with a zero before it",
    '{"recordId":"1","text":"a","keyphrases":[{"start":0,"end":01,"label":"x"}]}',
  ],
  ["half of a character", '{"recordId":"1","text":"\\ud800"}'],
  ["a control character", '{"recordId":"1","text":"a\u0001"}'],
  ["an end within a string", '{"recordId":"1","text":"a'],
  ["nothing", ""],
])("leaves %s to them", (_, text) => {
  expect(readPlain(Buffer.from(text))).toBeUndefined();
});

test("refuses a schema of which it does not understand everything", () => {
  const read = (part: object) => () => plainReader("", { resolve: () => part, unread: [] });
  expect(read({ type: "string", format: "date-time" })).toThrow("format");
  expect(read({ type: "number" })).toThrow("number");
});

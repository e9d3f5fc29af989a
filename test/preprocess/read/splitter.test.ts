import fc from "fast-check";
import { expect, test } from "vitest";
import type { RejectedRecord } from "../../../schemas/types.ts";
import { MAX_DEPTH } from "../../../tasks/preprocess/limits.ts";
import { readRecord } from "../../../tasks/preprocess/read/record.ts";
import { ExportSplitter } from "../../../tasks/preprocess/read/splitter.ts";
import { cut } from "./pieces.ts";

/** What the splitter finds, values parsed. */
function split(pieces: Buffer[]) {
  const header: [string, unknown][] = [];
  const records: unknown[] = [];
  const tooLarge: number[] = [];
  const splitter = new ExportSplitter({
    header: (key, value) => header.push([key, value]),
    record: (bytes, index) => {
      expect(index).toBe(records.length + tooLarge.length);
      records.push(JSON.parse(bytes.toString()));
    },
    tooLarge: (index) => tooLarge.push(index),
  });
  for (const piece of pieces) splitter.push(piece);
  splitter.end();
  return { header, records, tooLarge };
}

const whole = (text: string) => split([Buffer.from(text)]);
const places = fc.array(fc.nat(), { maxLength: 20 });
const value = fc.jsonValue({ maxDepth: 5, stringUnit: "binary" });
const key = fc.string({ unit: "binary" }).filter((name) => name !== "records");
const header = fc.uniqueArray(fc.tuple(key, value), { selector: ([name]) => name, maxLength: 5 });
const spaces = fc.constantFrom(undefined, 1, "\t", "\r\n ");
const records = fc.array(value, { minLength: 1, maxLength: 8 });

test("finds every property and record of an object, wherever records stand and the bytes are cut", () => {
  fc.assert(
    fc.property(header, records, fc.nat(), spaces, places, (before, list, at, indent, cuts) => {
      const entries: [string, unknown][] = before.toSpliced(at % (before.length + 1), 0, ["records", list]);
      const pad = typeof indent === "number" ? " " : (indent ?? "");
      const text = `${pad}{${entries
        .map(
          ([name, content]) => `${JSON.stringify(name)}${pad}:${pad}${JSON.stringify(content, null, indent)}`,
        )
        .join(`${pad},${pad}`)}${pad}}${pad}`;
      const found = split(cut(Buffer.from(text), cuts));
      expect(found.header).toEqual(
        before.map(([name, content]) => [name, JSON.parse(JSON.stringify(content))]),
      );
      expect(found.records).toEqual(JSON.parse(JSON.stringify(list)));
    }),
  );
});

test("finds every line of JSON Lines, wherever the bytes are cut", () => {
  fc.assert(
    fc.property(
      header,
      records,
      fc.constantFrom("\n", "\r\n"),
      fc.boolean(),
      places,
      (first, list, end, ended, cuts) => {
        const head = `{${first.map(([name, content]) => `${JSON.stringify(name)}:${JSON.stringify(content)}`).join(",")}}`;
        const text = [head, ...list.map((record) => JSON.stringify(record))].join(end) + (ended ? end : "");
        expect(split(cut(Buffer.from(text), cuts)).records).toEqual(JSON.parse(JSON.stringify(list)));
      },
    ),
  );
});

test("ends at any byte of an object with a named error, never with half of it", () => {
  const text = '{"labels":["a\\"]}"],"records":[{"text":"\\\\\\"{["},{"text":"}"}],"source":1}';
  for (let length = 0; length < text.length; length++)
    expect(() => whole(text.slice(0, length))).toThrow(expect.objectContaining({ name: "InvalidExport" }));
});

test("random damage is either found or leaves what it did not touch", () => {
  const text = '{"labels":["a"],"records":[{"text":"one"},{"text":"two"},{"text":"three"}]}';
  fc.assert(
    fc.property(fc.nat(text.length - 1), fc.nat(127), (at, byte) => {
      const bytes = Buffer.from(text);
      bytes[at] = byte;
      const seen: string[] = [];
      const splitter = new ExportSplitter({
        header: () => undefined,
        record: (record) => seen.push(record.toString()),
        tooLarge: () => undefined,
      });
      try {
        splitter.push(bytes);
        splitter.end();
      } catch (error) {
        expect(error).toMatchObject({ name: "InvalidExport" });
      }
      expect(seen.length).toBeLessThanOrEqual(4);
    }),
    { numRuns: 2000 },
  );
});

test("a blank line counts as a line, so that pointers still lead there", () => {
  const found: number[] = [];
  const splitter = new ExportSplitter({
    header: () => undefined,
    record: (_, index) => found.push(index),
    tooLarge: () => undefined,
  });
  splitter.push(Buffer.from('{"a":1}\n{}\n\n  \n{}'));
  splitter.end();
  expect(found).toEqual([0, 3]);
});

test("refuses what is nested too deep without recursing, and goes on behind it", () => {
  const nest = (levels: number) => "[".repeat(levels) + "]".repeat(levels);
  const deep = nest(1_000_000);
  const rules = (text: string) => {
    const found: string[] = [];
    const splitter = new ExportSplitter({
      header: () => undefined,
      record: (bytes, index) => found.push((readRecord(bytes, `/${index}`) as RejectedRecord).rule),
      tooLarge: () => undefined,
    });
    splitter.push(Buffer.from(text));
    splitter.end();
    return found;
  };
  expect(rules(`{"records":[${nest(MAX_DEPTH)},${deep},1]}`)).toEqual(["schema", "too-deep", "schema"]);
  expect(rules(`{"a":1}\n${deep}\n1`)).toEqual(["too-deep", "schema"]);
});

test.each([
  ["object", (large: string) => `{"records":["${large}",1]}`],
  ["lines", (large: string) => `{"a":1}\n"${large}"\n1`],
])("skips a record that is too large, and holds none of it (%s)", (_, form) => {
  const piece = Buffer.alloc(1024 * 1024, "x");
  const [before, after] = form("|").split("|") as [string, string];
  const pieces = [Buffer.from(before), ...Array<Buffer>(40).fill(piece), Buffer.from(after)];
  const { records, tooLarge } = split(pieces);
  expect(tooLarge).toEqual([0]);
  expect(records).toEqual([1]);
});

test.each([
  ["[1,]", "a record"],
  ["[,1]", "a record"],
  ["[1 2]", ", or ]"],
  ["[1]]", ", or }"],
])("refuses records %s", (list, expected) => {
  expect(() => whole(`{"records":${list}}`)).toThrow(`expected ${expected}`);
});

test.each([
  ['{"a":}', "a value"],
  ['{"a" 1}', ":"],
  ['{"a":1,}', "a property name"],
  ["{a:1}", "a property name"],
  ['{"a":1 "b":2}', ", or }"],
  ["7", "{"],
])("refuses the header %s", (text, expected) => {
  expect(() => whole(text)).toThrow(`expected ${expected}`);
});

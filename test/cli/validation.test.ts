import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { validationText } from "../../pipeline/cli/validation.ts";
import { canary } from "../../samples/bad-exports/parts.ts";
import { badExports } from "../../samples/bad-exports.ts";
import { metricAdvice } from "../../schemas/tables/kinds.ts";
import { validateExport } from "../../tasks/preprocess/validate-export.ts";
import { header } from "../preprocess/world.ts";

const policy = { minSamples: 1, testFraction: 0.2, identifiedText: "report" } as const;
const textOf = async (content: string | Buffer) =>
  validationText(await validateExport(Readable.from([Buffer.from(content)]), policy));

test.each(badExports())("$file is told in 80 columns, without a word of a note", async ({ bytes }) => {
  const text = await textOf(bytes);
  for (const line of text.split("\n")) expect([...line].length, line).toBeLessThanOrEqual(80);
  expect(text).not.toContain(canary);
  // A table of nothing but zeros tells nothing.
  expect(text).not.toMatch(/Records +0 read/);
});

test("where another metric says more of the kind than the default, it says so in a line", async () => {
  expect(metricAdvice("multi-label", "accuracy")).toBe(
    "Accuracy decides; for multi-label, Micro F1 says more: --metric f1.",
  );
  expect(metricAdvice("multi-label", "macroF1")).toBeNull();
  expect(metricAdvice("keyphrases", "accuracy")).toBeNull();
  const validation = await validateExport(Readable.from([Buffer.from(JSON.stringify(header))]), policy);
  expect(validationText(validation, metricAdvice("single-label", "accuracy"))).toMatch(
    /\n\nAccuracy decides; for single-label, Macro F1 says more: --metric macroF1\.$/,
  );
});

test("counts by rule, names 20 records by line and id, and says how many more there are", async () => {
  const record = (index: number) => ({
    recordId: `r-${index}`,
    text: "A stone.",
    keyphrases: [{ start: 2, end: index < 30 ? 99 : 7, label: index < 33 ? "problem" : "none" }],
  });
  const records = Array.from({ length: 40 }, (_, index) => record(index));
  const text = await textOf([header, ...records].map((line) => JSON.stringify(line)).join("\n"));
  expect(text).toMatch(/Rejected by rule {2}Records\n.+\nspan-outside {11}30\nspan-label {14}7\n/);
  expect(text).toContain("/records/19/keyphrases/0/end (line 21, record r-19)");
  expect(text).not.toContain("r-20");
  expect(text).toContain("\n… and 17 more.\n");
  // Of a run they would be in the store; here nothing is written.
  expect(text).not.toContain("rejects.jsonl");
});

test("a pretty-printed header takes lines too, and a blank line is one", async () => {
  const bad = JSON.stringify({ recordId: "r-1", text: "" });
  const head = JSON.stringify(header, null, 2);
  const text = await textOf(`${head}\n\n${bad}\n`);
  expect(text).toContain(`(line ${head.split("\n").length + 2}, record r-1)`);
});

test("in an object a record is named by its first byte, byte order mark included", async () => {
  const content = `\ufeff${JSON.stringify({ ...header, records: [{ recordId: "\u00e9" }, { recordId: "r-2" }] })}`;
  const text = await textOf(content);
  const at = (record: string) => Buffer.byteLength(content.slice(0, content.indexOf(record)));
  expect(text).toContain(`/records/0 (byte ${at('{"recordId":"\u00e9')})`);
  expect(text).toContain(`/records/1 (byte ${at('{"recordId":"r-2')}, record r-2)`);
});

test("the keyphrases of each label are counted, the most frequent first", async () => {
  const span = (start: number, end: number, label: string) => ({ start, end, label });
  const keyphrases = [span(0, 1, "test"), span(2, 3, "test"), span(4, 5, "problem")];
  const text = await textOf(
    JSON.stringify({
      ...header,
      labels: ["problem", "test", "Test"],
      records: [{ recordId: "r", text: "a b c", keyphrases }],
    }),
  );
  expect(text).toMatch(/Label {4}Keyphrases\n.+\ntest {14}2\nproblem {11}1\nTest {14}0\n/);
  expect(text).toContain("Warning: Labels differ only in case: test and Test.");
});

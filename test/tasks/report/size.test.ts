import { expect, test } from "vitest";
import { reportOf } from "../../../tasks/report/report.ts";
import { fullView, verdict } from "./full-view.ts";

test.each([
  ["a usual length", (at: number) => `Label of a usual length ${at}`, true],
  // As long as the schema allows, and of letters that take four bytes each, or five as an entity.
  ["the longest names", (at: number) => `${at} `.padEnd(128, "n"), false],
  ["the longest names of wide letters", (at: number) => `${at} ${"𝒜".repeat(123)}`, false],
  ["the longest names of what is escaped", (at: number) => `${at} `.padEnd(128, "&"), false],
])("a report of a thousand labels of %s stays below 200 KB", (_, nameOf, hasAll) => {
  const names = Array.from({ length: 1000 }, (_, at) => nameOf(at));
  const scores = { precision: 0.81234, recall: 0.7123, f1: 0.7591 };
  const perLabel = Object.fromEntries(
    names.map((name, at) => [name, { support: at % 60, challenger: scores, champion: scores }]),
  );
  const labels = names.map((label, at) => ({ label, right: at, missed: at % 7, invented: at % 5 }));
  const pairs = names.slice(0, 300).map((gold, at) => ({ gold, predicted: names[at + 1]!, count: 300 - at }));
  const analysis = fullView.files.analysis!;
  const confusion = { labels, pairs, rest: { pairs: 900, count: 1200 } };
  const files = {
    ...fullView.files,
    verdict: { ...verdict, perLabel },
    analysis: { ...analysis, challenger: { ...analysis.challenger, confusion } },
  };
  const page = reportOf({ ...fullView, files });
  expect(page.includes("All 1,000 labels as numbers")).toBe(hasAll);
  expect(Buffer.byteLength(page)).toBeLessThan(200_000);
});

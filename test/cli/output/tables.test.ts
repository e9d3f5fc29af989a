import { PassThrough } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import { describe, expect, it, vi } from "vitest";
import { coloured } from "../../../pipeline/cli/output/colour.ts";
import { moment, pairs, score, table } from "../../../pipeline/cli/output/tables.ts";
import { count, duration } from "../../../tasks/report/format.ts";

describe("table", () => {
  it("pads columns and puts numbers at the right", () => {
    const text = table(
      [{ head: "Model" }, { head: "F1", numeric: true }],
      [
        ["a", "0.9"],
        ["größer", "10"],
      ],
    );
    expect(text.split("\n")).toEqual(["Model    F1", "──────  ───", "a       0.9", "größer   10"]);
  });

  it("breaks cells of text where a line has no room, and no word", () => {
    const columns = [{ head: "Rule" }, { head: "Count", numeric: true }, { head: "Why" }];
    const rows = [["span-outside-text", "1,234", "The span ends behind its text, as if bytes were counted."]];
    expect(table(columns, rows, 40).split("\n")).toEqual([
      "Rule               Count  Why",
      "─────────────────  ─────  ──────────────",
      "span-outside-text  1,234  The span ends",
      "                          behind its",
      "                          text, as if",
      "                          bytes were",
      "                          counted.",
    ]);
    expect(table(columns, rows, 20)).toContain("span-outside-text  1,234  The span\n");
  });

  it("puts a remark below its row", () => {
    expect(table([{ head: "A" }], [["a", "by me: because"]])).toBe("A\n─\na\n    by me: because");
  });

  it("stands without rows", () => {
    expect(table([{ head: "A" }], [])).toBe("A\n─");
  });
});

it("pairs lines names up", () => {
  expect(
    pairs([
      ["a", "1"],
      ["long", "2"],
    ]),
  ).toBe("a     1\nlong  2");
});

it.each([
  [0, "0.0 s"],
  [0.04, "0.0 s"],
  [9.94, "9.9 s"],
  [9.96, "10 s"],
  [59.4, "59 s"],
  [59.6, "1 min 00 s"],
  [125, "2 min 05 s"],
  [3600, "1 h 00 min"],
  [7170, "2 h 00 min"],
])("duration of %d s is %s", (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});

it.each([
  [0, "0"],
  [999, "999"],
  [1000, "1,000"],
  [1234567, "1,234,567"],
])("count of %d is %s", (value, text) => {
  expect(count(value)).toBe(text);
});

it("scores have four digits, and a dash where there is none", () => {
  expect(score(0.97129)).toBe("0.9713");
  expect(score(null)).toBe("-");
  expect(moment("2026-11-20T12:00:03.123Z")).toBe("2026-11-20 12:00:03");
  expect(moment(null)).toBe("-");
});

describe("colours", () => {
  const stream = process.stdout;
  const text =
    "Status     FAILED\nrun-FAILED  RUNNING  x\n  ✓ it FAILED  once\nVerdict: promote\nreason: SUCCEEDED or so";

  it.each([
    ["FORCE_COLOR", "1", 4],
    ["NO_COLOR", "1", 0],
    ["FORCE_COLOR", "0", 0],
  ])("of words of status and no others, with %s=%s", (name, value, count) => {
    vi.stubEnv("FORCE_COLOR", undefined);
    vi.stubEnv("NO_COLOR", undefined);
    vi.stubEnv(name, value);
    const shown = coloured(text, stream);
    vi.unstubAllEnvs();
    expect(stripVTControlCharacters(shown)).toBe(text);
    expect(shown.split("\u001b[39m").length - 1).toBe(count);
  });

  it("nowhere but on a terminal, unless asked for", () => {
    vi.stubEnv("FORCE_COLOR", undefined);
    expect(coloured(text, Object.assign(new PassThrough(), { isTTY: false }) as never)).toBe(text);
    vi.unstubAllEnvs();
  });
});

import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { benches, type Inputs, inputs, neededBy, obstacle, wordsOf } from "../../bench/benches.ts";
import {
  linesOf,
  measurementsIn,
  type Result,
  readResult,
  readResults,
} from "../../bench/recording/result.ts";
import { figure, measuredPage } from "../../bench/report.ts";
import { python } from "../../pipeline/python.ts";
import { read, root } from "../docs/said.ts";

const folder = mkdtempSync(join(tmpdir(), "pbp-bench-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

const nothing = Object.fromEntries(Object.keys(inputs).map((input) => [input, []])) as never as Inputs;

/** Through the door of `npm run bench`. */
function bench(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["bench/run.ts", ...args], {
    cwd: root,
    encoding: "utf8",
  });
  return { status, said: stdout + stderr };
}

const result: Result = {
  bench: "drift",
  command: "node bench/drift.ts <keyphrases>",
  machine: "2 cores of a processor, 8 GiB",
  date: "2026-11-27",
  commit: "0123456",
  load: 0.1,
  otherCores: 0,
  repetitions: 3,
  minutes: 1,
  lines: [
    {
      what: "a thing",
      unit: "s",
      figure: { median: 2, min: 1.5, max: 4 },
      against: "another",
      ratio: { median: 5.7, min: 5.1, max: 6 },
    },
  ],
};

test("what is kept is of benches that there are, with the command of today, and of the one shape", () => {
  for (const file of globSync(join(root, "bench/results/*.json"))) {
    const { bench: name, command } = readResult(file);
    expect(basename(file)).toBe(`${name}.json`);
    expect(command).toBe(benches[name]!.command);
  }
});

test.each([
  [["--nope"], "bench: Unknown option '--nope'."],
  [["nope"], "bench: There is no bench nope."],
  [["--repetitions", "0"], "bench: --repetitions must be a whole number from 1."],
])("npm run bench -- %j is refused with how it is called", (args, reason) => {
  const { status, said } = bench(...args);
  expect(said.split("\n").slice(0, 2)).toEqual([
    reason,
    "usage: npm run bench -- [NAME …] [options] [-- a bench's own words]",
  ]);
  expect(status).toBe(2);
});

test("a result of another shape is refused with its file and the place", () => {
  const file = join(folder, "odd.json");
  for (const wrong of [
    { ...result, date: "yesterday" },
    { ...result, lines: [] },
    { ...result, commit: "main" },
    { ...result, lines: [{ ...result.lines[0], ratio: undefined }] },
    { ...result, lines: [{ ...result.lines[0], figure: { median: 1, min: 1 } }] },
  ]) {
    writeFileSync(file, JSON.stringify(wrong));
    expect(() => readResult(file)).toThrow(/odd\.json: result/);
  }
  writeFileSync(file, JSON.stringify(result));
  expect(readResult(file)).toEqual(result);
});

test("of several runs the median and the range are kept, of ratios too", () => {
  const run = (seconds: number) =>
    measurementsIn(
      `${JSON.stringify({ what: "it", figure: seconds, unit: "s", against: "that", ratio: 12 / seconds })}\n`,
    );
  expect(linesOf([run(3), run(2), run(4)])).toEqual([
    {
      what: "it",
      unit: "s",
      figure: { median: 3, min: 2, max: 4 },
      against: "that",
      ratio: { median: 4, min: 3, max: 6 },
    },
  ]);
  expect(linesOf([run(3), run(2)])[0]!.figure.median).toBe(2.5);
  const other = measurementsIn('{"what":"else","figure":1,"unit":""}');
  expect(() => linesOf([run(3), other])).toThrow("Not every run recorded this: it");
});

test("what is no measurement fails the bench that recorded it", () => {
  const line = '{"what":"it","figure":1,"unit":"s"}\n';
  expect(() => measurementsIn("")).toThrow("nothing");
  expect(() => measurementsIn(line + line)).toThrow("twice");
  expect(() => measurementsIn('{"what":"it","unit":"s"}')).toThrow("figure");
  expect(() => measurementsIn('{"what":"it","figure":1,"unit":"s","ratio":2}')).toThrow("against");
  expect(() => measurementsIn('{"what":"it","figure":"1","unit":"s"}')).toThrow("number");
});

test("a bench in Python records the same shape, and nothing where nobody asked", () => {
  const file = join(folder, "lines.jsonl");
  const program =
    "from recording.record import keep_figure as k; k('a', 1, 's'); k('b', 2.5, 's', 'c', 3); k('d', 4, '', None, 2)";
  const env = { PYTHONPATH: join(root, "bench") };
  execFileSync(python, ["-c", program], { env });
  expect(existsSync(file)).toBe(false);
  execFileSync(python, ["-c", program], { env: { ...env, BENCH_RECORD: file } });
  expect(measurementsIn(readFileSync(file, "utf8"))).toEqual([
    { what: "a", figure: 1, unit: "s" },
    { what: "b", figure: 2.5, unit: "s", against: "c", ratio: 3 },
    { what: "d", figure: 4, unit: "" },
  ]);
});

test("the page says figure, range and ratio, and whether the machine was busy with other things", () => {
  const page = (one: Result) => measuredPage(new Map([["drift", one]]));
  expect(page(result)).toContain("| a thing | 2 s | 1.50 to 4 | **5.70 times** another (5.10 to 6) |");
  expect(page(result)).toContain("Nothing else ran.");
  expect(page({ ...result, otherCores: 1.3 })).toContain("**Beside other work**, which took 1.3 cores");
  expect(page({ ...result, otherCores: null })).not.toMatch(/Nothing else ran|Beside other work/);
  expect(page(result)).not.toContain("npm run bench -- drift");
  expect(page(result)).toContain("`npm run bench -- train` with `--keyphrases`");
  expect([0, 0.00012, 0.123456, 1.23456, 12.3456, 123.456, 12345.6].map(figure)).toEqual([
    "0",
    "0.0001",
    "0.123",
    "1.23",
    "12.3",
    "123",
    "12,346",
  ]);
});

test("docs/measured.md is that of the results", () => {
  expect(read("docs/measured.md")).toBe(measuredPage(readResults()));
});

test("every time and ratio that the front page names is in docs/measured.md", () => {
  const named = [...read("README.md").matchAll(/\d+ min \d+ s|\d+(?:\.\d+)? times\b/g)].map(
    ([words]) => words,
  );
  expect(named.length).toBeGreaterThan(0);
  expect(named.filter((words) => !read("docs/measured.md").includes(words))).toEqual([]);
});

test("every bench has a program, and every program of package.json is run by npm run bench", () => {
  const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
  const commands = Object.values(benches).map(({ command }) =>
    command.replace(/^npm run (\S+)/, (_, script: string) => scripts[script]!),
  );
  const programs = commands.map((command) => /bench\/\S+\.(?:ts|py)/.exec(command)![0]);
  expect(programs.filter((program) => !existsSync(join(root, program)))).toEqual([]);
  const doors = Object.entries(scripts).flatMap(([name, command]) =>
    name.startsWith("bench:") ? [/bench\/\S+\.(?:ts|py)/.exec(command)![0]] : [],
  );
  expect(doors.filter((program) => !programs.includes(program))).toEqual([]);
});

test("what a bench needs is told from its command, and given in its place", () => {
  expect(neededBy(benches.linear!)).toEqual(["classes"]);
  expect(obstacle("linear", nothing)).toContain("--classes");
  expect(obstacle("engine", nothing)).toBeNull();
  expect(wordsOf(benches.linear!, { ...nothing, classes: ["a.json", "b.json"] }).slice(1)).toEqual([
    "bench/jobs/linear_bench.py",
    "a.json",
    "b.json",
  ]);
  expect(wordsOf(benches.reader!, { ...nothing, home: ["/home"] })[2]).toBe("/home/efs/models");
});

test("npm run bench runs a bench as often as asked and keeps its result", () => {
  const { status, said } = bench("preprocess", "--repetitions", "2", "--results", folder, "--", "2");
  expect(status, said).toBe(0);
  const { lines, ...rest } = readResult(join(folder, "preprocess.json"));
  expect(rest).toMatchObject({ bench: "preprocess", command: "node bench/preprocess.ts 2", repetitions: 2 });
  expect(lines.map(({ what }) => what)).toContain("Preprocess of 2 MB, one JSON object, plain");
  for (const { figure: told } of lines) {
    expect(told.min).toBeLessThanOrEqual(told.median);
    expect(told.max).toBeGreaterThanOrEqual(told.median);
  }
});

test("a bench that fails leaves what was measured before and the others' results, and is named", () => {
  const kept = join(folder, "drift.json");
  writeFileSync(kept, JSON.stringify(result));
  const { status, said } = bench("drift", "suggest", "--keyphrases", "/nowhere.json", "--results", folder);
  expect(status).toBe(1);
  expect(said).toContain("Failed: drift, suggest.");
  expect(readResult(kept)).toEqual(result);
});

test("a bench that lacks something is named with what it lacks", () => {
  const { status, said } = bench("train", "--results", folder);
  expect(status).toBe(1);
  expect(said).toMatch(/train +not run, needs --keyphrases: an export with keyphrases/);
  expect(bench("nothing").said).toContain("There is no bench nothing");
  expect(bench("drift", "engine", "--", "1").said).toContain("belong to one bench");
});

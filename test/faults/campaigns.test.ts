// A short slice of every campaign, through its command.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { campaigns } from "../../bench/faults/campaigns.ts";
import { bugs } from "../../bench/faults/planted/bugs.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const run = (...args: string[]) =>
  promisify(execFile)(process.execPath, ["bench/faults/run.ts", ...args], { cwd: root });

// What takes a second or two each on a busy machine.
const slices: [campaign: string, ...options: string[]][] = [
  ["kill-promote", "--cases", "4"],
  ["kill-rollback", "--cases", "2"],
  ["kill-preprocess", "--cases", "2"],
  ["kill-engine", "--cases", "2"],
  ["errors-promote", "--cases", "24"],
  ["errors-rollback", "--cases", "12"],
  ["errors-preprocess", "--cases", "24"],
  ["errors-engine", "--cases", "200"],
  ["lost-reply-promote", "--cases", "10"],
  ["lost-reply-rollback", "--cases", "6"],
  ["lost-reply-preprocess", "--cases", "6"],
  ["lost-reply-engine"],
  ["disk-full-promote", "--cases", "10"],
  ["disk-full-rollback", "--cases", "5"],
  ["disk-full-preprocess", "--cases", "10"],
  ["disk-full-engine", "--cases", "40"],
  ["power-cut-promote", "--cases", "20"],
  ["power-cut-rollback", "--cases", "12"],
  ["power-cut-preprocess", "--cases", "12"],
  ["power-cut-engine", "--cases", "200"],
  ["damage", "--cases", "100"],
  ["lies", "--cases", "100"],
  ["hostile", "--cases", "100"],
  ["race", "--only", "1"],
  ["uploads", "--cases", "2"],
  ["malformed-exports", "--cases", "500"],
  ["malformed-inputs", "--cases", "500"],
  ["canaries", "--cases", "3"],
];

test.each(slices)("%s finds nothing in a slice of its cases", async (...args) => {
  const { stdout } = await run(...args, ...(args.includes("--only") ? [] : ["--seeds", "1"]));
  const { cases, violations } = JSON.parse(stdout) as { cases: number; violations: number };
  expect(violations).toBe(0);
  expect(cases).toBeGreaterThan(0);
});

test("every campaign that anyone may run has its slice here or among the tests of the gate", () => {
  const here = new Set(slices.map(([name]) => name));
  // Only root may mount a file system.
  const missing = Object.keys(campaigns).filter((name) => !here.has(name) && !/^(gate|tmpfs)-/.test(name));
  expect(missing).toEqual([]);
});

test("every planted bug names a campaign", () => {
  expect(bugs.length).toBeGreaterThanOrEqual(20);
  for (const { campaign, edits } of bugs) {
    expect(Object.keys(campaigns)).toContain(campaign);
    expect(edits.length).toBeGreaterThan(0);
  }
});

test("a wrong option is named", async () => {
  const failed = await run("damage", "--cases", "nothing").catch((error: unknown) => error);
  expect(failed).toMatchObject({ code: 1 });
  expect((failed as { stderr: string }).stderr).toContain("--cases must be a whole number");
});

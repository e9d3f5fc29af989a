// A short slice of every campaign, through its command.
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { campaigns } from "../../campaigns/campaigns.ts";
import { bugs } from "../../campaigns/planted/bugs.ts";
import { subjects } from "../../campaigns/subjects/subjects.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const run = (...args: string[]) =>
  promisify(execFile)(process.execPath, ["campaigns/run.ts", ...args], { cwd: root });

const each = (kind: string) => Object.keys(subjects).map((subject) => `${kind}-${subject}`);

// Whoever runs npm run campaigns runs all cases: here, every kind of fault meets every subject. What one process runs it
// prepares once.
const slices: [campaigns: string[], ...options: string[]][] = [
  [[...each("kill"), "kill-promote-any-time"], "--cases", "1"],
  [["errors", "lost-reply", "disk-full", "power-cut"].flatMap(each), "--cases", "3"],
  [["errors-preprocess-large"], "--cases", "1"],
  // The engine's own calls are few and cheap.
  [["errors-engine", "power-cut-engine"], "--cases", "20"],
  [
    ["damage", "lies", "hostile", "malformed-exports", "malformed-inputs", "malformed-selections"],
    ...["--cases", "50"],
  ],
  [["race", "race-python"], "--only", "1"],
  [["uploads", "canaries"], "--cases", "2"],
  // One of each job.
  [["canaries-jobs", "canaries-jobs-classes"], "--cases", "3"],
];

// Seconds each; minutes when everything else runs beside it.
test.each(slices)(
  "%s find nothing in a slice of their cases",
  { timeout: 300_000 },
  async (names, ...options) => {
    const { stdout } = await run(
      ...names,
      ...options,
      ...(options.includes("--only") ? [] : ["--seeds", "1"]),
    );
    const results = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { name: string; cases: number; violations: number });
    expect(results.map(({ name, violations }) => [name, violations])).toEqual(names.map((name) => [name, 0]));
    for (const { cases } of results) expect(cases).toBeGreaterThan(0);
  },
);

test("every campaign that anyone may run has its slice here or among the tests of the gate", () => {
  const here = new Set(slices.flatMap(([names]) => names));
  // Only root may mount a file system.
  const missing = Object.keys(campaigns).filter((name) => !here.has(name) && !/^(gate|tmpfs)-/.test(name));
  expect(missing).toEqual([]);
});

test("every planted bug names a campaign and can be planted in the sources as they are", () => {
  expect(bugs.length).toBeGreaterThanOrEqual(20);
  for (const { bug, campaign, edits } of bugs) {
    expect(Object.keys(campaigns)).toContain(campaign);
    expect(edits.length).toBeGreaterThan(0);
    for (const [file, from] of edits)
      expect(readFileSync(join(root, file), "utf8").split(from), bug).toHaveLength(2);
  }
});

test("a wrong option is named", async () => {
  const failed = await run("damage", "--cases", "nothing").catch((error: unknown) => error);
  expect(failed).toMatchObject({ code: 1 });
  expect((failed as { stderr: string }).stderr).toContain("--cases must be a whole number");
});

// Runs all tests, vitest's and pytest's, and closes with their sum: "N passed, N failed". A skipped test counts as
// failed: a check that did not run has not passed.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cleanEnvironment } from "../pipeline/clean-environment.mjs";

interface Counts {
  passed: number;
  failed: number;
}

function run(command: string, args: string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    spawn(command, args, { stdio: "inherit", env: cleanEnvironment() })
      .on("error", reject)
      .on("exit", (code) => resolve(code ?? 1));
  });
}

/** Counts of a vitest JSON report. */
function vitestCounts(file: string): Counts {
  const report = JSON.parse(readFileSync(file, "utf8")) as {
    numPassedTests: number;
    numTotalTests: number;
    numFailedTestSuites: number;
    success: boolean;
  };
  const failed = report.numTotalTests - report.numPassedTests;
  // A file that cannot be loaded has no tests to fail, but is a failure.
  return { passed: report.numPassedTests, failed: report.success ? failed : Math.max(failed, 1) };
}

/** Counts of a JUnit report as pytest writes it. */
function pytestCounts(file: string): Counts {
  const suite = /<testsuite\s[^>]*>/.exec(readFileSync(file, "utf8"))?.[0] ?? "";
  const number = (name: string) => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(suite)?.[1] ?? 0);
  const failed = number("failures") + number("errors") + number("skipped");
  return { passed: number("tests") - failed, failed };
}

const folder = mkdtempSync(join(tmpdir(), "pbp-test-"));
const total: Counts = { passed: 0, failed: 0 };
const suites = [
  {
    report: "vitest.json",
    count: vitestCounts,
    command: "vitest",
    args: (file: string) => ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${file}`],
  },
  {
    report: "pytest.xml",
    count: pytestCounts,
    command: ".venv/bin/python",
    args: (file: string) => [
      "-m",
      "pytest",
      "-q",
      "-c",
      "containers/pyproject.toml",
      "--rootdir=.",
      "test/containers",
      `--junitxml=${file}`,
    ],
  },
];
for (const suite of suites) {
  const file = join(folder, suite.report);
  const code = await run(suite.command, suite.args(file));
  let counts: Counts;
  try {
    counts = suite.count(file);
  } catch {
    counts = { passed: 0, failed: 1 };
  }
  if (code !== 0 && counts.failed === 0) counts.failed = 1;
  total.passed += counts.passed;
  total.failed += counts.failed;
}
rmSync(folder, { recursive: true, force: true });
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;

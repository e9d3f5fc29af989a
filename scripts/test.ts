// Runs all tests, vitest's and pytest's side by side, and closes with their sum: "N passed, N failed". A skipped test
// counts as failed: a check that did not run has not passed. So does what the tests leave in the folder for temporary
// files: on a user's machine nobody would remove it.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cleanEnvironment } from "../pipeline/clean-environment.mjs";

interface Counts {
  passed: number;
  failed: number;
  /** Of the failed ones. */
  skipped: number;
}

/** Counts of a vitest JSON report. */
function vitestCounts(file: string): Counts {
  const report = JSON.parse(readFileSync(file, "utf8")) as {
    numPassedTests: number;
    numTotalTests: number;
    numPendingTests: number;
    numFailedTestSuites: number;
    success: boolean;
  };
  const failed = report.numTotalTests - report.numPassedTests;
  // A file that cannot be loaded has no tests to fail, but is a failure.
  return {
    passed: report.numPassedTests,
    failed: report.success ? failed : Math.max(failed, 1),
    skipped: report.numPendingTests,
  };
}

/** Counts of a JUnit report as pytest writes it. */
function pytestCounts(file: string): Counts {
  const suite = /<testsuite\s[^>]*>/.exec(readFileSync(file, "utf8"))?.[0] ?? "";
  const number = (name: string) => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(suite)?.[1] ?? 0);
  const skipped = number("skipped");
  const failed = number("failures") + number("errors") + skipped;
  return { passed: number("tests") - failed, failed, skipped };
}

type Suite = {
  name: string;
  count: (report: string) => Counts;
  command: string;
  args: (report: string) => string[];
};

const folder = mkdtempSync(join(tmpdir(), "pbp-test-"));
const temporary = join(folder, "tmp");
mkdirSync(temporary);
/** What others keep there: torch's cache, and pytest's folder, in which the tests that failed have theirs. */
const caches = /^(torchinductor_|pytest-of-)/;
const suites: Suite[] = [
  {
    name: "vitest",
    count: vitestCounts,
    command: "vitest",
    args: (report) => ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`],
  },
  {
    name: "pytest",
    count: pytestCounts,
    command: ".venv/bin/python",
    args: (report) => [
      ...["-m", "pytest", "-c", "containers/pyproject.toml", "--rootdir=.", `--junitxml=${report}`],
      "test/containers",
    ],
  },
];

/** Runs a suite to its end. The first one's words go to the terminal; the others' follow when they have ended. */
function run({ name, command, args, count }: Suite, index: number): Promise<Counts> {
  const report = join(folder, `${name}.report`);
  const log = join(folder, `${name}.log`);
  const env = { ...cleanEnvironment(), TMPDIR: temporary };
  const output = index === 0 ? "inherit" : openSync(log, "w");
  return new Promise((resolve, reject) => {
    spawn(command, args(report), { stdio: ["ignore", output, output], env })
      .on("error", reject)
      .on("close", (code) => {
        if (index > 0) process.stdout.write(readFileSync(log));
        resolve(countsOf(code, () => count(report)));
      });
  });
}

/** What the report says; a suite that ended badly has a failure even if its report knows of none. */
function countsOf(code: number | null, read: () => Counts): Counts {
  try {
    const { passed, failed, skipped } = read();
    return { passed, failed: code === 0 ? failed : Math.max(failed, 1), skipped };
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

// The suites hear it too, and end; what they leave is removed below.
process.on("SIGINT", () => {});
const counts = await Promise.all(suites.map(run));
const left = readdirSync(temporary).filter((name) => !caches.test(name));
rmSync(folder, { recursive: true, force: true });
if (left.length > 0) {
  counts.push({ passed: 0, failed: 1, skipped: 0 });
  console.log(`left in the temporary folder, which counts as failed: ${left.slice(0, 20).join(", ")}`);
}
const sum = (of: keyof Counts) => counts.reduce((total, one) => total + one[of], 0);
if (sum("skipped") > 0)
  console.log(`${sum("skipped")} skipped, which count as failed: the set-up says what they lack`);
console.log(`${sum("passed")} passed, ${sum("failed")} failed`);
process.exitCode = sum("failed") === 0 && sum("passed") > 0 ? 0 : 1;

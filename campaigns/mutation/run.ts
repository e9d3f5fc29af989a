/**
 * Mutation testing of the gate: Stryker changes its code in some hundred places, one at a time, and the tests of
 * test/gate must notice. Fails below 95 % noticed, or when a mutant survives that campaigns/mutation/equivalents.json
 * does not explain.
 *
 *   npm run campaigns:mutation        a quarter of an hour on two cores; installs Stryker next to this file
 */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { fileURLToPath } from "node:url";

/** What is read of Stryker's report (mutation-testing-report-schema 2). */
type Report = {
  files: Record<string, { source: string; mutants: Mutant[] }>;
};
type Mutant = {
  mutatorName: string;
  replacement: string;
  status: string;
  location: { start: { line: number; column: number }; end: { line: number; column: number } };
};
type Change = { file: string; line: string; replacement: string };
type Equivalent = Change & { why: string };

const leastNoticed = 0.95;
const root = fileURLToPath(new URL("../../", import.meta.url));
const here = "campaigns/mutation";

function run(command: string, args: string[]): void {
  const { status } = spawnSync(command, args, { cwd: root, stdio: ["ignore", 2, 2] });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${status}; see above.`);
}

const started = performance.now();
run("npm", ["ci", "--prefix", here, "--no-audit", "--no-fund"]);
run(`${here}/node_modules/.bin/stryker`, ["run", `${here}/stryker.json`]);

const { files } = JSON.parse(readFileSync(`${root}${here}/reports/mutation.json`, "utf8")) as Report;
const equivalents = JSON.parse(readFileSync(`${root}${here}/equivalents.json`, "utf8")) as Equivalent[];
const byStatus: Record<string, number> = {};
const survivors: (Change & { why: string | null })[] = [];
for (const [file, { source, mutants }] of Object.entries(files))
  for (const mutant of mutants) {
    byStatus[mutant.status] = (byStatus[mutant.status] ?? 0) + 1;
    if (mutant.status === "Survived" || mutant.status === "NoCoverage")
      survivors.push(explained(changeOf(file, source, mutant)));
  }
const noticed = (byStatus.Killed ?? 0) + (byStatus.Timeout ?? 0);
const mutants = noticed + survivors.length;
const score = noticed / mutants;
const found = survivors.filter(({ why }) => why === null);
const unneeded = equivalents.filter((one) => !survivors.some((survivor) => same(survivor, one)));

const result = {
  name: "mutation-gate",
  what: "mutants of tasks/quality-gate and its readers, one at a time, against the tests of test/gate",
  holds: `at least ${leastNoticed * 100} % are noticed, and each that is not is explained as equivalent`,
  seeds: [],
  cases: mutants,
  violations: found.length,
  seconds: Math.round((performance.now() - started) / 1000),
  partial: null,
  figures: { ...byStatus, noticedPercent: Math.round(score * 1000) / 10 },
  machine: `Node ${process.version}, load ${loadavg()[0]!.toFixed(1)}`,
  found: found.map(({ file, line, replacement }) => ({
    problem: `${file}: ${line} → ${replacement}`,
    repeat: "npm run campaigns:mutation",
  })),
  survivors,
};
writeFileSync(`${root}campaigns/results/mutation-gate.json`, `${JSON.stringify(result, null, 2)}\n`);
for (const { file, line, replacement } of found)
  console.error(`SURVIVED ${file}\n  ${line}\n  → ${replacement}`);
for (const { file, line } of unneeded)
  console.error(`equivalents.json explains a mutant that is none: ${file}\n  ${line}`);
console.log(
  `${noticed} of ${mutants} mutants noticed (${(score * 100).toFixed(1)} %), ${found.length} unexplained`,
);
process.exitCode = score >= leastNoticed && found.length === 0 && unneeded.length === 0 ? 0 : 1;

/** A mutant by the text around it: line numbers move. */
function changeOf(file: string, source: string, { location, replacement }: Mutant): Change {
  const lines = source.split("\n").slice(location.start.line - 1, location.end.line);
  const before = lines[0]!.slice(0, location.start.column - 1);
  const after = lines.at(-1)!.slice(location.end.column - 1);
  return { file, line: lines.join("\n").trim(), replacement: `${before}${replacement}${after}`.trim() };
}

function explained(change: Change): Change & { why: string | null } {
  return { ...change, why: equivalents.find((one) => same(change, one))?.why ?? null };
}

function same(a: Change, b: Change): boolean {
  return a.file === b.file && a.line === b.line && a.replacement === b.replacement;
}

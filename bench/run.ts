/**
 * Runs the benches one after another and writes docs/measured.md from what they record.
 *
 *   npm run bench                                      all that this machine and the options allow, up to 15 minutes each
 *   npm run bench -- preprocess drift                  these
 *   npm run bench -- preprocess -- 100 --gzip          one, with words of its own behind its command
 *   --keyphrases FILE  --long-notes FILE  --classes FILE …  --long-classes FILE  --checkout FOLDER  --home FOLDER
 *                         what some of them need (bench/benches.ts)
 *   --repetitions N       in place of three, or one for those of more than five minutes
 *   --results FOLDER      in place of bench/results: the page stays as it is
 *
 * A bench that fails leaves what was measured before; the others run, and the exit status says that one failed.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { codeRevision } from "../pipeline/code-revision.ts";
import {
  type Bench,
  benches,
  demoHome,
  type Input,
  inputNames,
  namedOnlyMinutes,
  obstacle,
  repetitionsOf,
  wordsOf,
} from "./benches.ts";
import { cpuSeconds, machineInWords } from "./recording/machine.ts";
import { linesOf, measurementsIn, type Result, resultsFolder } from "./recording/result.ts";
import { writePage } from "./report.ts";

const root = fileURLToPath(new URL("../", import.meta.url));
const typed = process.argv.slice(2);
const [ours, own] = typed.includes("--")
  ? [typed.slice(0, typed.indexOf("--")), typed.slice(typed.indexOf("--") + 1)]
  : [typed, []];
const { values, positionals } = wordsOfCall();
const given = Object.fromEntries(
  inputNames.map((name) => [name, values[name] ?? (name === "home" ? demoHome() : [])]),
) as Record<Input, string[]>;
const unknown = positionals.find((name) => !(name in benches));
if (unknown) refuse(`There is no bench ${unknown}.`);
if (own.length > 0 && positionals.length !== 1) refuse("Words behind -- belong to one bench: name it.");
if (values.repetitions !== undefined && !/^[1-9][0-9]*$/.test(values.repetitions))
  refuse("--repetitions must be a whole number from 1.");
const folder = values.results ?? resultsFolder;

const names = positionals.length > 0 ? positionals : Object.keys(benches);
const waits = names.flatMap((name) => {
  const why =
    obstacle(name, given) ??
    (positionals.length === 0 && benches[name]!.minutes > namedOnlyMinutes
      ? `only by name: it takes ${benches[name]!.minutes} minutes`
      : null);
  return why === null ? [] : [[name, why] as const];
});
const runs = names.filter((name) => waits.every(([other]) => other !== name));
const timesOf = (bench: Bench) => Number(values.repetitions ?? repetitionsOf(bench));
const minutesOf = (name: string) => benches[name]!.minutes * timesOf(benches[name]!);
for (const name of runs)
  console.log(`${name.padEnd(20)} ${timesOf(benches[name]!)} × ${benches[name]!.minutes} min`);
for (const [name, why] of waits) console.log(`${name.padEnd(20)} not run, needs ${why}`);
console.log(`About ${Math.ceil(runs.reduce((sum, name) => sum + minutesOf(name), 0))} minutes.`);

const failed: string[] = [];
for (const name of runs) {
  console.log(`\n${name}: ${benches[name]!.what}`);
  try {
    const result = await measure(name, benches[name]!);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(result, null, 2)}\n`);
  } catch (error) {
    failed.push(name);
    console.error(`${name} failed: ${(error as Error).message}`);
  }
}
if (values.results === undefined) writePage();
if (failed.length > 0)
  console.error(`\nFailed: ${failed.join(", ")}. What was measured of them before stays.`);
// One that was named and cannot run is no success.
process.exitCode = failed.length > 0 || (positionals.length > 0 && waits.length > 0) ? 1 : 0;

async function measure(name: string, bench: Bench): Promise<Result> {
  const load = loadavg()[0]!;
  const [began, before] = [performance.now(), cpuSeconds()];
  const repetitions = timesOf(bench);
  const measured = [];
  for (let time = 1; time <= repetitions; time++) {
    if (repetitions > 1) console.log(`${time} of ${repetitions}`);
    measured.push(measurementsIn(await recordedBy(time - 1, [...wordsOf(bench, given), ...own])));
  }
  const seconds = (performance.now() - began) / 1000;
  const after = cpuSeconds();
  const isKnown = before && after && !bench.runsJobs;
  const others = isKnown ? (after.all - before.all - (after.ours - before.ours)) / seconds : null;
  const now = new Date();
  return {
    bench: name,
    command: [bench.command, ...own].join(" "),
    machine: machineInWords(),
    date: now.toISOString().slice(0, 10),
    commit: codeRevision().replace(/^([0-9a-f]{7})[0-9a-f]*/, "$1"),
    load: round(load, 1),
    otherCores: others === null ? null : Math.max(0, round(others, 1)),
    repetitions,
    minutes: round(seconds / 60, 1),
    lines: linesOf(measured),
  };
}

/** Runs a bench once, with its output on the terminal; what it recorded. */
async function recordedBy(repetition: number, [program = "", ...args]: string[]): Promise<string> {
  const scratch = mkdtempSync(join(tmpdir(), "pbp-bench-record-"));
  const file = join(scratch, "lines.jsonl");
  writeFileSync(file, "");
  try {
    const child = spawn(program, args, {
      cwd: root,
      stdio: "inherit",
      env: { ...process.env, BENCH_RECORD: file, BENCH_REPETITION: String(repetition) },
    });
    const [code, signal] = (await once(child, "exit")) as [number | null, string | null];
    if (code !== 0) throw new Error(`it ended with ${signal ?? `code ${code}`}`);
    return readFileSync(file, "utf8");
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

/** Of this script's call, what is no bench's own. */
function wordsOfCall() {
  const inputs = Object.fromEntries(inputNames.map((name) => [name, { type: "string", multiple: true }]));
  try {
    return parseArgs({
      args: ours,
      allowPositionals: true,
      options: {
        ...(inputs as Record<Input, { type: "string"; multiple: true }>),
        repetitions: { type: "string" },
        results: { type: "string" },
      },
    });
  } catch (error) {
    return refuse((error as Error).message.replace(/\..*/s, "."));
  }
}

function refuse(message: string): never {
  const options = [...inputNames, "repetitions", "results"].map((name) => `--${name}`).join(" ");
  console.error(`bench: ${message}\nusage: npm run bench -- [NAME …] [options] [-- a bench's own words]`);
  console.error(`options: ${options}\nbenches: ${Object.keys(benches).join(" ")}`);
  process.exit(2);
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

/**
 * A check of the checks: plants each bug in a copy of the sources, one at a time, and runs the campaign that must catch
 * it. The same slices must find nothing in the copy as it is.
 *
 *   node campaigns/planted/run.ts [words of a bug] [--results FOLDER]
 */
import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { Bug } from "./bug.ts";
import { bugs } from "./bugs.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const sources = [
  "bench",
  "campaigns",
  "containers",
  "pipeline",
  "reader",
  "samples",
  "schemas",
  "states",
  "tasks",
  "test",
  "package.json",
];
// A planted bug may make a campaign wait for ever; catching it by that is catching it.
const patienceMilliseconds = 5 * 60 * 1000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { results: { type: "string" } },
});
const chosen = bugs.filter(({ bug, campaign }) =>
  positionals.every((word) => `${bug} ${campaign}`.includes(word)),
);
const copy = mkdtempSync(join(tmpdir(), "pbp-planted-"));
process.on("exit", () => rmSync(copy, { recursive: true, force: true }));
for (const source of sources)
  cpSync(join(root, source), join(copy, source), {
    recursive: true,
    filter: (path) => !/node_modules|\.venv/.test(path),
  });
for (const packages of ["node_modules", ".venv"]) symlinkSync(join(root, packages), join(copy, packages));

type Outcome = {
  bug: string;
  campaign: string;
  cases: number;
  caught: boolean;
  by: string | null;
};
const outcomes: Outcome[] = [];
const clean = new Map<string, string | null>();
for (const bug of chosen) {
  const texts = bug.edits.map(([file]) => readFileSync(join(copy, file), "utf8"));
  const before = runClean(bug);
  for (const edit of bug.edits) plant(edit);
  const after = run(bug);
  for (const [index, [file]] of [...bug.edits.entries()].reverse())
    writeFileSync(join(copy, file), texts[index]!);
  const caught = before === null && after !== null;
  outcomes.push({
    bug: bug.bug,
    campaign: bug.campaign,
    cases: bug.cases,
    caught,
    by: before === null ? after : `without the bug: ${before}`,
  });
  if (values.results) keep(values.results);
  console.log(
    `${caught ? "caught" : "MISSED"}  ${bug.campaign.padEnd(20)} ${bug.bug}\n        ${outcomes.at(-1)!.by ?? ""}`,
  );
}
const missed = outcomes.filter(({ caught }) => !caught).length;
console.log(`${outcomes.length - missed} of ${outcomes.length} planted bugs caught`);
process.exitCode = missed === 0 ? 0 : 1;

/** Outcomes of bugs that were not planted this time stay. */
function keep(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "planted.json");
  const before = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Outcome[]) : [];
  const known = new Map([...before, ...outcomes].map((one) => [one.bug, one]));
  const all = bugs.flatMap(({ bug }) => known.get(bug) ?? []);
  writeFileSync(file, `${JSON.stringify(all, null, 2)}\n`);
}

function plant([file, from, to]: Bug["edits"][number]): void {
  const text = readFileSync(join(copy, file), "utf8");
  if (text.split(from).length !== 2)
    throw new Error(
      `${file} has this not once, but ${text.split(from).length - 1} times: plant it anew.\n${from}`,
    );
  writeFileSync(
    join(copy, file),
    text.replace(from, () => to),
  );
}

/** The same slice without a bug finds the same each time. */
function runClean(bug: Bug): string | null {
  const slice = JSON.stringify([bug.campaign, bug.cases, bug.seed]);
  const known = clean.get(slice) ?? run(bug);
  clean.set(slice, known);
  return known;
}

/** @returns the first violation; null when there is none. Throws when the campaign itself breaks: that catches nothing. */
function run({ campaign, cases, seed = 1 }: Bug): string | null {
  const options = ["--cases", String(cases), "--seed", String(seed), "--seeds", "1"];
  const { status, signal, stderr } = spawnSync(process.execPath, ["campaigns/run.ts", campaign, ...options], {
    cwd: copy,
    encoding: "utf8",
    timeout: patienceMilliseconds,
    killSignal: "SIGKILL",
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status === 0) return null;
  if (signal) return "the campaign did not end";
  const [, first] = /^VIOLATION (.*)$/m.exec(stderr) ?? [];
  if (first === undefined) throw new Error(`${campaign} broke down.\n${stderr.slice(0, 2000)}`);
  // Paths and digests differ each time.
  return first
    .replaceAll(/\/[^ ]*pbp-[^ ]*\//g, "…/")
    .replaceAll(/[0-9a-f]{12,}/g, "…")
    .slice(0, 200);
}

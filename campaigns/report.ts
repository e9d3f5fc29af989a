/**
 * Writes docs/robustness.md from the results of the campaigns.
 *
 *   node campaigns/report.ts            writes it
 *   node campaigns/report.ts --check    fails when it is not that of the results
 */
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Result } from "./campaign.ts";
import { campaigns } from "./campaigns.ts";
import found from "./found.json" with { type: "json" };
import { bugs } from "./planted/bugs.ts";

const root = fileURLToPath(new URL("../", import.meta.url));
const page = join(root, "docs", "robustness.md");

type Mutation = {
  cases: number;
  partial: string | null;
  figures: { noticedPercent: number };
  survivors: object[];
};
type Planted = { bug: string; campaign: string; cases: number; caught: boolean; by: string | null }[];

const read = (path: string): unknown => JSON.parse(readFileSync(path, "utf8"));
const results = new Map(
  globSync(join(root, "campaigns/results/*.json")).map((path) => [basename(path, ".json"), read(path)]),
);
const number = (value: number) => value.toLocaleString("en");
const cell = (text: string) => text.replaceAll("|", "\\|").replaceAll("\n", " ");
const row = (cells: string[]) => `| ${cells.map(cell).join(" | ")} |`;
const table = (head: string[], rows: string[][]) =>
  [row(head), `|${head.map(() => "---|").join("")}`, ...rows.map(row)].join("\n");

const ran = Object.keys(campaigns).flatMap((name) => {
  const result = results.get(name) as Result | undefined;
  return result ? [result] : [];
});
const cases = ran.reduce((sum, result) => sum + result.cases, 0);
const left = ran.reduce((sum, result) => sum + result.violations, 0);
const hours = ran.reduce((sum, result) => sum + result.seconds, 0) / 3600;
const notRun = Object.keys(campaigns).filter((name) => !results.has(name));
const races = ran.filter(({ name }) => /^race/.test(name));
const inRaces = (figure: string) =>
  number(races.reduce((sum, { figures }) => sum + (figures[figure] ?? 0), 0));
const planted = (results.get("planted") as Planted | undefined) ?? [];
const mutation = results.get("mutation-gate") as Mutation | undefined;
const plantedWords = `${planted.filter(({ caught }) => caught).length} of ${bugs.length} planted bugs caught`;

const text = `# Robustness

How the pipeline was tested against faults, what the tests found, and what they do not show. \`campaigns/report.ts\` writes this page from \`campaigns/results\`, which \`npm run campaigns\` makes.

A case follows from the campaign's name, a seed and a number alone, and a violation prints the command that reproduces it: \`node campaigns/run.ts <campaign> --seed <seed> --only <number>\`. The faults are injected between Node and the operating system, at every request that Node makes; the code under test is the code that is deployed.

${number(cases)} cases in ${hours.toFixed(1)} hours on two cores, **${number(left)} violations left**${notRun.length > 0 ? `; not run: ${notRun.join(", ")}` : ""}.

${table(
  ["campaign", "what is done", "what must hold", "seeds", "cases", "violations", "seconds"],
  ran.map(({ name, seeds, cases, partial, violations, seconds }) => [
    `\`${name}\``,
    campaigns[name]!.what,
    campaigns[name]!.holds,
    String(seeds.length),
    number(cases) + (partial ? ` (${partial})` : ""),
    String(violations),
    number(seconds),
  ]),
)}
${
  races.length > 0
    ? `
During the races: ${inRaces("rounds")} generations, ${inRaces("stops")} processes stopped beyond any lease, ${inRaces("loads")} loads by the readers of ${inRaces("versions")} versions${races.every(({ violations }) => violations === 0) ? ", none mixed and none unreadable" : ""}. Of ${inRaces("careless")} loads that opened every file through \`models/current\`, ${inRaces("carelessMixed")} mixed two versions.
`
    : ""
}
## Found and fixed

The campaigns found ${found.length} faults. For each: what was wrong, the harm that it would have done, and the fix.

${table(
  ["campaign", "found", "harm", "fixed"],
  found.map(({ campaign, found, harm, fixed }) => [`\`${campaign}\``, found, harm, fixed]),
)}

## A check of the checks

Each of these bugs is planted, alone, into a copy of the sources (\`campaigns/planted/run.ts\`). The named campaign must then find something, and without the bug nothing. Result: ${plantedWords}.

${table(
  ["bug", "campaign", "cases", "caught by"],
  planted.map(({ bug, campaign, cases, caught, by }) => [
    bug,
    `\`${campaign}\``,
    number(cases),
    caught ? `\`${(by ?? "").replaceAll("`", "'")}\`` : "**missed**",
  ]),
)}

${
  mutation
    ? `Mutation testing of the gate (\`campaigns/mutation\`): of ${number(mutation.cases)} mutants ${mutation.figures.noticedPercent} % are noticed by the tests of \`test/gate\`; each of the other ${mutation.survivors.length} is explained in \`campaigns/mutation/equivalents.json\`.${mutation.partial ? ` (Of ${mutation.partial}.)` : ""}
`
    : ""
}
## What is not shown

- The power cut is a model of a disk (\`campaigns/injection/disk.ts\`): fsync keeps its promise, a rename is atomic, and everything else may be lost in any combination. It does not model a disk that lies about fsync.
- Lost replies, ESTALE and EACCES are injected into Node's calls, not caused by a real network file system.
- A kill at a call comes right before it, or in the middle of a write; \`campaigns/injection/against-strace.ts\` shows that no change to the disk is missed. A \`mkdir -p\` counts as one call.
`;

if (!process.argv.includes("--check")) writeFileSync(page, text);
else if (readFileSync(page, "utf8") !== text) {
  console.error("docs/robustness.md is not that of the campaigns' results: node campaigns/report.ts");
  process.exitCode = 1;
}

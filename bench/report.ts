/**
 * Writes docs/measured.md from bench/results, which `npm run bench` makes, and from what was measured once or elsewhere
 * (bench/elsewhere.json) and what was tried and left out (bench/left-out.json), both kept by hand.
 *
 *   node bench/report.ts            writes it
 *   node bench/report.ts --check    fails when it is not that of the results
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { benches, inputs, namedOnlyMinutes, neededBy } from "./benches.ts";
import elsewhere from "./elsewhere.json" with { type: "json" };
import leftOut from "./left-out.json" with { type: "json" };
import type { Spread } from "./recording/record.ts";
import { type Line, type Result, readResults } from "./recording/result.ts";

const page = fileURLToPath(new URL("../docs/measured.md", import.meta.url));

/** From here on other processes are told of: what a clock says is then theirs too. */
const quietCores = 0.2;

const cell = (text: string) => text.replaceAll("|", "\\|").replaceAll("\n", " ");
const row = (cells: string[]) => `| ${cells.map(cell).join(" | ")} |`;
const table = (head: string[], rows: string[][]) =>
  [row(head), `|${head.map(() => "---|").join("")}`, ...rows.map(row)].join("\n");

/** Three digits that count. */
export function figure(value: number): string {
  const size = Math.abs(value);
  if (size >= 100 || Number.isInteger(value)) return Math.round(value).toLocaleString("en-US");
  const digits = size === 0 ? 0 : Math.max(0, 2 - Math.floor(Math.log10(size)));
  return value.toFixed(Math.min(digits, 4));
}

function range({ min, max }: Spread): string {
  return figure(min) === figure(max) ? "" : `${figure(min)} to ${figure(max)}`;
}

function lineCells({ what, unit, figure: measured, against, ratio }: Line): string[] {
  const times = ratio ? `**${figure(ratio.median)} times** ${against}` : "";
  const spread = ratio && range(ratio) !== "" ? ` (${range(ratio)})` : "";
  return [what, `${figure(measured.median)} ${unit}`.trim(), range(measured), times + spread];
}

function circumstances(result: Result): string {
  const { command, date, machine, commit, repetitions, minutes, load, otherCores } = result;
  const runs = repetitions === 1 ? "one run" : `median and range of ${repetitions} runs`;
  const beside =
    otherCores === null
      ? ""
      : otherCores > quietCores
        ? ` **Beside other work**, which took ${otherCores} cores: ratios and CPU seconds hold, times by the clock do not.`
        : " Nothing else ran.";
  return `\`${command}\`: ${date}, ${machine}, commit ${commit}; ${runs}, ${minutes} min, load ${load} before the start.${beside}`;
}

function section([name, result]: [string, Result]): string {
  const hasRange = result.lines.some((line) => range(line.figure) !== "");
  const hasRatio = result.lines.some(({ ratio }) => ratio);
  const keep = [true, true, hasRange, hasRatio];
  const columns = (cells: string[]) => cells.filter((_, index) => keep[index]);
  const head = columns(["what", "figure", "range", "beside"]);
  return `### ${benches[name]!.what}\n\n${circumstances(result)}\n\n${table(head, result.lines.map(lineCells).map(columns))}`;
}

export function measuredPage(results: ReadonlyMap<string, Result>): string {
  const ran = Object.keys(benches).flatMap((name): [string, Result][] => {
    const result = results.get(name);
    return result ? [[name, result]] : [];
  });
  const notRun = Object.entries(benches).filter(([name]) => !results.has(name));
  const waits = notRun.map(([name, bench]) => {
    const needs = neededBy(bench).map((input) => `\`--${input}\``);
    const long = bench.minutes > namedOnlyMinutes ? ", only by its name" : "";
    return `- ${bench.what}: \`npm run bench -- ${name}\`${needs.length > 0 ? ` with ${needs.join(" and ")}` : ""} (${bench.minutes} min${long})`;
  });
  const places = [...new Set(elsewhere.map(({ where }) => where))];
  return `# Measured

\`npm run bench\` measures what this machine and its options allow and writes this page (\`bench/report.ts\`); \`npm run bench -- <name>\` measures one thing anew. Names and needs of all benches are in \`bench/benches.ts\`, the results in \`bench/results\`. A figure is the median of its runs. Where one thing is so many **times** another, both were measured in the same run, so that another machine gives much the same ratio.

${Object.entries(inputs)
  .map(([input, what]) => `- \`<${input}>\`, option \`--${input}\`: ${what}`)
  .join("\n")}

Fault injection has [a record of its own](robustness.md) (\`npm run campaigns\`), the estimate of costs [its page](costs.md).

## By npm run bench

${[...ran.map(section), ...(waits.length > 0 ? [`### Not run yet\n\n${waits.join("\n")}`] : [])].join("\n\n")}

## Measured once, or elsewhere

These cannot be measured anew by one command on the machine above, so they are kept by hand (\`bench/elsewhere.json\`).

${places
  .map(
    (where) =>
      `### ${where}\n\n${table(
        ["what", "figure", "command", "date"],
        elsewhere
          .filter((one) => one.where === where)
          .map(({ what, figure: told, command, date }) => [
            what,
            told,
            command ? `\`${command}\`` : "",
            date,
          ]),
      )}`,
  )
  .join("\n\n")}

## Tried and left out

${table(
  ["what", "in place of", "figures", "date"],
  leftOut.map(({ what, inPlaceOf, figures, date }) => [what, inPlaceOf, figures, date]),
)}
`;
}

export function writePage(): void {
  writeFileSync(page, measuredPage(readResults()));
}

if (import.meta.main) {
  if (!process.argv.includes("--check")) writePage();
  else if (readFileSync(page, "utf8") !== measuredPage(readResults())) {
    console.error("docs/measured.md is not that of bench/results: node bench/report.ts");
    process.exitCode = 1;
  }
}

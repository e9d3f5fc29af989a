/**
 * Fault campaigns: what the pipeline does when everything around it fails. A violation prints the line that repeats it.
 *
 *   node campaigns/run.ts                                  every campaign in full: two hours with TMPDIR in memory
 *   node campaigns/run.ts kill-promote disk-full           some of them
 *   node campaigns/run.ts kill-promote --cases 20          a slice: cases spread over all of them
 *   node campaigns/run.ts kill-promote --seed 2 --only 117 one case
 *   --seeds N    seeds from --seed on      --seconds N   begin no case later      --results FOLDER   a JSON file a campaign
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Result, runCampaign } from "./campaign.ts";
import { campaigns } from "./campaigns.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: "string", default: "1" },
    seeds: { type: "string" },
    cases: { type: "string" },
    only: { type: "string" },
    seconds: { type: "string" },
    results: { type: "string" },
  },
});
const number = (name: "seed" | "seeds" | "cases" | "only" | "seconds") => {
  const value = values[name];
  if (value === undefined) return null;
  if (!/^[1-9][0-9]*$/.test(value)) throw new Error(`--${name} must be a whole number from 1.`);
  return Number(value);
};
const names = positionals.length > 0 ? positionals : Object.keys(campaigns);
const unknown = names.find((name) => !(name in campaigns));
if (unknown)
  throw new Error(`There is no campaign ${unknown}; there are ${Object.keys(campaigns).join(", ")}.`);

let violations = 0;
for (const name of names) {
  const campaign = campaigns[name]!;
  const only = number("only");
  const result: Result = await runCampaign(campaign, {
    name,
    seed: number("seed") ?? 1,
    seeds: number("seeds") ?? (only === null && values.seed === "1" ? campaign.seeds : 1),
    cases: number("cases"),
    only,
    seconds: number("seconds"),
  });
  violations += result.violations;
  const { cases, seconds, partial, figures } = result;
  console.log(JSON.stringify({ name, cases, violations: result.violations, seconds, partial, figures }));
  if (values.results) {
    mkdirSync(values.results, { recursive: true });
    writeFileSync(join(values.results, `${name}.json`), `${JSON.stringify(result, null, 2)}\n`);
  }
}
process.exitCode = violations === 0 ? 0 : 1;

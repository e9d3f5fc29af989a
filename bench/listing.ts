/**
 * How long a list of executions takes on a home in which much has happened: what `pbp runs` and the console's pages do,
 * without the start of Node, the pages themselves to their first byte, and memory afterwards.
 *
 *   node bench/listing.ts [--executions 1000] [--home FOLDER]     a folder that is there is measured as it is
 */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { listExecutions } from "../pipeline/local/engine/describe.ts";
import { localInstallation } from "../pipeline/local/installation.ts";
import { openPipeline } from "../pipeline/local/pipeline.ts";
import { listRuns, type RunFilter } from "../pipeline/results/runs.ts";
import { openPages } from "./listing/console.ts";
import { fillHome } from "./listing/home.ts";
import { keepFigure, median } from "./recording/record.ts";

const { values } = parseArgs({
  options: { executions: { type: "string", default: "1000" }, home: { type: "string" } },
});
const folder = values.home ?? mkdtempSync(join(tmpdir(), "pbp-listing-"));
const isNew = !existsSync(join(folder, "executions"));
const pipeline = await openPipeline(folder);
const { home } = pipeline;
if (isNew) {
  const made = await fillHome(home, Number(values.executions));
  console.log(
    `${made.executions} executions, ${(made.journalBytes / 1e6).toFixed(0)} MB of journals, ${made.generations} generations`,
  );
}
if (values.home === undefined) process.on("exit", () => rmSync(folder, { recursive: true }));

const installation = localInstallation(pipeline);
const middle = (await installation.namesFrom("", 500)).at(-1)!;
const filters: [string, RunFilter][] = [
  ["pbp runs --limit 50", { limit: 50 }],
  ["50 from the middle", { limit: 50, before: middle }],
  ["50 of one model", { limit: 50, model: "routing" }],
  ["50 that failed", { limit: 50, status: "FAILED" }],
  ["50 that were promoted", { limit: 50, verdict: "promote" }],
  ["50 with a text that none has", { limit: 50, text: "nothing like it" }],
  ["50 with a verdict that none has", { limit: 50, verdict: "inconclusive" }],
];

const rounds = 15;
const columns = (...texts: string[]) => texts.map((text) => text.padStart(12)).join("");
// Of the median, on a machine that does other work too, what the process itself took.
console.log(`${"".padEnd(36)}${columns("first, ms", "median, ms", "CPU, ms", "page, KB")}`);
async function measure(what: string, work: () => Promise<unknown> | unknown, bytes?: number) {
  const times: { wall: number; cpu: number }[] = [];
  for (let round = 0; round < rounds; round++) {
    const begun = performance.now();
    const before = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(before);
    times.push({ wall: performance.now() - begun, cpu: (user + system) / 1000 });
  }
  const cpu = median(times.map((one) => one.cpu));
  const figures = [times[0]!.wall, median(times.map(({ wall }) => wall)), cpu].map((ms) => ms.toFixed(0));
  keepFigure({ what, figure: cpu, unit: "CPU ms" });
  console.log(what.padEnd(36) + columns(...figures, ...(bytes ? [(bytes / 1000).toFixed(0)] : [])));
}
const { runs } = await listRuns(installation, { limit: 50 });
const promoted = runs.find(({ entry }) => entry.verdict === "promote")!.entry;
const rejected = runs.find(({ entry }) => entry.verdict === "reject")!.entry;
const paths = [
  "/",
  "/runs",
  `/runs?before=${middle}`,
  "/runs?status=FAILED",
  "/runs?q=nothing+like+it",
  `/runs/${promoted.execution}`,
  `/runs/${promoted.execution}/events`,
  `/runs/${promoted.execution}/files`,
  `/runs/${promoted.execution}/rerun`,
  "/models",
  `/models/${promoted.model}`,
  `/models/${promoted.model}/1`,
  `/models/${promoted.model}/traffic`,
  `/models/${promoted.model}/monitor`,
  `/compare?a=${promoted.execution}&b=${rejected.execution}`,
  "/exports",
];
const { look, weigh, close } = await openPages(installation);
for (const path of paths)
  await measure(path.replace(/export-\w+/g, "…"), () => look(path), await weigh(path));
await close();
const memory = () => process.memoryUsage.rss() / 1e6;
console.log(`${memory().toFixed(0)} MB of memory: the console with these pages\n`);
keepFigure({ what: "memory of the console with these pages", figure: memory(), unit: "MB" });
await measure("the latest name (pbp show latest)", () => installation.namesFrom("", 1));
for (const [what, filter] of filters) await measure(what, () => listRuns(installation, filter));
await measure("every journal whole (pbp prune)", () => listExecutions(home).length);
console.log(`${memory().toFixed(0)} MB of memory`);

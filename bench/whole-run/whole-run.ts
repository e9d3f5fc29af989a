/**
 * Where the time of a whole run goes: `pbp run` on the sample export in a home of its own, as the demo does. By the clock:
 * before the execution, its states, and of each job what is copied before and after its process. In CPU seconds: which
 * processes took them, and how much of it were imports. Linux only.
 *
 *   node bench/whole-run/whole-run.ts [export] [words for pbp run]      default: the sample export, as the demo
 */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cleanEnvironment } from "../../pipeline/clean-environment.mjs";
import type { HistoryEvent } from "../../pipeline/execution.ts";
import { listExecutions, readHistory } from "../../pipeline/local/engine/describe.ts";
import { loadedOnce } from "../../pipeline/local/jobs/job-runner.ts";
import { homeAt } from "../../pipeline/local/machine/home.ts";
import { python, pythonEnvironment } from "../../pipeline/python.ts";
import { keepFigure } from "../recording/record.ts";
import { partsOfARun, watchProcesses } from "./processes.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "bench-whole-run-"));
process.on("exit", () => rmSync(folder, { recursive: true }));

function say(what: string, figure: number, unit: string): void {
  console.log(`  ${what.padEnd(44)}${figure.toFixed(2).padStart(9)} ${unit}`);
  keepFigure({ what, figure, unit });
}

const [file = join(root, "samples/exports/sample-export.json.gz"), ...words] = process.argv.slice(2);
const began = Date.now();
const child = spawn(
  process.execPath,
  [join(root, "pipeline/cli/pbp.ts"), "run", file, "--home", folder, ...words],
  { stdio: ["ignore", "ignore", "inherit"], env: cleanEnvironment() },
);
const stop = watchProcesses(child.pid!);
const [code] = (await once(child, "exit")) as [number | null];
const ended = Date.now();
const parts = stop();
if (code !== 0) throw new Error(`pbp run ended with ${code}`);

const home = homeAt(folder);
const [execution] = listExecutions(home);
const { name, startDate, stopDate, states } = execution!;
const at = (date: string | null) => new Date(date!).getTime();
console.log("By the clock");
say("the whole run", (ended - began) / 1000, "s");
say("before the execution", (at(startDate) - began) / 1000, "s");
const visits = Map.groupBy(
  states.filter(({ type }) => type === "Task"),
  ({ name: state }) => state,
);
for (const [state, of] of visits) say(state, sum(of.map(({ seconds }) => seconds ?? 0)), "s");
say("after the execution", (ended - at(stopDate)) / 1000, "s");

const jobs = readHistory(home, name).flatMap(jobOf);
say("channels: copied to the jobs", sum(jobs.map(({ created, started }) => started - created)), "s");

console.log("Of the processors");
say("all processes", sum([...parts.values()]), "CPU s");
for (const part of partsOfARun) say(`process: ${part}`, parts.get(part) ?? 0, "CPU s");
const imports = JSON.parse(
  execFileSync(python, [join(root, "bench/whole-run/imports.py"), ...loadedOnce], {
    encoding: "utf8",
    env: pythonEnvironment(),
  }),
) as Record<"once" | "embed" | "train" | "evaluate" | "firstStep", number>;
say("imports: once, for all jobs", imports.once, "CPU s");
for (const job of ["embed", "train", "evaluate"] as const) say(`imports: of ${job}`, imports[job], "CPU s");
say("imports: before the first step of Train", imports.firstStep, "CPU s");

type Times = { created: number; started: number };

/** When a job was asked for and when its process began, in seconds: the answer of its Task says both. */
function jobOf({ taskSucceededEventDetails: details }: HistoryEvent): Times[] {
  if (details?.resourceType !== "sagemaker") return [];
  const job = JSON.parse(details.output!) as Record<string, number>;
  return [
    {
      created: job.CreationTime! / 1000,
      started: (job.TrainingStartTime ?? job.ProcessingStartTime)! / 1000,
    },
  ];
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0);
}

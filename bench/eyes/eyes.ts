/**
 * What it costs a run that people can look into it: profile, drift, error analysis, training log, report and model card.
 * Each part does its work again, on the files of a run that has ended and in the functions that the run used. The CPU
 * seconds are those of these functions alone, the bytes those of the files that the run left. Not in it: loading their
 * code, and the console, which no run waits for.
 *
 *   node bench/eyes/eyes.ts [--home .pbp/demo] [--execution NAME]      default: the latest, which must have been judged
 */
import { execFile } from "node:child_process";
import { createWriteStream, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pipeline as pipe } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import type { HistoryEvent } from "../../pipeline/execution.ts";
import { readHistory } from "../../pipeline/local/engine/describe.ts";
import { openPipeline } from "../../pipeline/local/pipeline.ts";
import { python, pythonEnvironment } from "../../pipeline/python.ts";
import { evaluationPrefix, runPrefix } from "../../schemas/bucket.ts";
import type { Artifacts, Champion, Dataset, Run, RunReceipt, Verdict } from "../../schemas/types.ts";
import { readDrift } from "../../tasks/drift/read.ts";
import { writePages } from "../../tasks/notify/pages.ts";
import { ProfileCounter } from "../../tasks/preprocess/profile/profile.ts";
import { findingsOf } from "../../tasks/quality-gate/health.ts";
import { readKeptLog } from "../../tasks/report/training-log.ts";
import { openFileStore } from "../../tasks/store/fs.ts";
import { readJson } from "../../tasks/store/store.ts";
import { keepFigure } from "../recording/record.ts";

const { values } = parseArgs({
  options: { home: { type: "string", default: ".pbp/demo" }, execution: { type: "string" } },
});
const { store, bucket, list, home } = await openPipeline(values.home);
const execution = values.execution ?? list()[0]!.name;
const prefix = runPrefix(execution);
const stored = async <T>(key: string) => (await readJson(store, prefix + key)) as T;
const { run, dataset, artifacts } = await stored<{ run: Run; dataset: Dataset; artifacts: Artifacts }>(
  "challenger.json",
);
const { championGeneration } = await stored<Verdict>("verdict.json");
const champion = championIn(readHistory(home, execution));
const evaluation = evaluationPrefix(execution, championGeneration);
const scratch = mkdtempSync(join(tmpdir(), "bench-eyes-"));
process.on("exit", () => rmSync(scratch, { recursive: true }));

/** CPU seconds of this process, its helper threads included. */
function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const before = cpuSeconds();
  await work();
  return cpuSeconds() - before;
}

function championIn(events: readonly HistoryEvent[]): Champion | null {
  const left = events.findLast(({ stateExitedEventDetails: exit }) => exit?.name === "ReadChampion");
  const output = JSON.parse(left!.stateExitedEventDetails!.output!) as { champion: Champion | null };
  return output.champion;
}

/** Preprocess on the same export in a store of its own; of that, what counting the profile takes. */
async function preprocessSeconds() {
  let profile = 0;
  for (const name of ["enter", "profile"] as const) {
    const counted = ProfileCounter.prototype[name] as (...given: unknown[]) => unknown;
    ProfileCounter.prototype[name] = function (this: ProfileCounter, ...given: unknown[]) {
      const before = process.threadCpuUsage();
      try {
        return counted.apply(this, given);
      } finally {
        const { user, system } = process.threadCpuUsage(before);
        profile += (user + system) / 1e6;
      }
    } as never;
  }
  const own = await openFileStore(join(scratch, "store"), bucket);
  const { key, versionId } = run.source;
  const source = { ...run.source, ...(await own.write(key, await store.read(key, { versionId }))) };
  process.env.OBJECT_STORE = `file:${join(scratch, "store")}`;
  process.env.DATA_BUCKET = bucket;
  const { handler } = await import("../../tasks/preprocess.ts");
  const all = await secondsOf(() => handler({ run: { ...run, source } }));
  return { all, profile };
}

/** Evaluate, the training log and the embeddings' part of the profile: bench/eyes/jobs.py. */
async function jobSeconds(): Promise<Record<"evaluate" | "analysis" | "trainingLog" | "embeddings", number>> {
  const input = join(scratch, "processing/input");
  const files: [string, string][] = [
    [`${dataset.prefix}test.jsonl`, "test/test.jsonl"],
    [`${dataset.prefix}labels.json`, "labels/labels.json"],
    [`${dataset.prefix}facets.jsonl`, "facets/facets.jsonl"],
    [`${dataset.prefix}train.jsonl`, "train/train.jsonl"],
    [artifacts.model.key, "challenger/model.tar.gz"],
    ...(champion ? [[champion.model.key, "champion/model.tar.gz"] as [string, string]] : []),
  ];
  for (const [key, file] of files) {
    mkdirSync(dirname(join(input, file)), { recursive: true });
    await pipe(await store.read(key), createWriteStream(join(input, file)));
  }
  const logs = await Promise.all(dataset.trials.map(({ trial }) => readKeptLog(store, execution, trial)));
  const steps = logs.map((lines) => lines?.at(-1)?.step ?? 0);
  const { stdout } = await promisify(execFile)(
    python,
    [
      fileURLToPath(new URL("jobs.py", import.meta.url)),
      scratch,
      String(artifacts.embeddings.texts),
      String(artifacts.embeddings.dimension),
      ...steps.map(String),
    ],
    { env: { ...pythonEnvironment(), SAGEMAKER_BASE_DIR: scratch }, maxBuffer: 2 ** 24 },
  );
  return JSON.parse(stdout.trim().split("\n").at(-1)!) as Awaited<ReturnType<typeof jobSeconds>>;
}

async function bytesOf(...prefixes: string[]): Promise<number> {
  let bytes = 0;
  for (const each of prefixes) for await (const { sizeBytes } of store.list(each)) bytes += sizeBytes;
  return bytes;
}

const preprocess = await preprocessSeconds();
const jobs = await jobSeconds();
const gate = await secondsOf(async () => {
  await readDrift(store, { dataset, artifacts }, champion);
  const logs = dataset.trials.map(async ({ trial }) => ({
    trial,
    lines: (await readKeptLog(store, execution, trial)) ?? [],
  }));
  findingsOf(await Promise.all(logs));
});
const receipt = await stored<RunReceipt>("receipt.json");
const thrownAway = { ...store, write: async () => ({ key: "", sizeBytes: 0, etag: "", versionId: "" }) };
const pages = await secondsOf(() => writePages(thrownAway, receipt, { options: "", modelCard: null }));

const embeddings = await stored<{ profile?: unknown }>("embeddings/manifest.json");
const costs: [part: string, where: string, seconds: number, bytes: number][] = [
  [
    "profile",
    "Preprocess",
    preprocess.profile,
    await bytesOf(`${dataset.prefix}profile.json`, `${dataset.prefix}facets.jsonl`),
  ],
  ["profile of the vectors", "Embed", jobs.embeddings, JSON.stringify(embeddings.profile ?? null).length],
  [
    "training log",
    "Train",
    jobs.trainingLog,
    await bytesOf(...dataset.trials.map(({ trial }) => `${prefix}trials/${trial}/training.jsonl`)),
  ],
  [
    "error analysis",
    "Evaluate",
    jobs.analysis,
    await bytesOf(...["analysis.json", "errors.jsonl", "suspects.jsonl"].map((name) => evaluation + name)),
  ],
  ["drift and health", "QualityGate", gate, 0],
  ["report and model card", "Notify", pages, await bytesOf(`${prefix}report.html`, `${prefix}model-card.md`)],
];
const sum = (of: 2 | 3) => costs.reduce((all, cost) => all + cost[of], 0);
const line = (part: string, where: string, seconds: number, bytes: number) =>
  console.log(
    `${part.padEnd(24)}${where.padEnd(14)}${seconds.toFixed(3).padStart(10)}${(bytes / 1000).toFixed(1).padStart(12)}`,
  );
console.log(`${execution}\n${"".padEnd(38)}${"CPU, s".padStart(10)}${"files, KB".padStart(12)}`);
for (const cost of costs) {
  line(...cost);
  keepFigure({ what: `${cost[0]}, in ${cost[1]}`, figure: cost[2], unit: "CPU s" });
}
keepFigure({ what: "all of it", figure: sum(2), unit: "CPU s" });
keepFigure({ what: "its files", figure: sum(3) / 1000, unit: "KB" });
line("all", "", sum(2), sum(3));
console.log(
  `Of Preprocess's ${preprocess.all.toFixed(1)} and Evaluate's ${jobs.evaluate.toFixed(1)} CPU seconds; of ${((await bytesOf(prefix)) / 1e6).toFixed(1)} MB in ${prefix}.`,
);

/**
 * Whether notes that pbp suggest chooses teach more than as many at random. Of a fully annotated export a few notes keep
 * their annotation; a model of these chooses; then two models are trained, on the few and the chosen, and on the few and
 * as many at random, and compared on the same test notes. All through pbp, as people would.
 *
 *   node bench/suggest.ts export.json.gz [--start 300] [--add 300] [--seeds 5] [--epochs 20]
 *   node bench/suggest.ts export.json.gz --start 60 --add 60 --seeds 1 --epochs 1 --records 800      to see it work
 *
 * For each seed the difference in F1, suggested minus random, with its interval over test notes; at the end the mean, with
 * its interval over seeds, which counts the luck of the start, of the random choice and of training too.
 */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { gunzipSync } from "node:zlib";
import type { ExportRecord, TrainingExport, Verdict } from "../schemas/types.ts";
import { studentQuantile } from "../tasks/quality-gate/quantiles.ts";
import { randomBelow } from "../tasks/quality-gate/random.ts";
import { keepFigure } from "./recording/record.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    start: { type: "string", default: "300" },
    add: { type: "string", default: "300" },
    seeds: { type: "string", default: "5" },
    epochs: { type: "string", default: "20" },
    records: { type: "string" },
  },
});
const [start, add, seeds] = [values.start, values.add, values.seeds].map(Number) as [number, number, number];
const program = fileURLToPath(new URL("../pipeline/cli/pbp.ts", import.meta.url));
const [file = ""] = positionals;
const bytes = readFileSync(file);
const content = (file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
const { records: all = [], ...header } = JSON.parse(content) as TrainingExport & { records?: ExportRecord[] };
const records = thinned(all, Number(values.records ?? all.length));
const home = mkdtempSync(join(tmpdir(), "bench-suggest-"));

async function pbp(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [program, ...args, "--home", home], {
    maxBuffer: 1e9,
  });
  return stdout;
}
const last = (stdout: string) => JSON.parse(stdout.trimEnd().split("\n").at(-1)!);

/** Every so-manieth record: both sides, in their shares. */
function thinned(from: ExportRecord[], count: number): ExportRecord[] {
  return from.filter(
    (_, index) =>
      Math.floor((index * count) / from.length) !== Math.floor(((index - 1) * count) / from.length),
  );
}

/** The export with the annotations of the test side and of these training notes. */
function annotated(name: string, ids: ReadonlySet<string>): string {
  const shown = records.map(({ keyphrases, ...record }) =>
    record.split === "test" || ids.has(record.recordId) ? { ...record, keyphrases } : record,
  );
  const path = join(home, `${name}.json`);
  writeFileSync(path, JSON.stringify({ ...header, exportId: name, records: shown }));
  return path;
}

type Trained = { execution: string; generation: number | null; f1: number };

async function train(name: string, ids: ReadonlySet<string>, seed: number): Promise<Trained> {
  const settings = [
    "--model",
    `seed-${seed}`,
    "--seed",
    String(seed),
    "--epochs",
    values.epochs,
    "--metric",
    "f1",
  ];
  const summary = last(await pbp("run", annotated(name, ids), ...settings, "--min-samples", "20", "--json"));
  const { execution, generation, metrics } = summary;
  return { execution, generation, f1: metrics.challenger.f1 };
}

/** Puts a model in use whatever the gate said: the next one is compared with it. */
async function use({ execution, generation }: Trained): Promise<void> {
  if (generation === null) await pbp("promote", execution, "--force", "--reason", "bench/suggest.ts");
}

try {
  const differences: number[] = [];
  for (let seed = 1; seed <= seeds; seed++) {
    const next = randomBelow(2 ** 31, seed);
    const training = records.filter(({ split }) => split !== "test");
    const shuffled = training
      .map(({ recordId }) => ({ recordId, at: next() }))
      .sort((one, other) => one.at - other.at)
      .map(({ recordId }) => recordId);
    const first = new Set(shuffled.slice(0, start));
    const begun = await train(`start-${seed}`, first, seed);
    await use(begun);
    const folder = join(home, `suggested-${seed}`);
    await pbp(
      ...["suggest", join(home, `start-${seed}.json`), "--model", `seed-${seed}`, "--count", String(add)],
      ...["--to", "prodigy", "--out", folder],
    );
    const chosen = readFileSync(join(folder, "tasks.jsonl"), "utf8").trimEnd().split("\n");
    const suggested = new Set([...first, ...chosen.map((line) => JSON.parse(line).recordId as string)]);
    const random = await train(`random-${seed}`, new Set(shuffled.slice(0, start + add)), seed);
    await use(random);
    const taught = await train(`suggested-${seed}`, suggested, seed);
    const verdict = JSON.parse(await pbp("get", "verdict.json", "--execution", taught.execution)) as Verdict;
    const { difference, lower, upper } = verdict.comparison!;
    differences.push(difference);
    keepFigure({ what: `seed ${seed}: F1, suggested minus random`, figure: difference, unit: "" });
    const told = [begun.f1, random.f1, taught.f1].map((f1) => f1.toFixed(4));
    console.log(
      `seed ${seed}: F1 of ${start} ${told[0]}, with ${add} at random ${told[1]}, with ${add} suggested ${told[2]}; difference ${difference.toFixed(4)} (${lower.toFixed(4)} to ${upper.toFixed(4)} over test notes)`,
    );
  }
  const mean = differences.reduce((sum, one) => sum + one, 0) / seeds;
  if (seeds > 1) {
    const spread = Math.sqrt(differences.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (seeds - 1));
    const reach = studentQuantile(0.975, seeds - 1) * (spread / Math.sqrt(seeds));
    keepFigure({ what: `mean over ${seeds} seeds`, figure: mean, unit: "" });
    keepFigure({ what: "half of its 95 % interval", figure: reach, unit: "" });
    console.log(
      `mean difference ${mean.toFixed(4)}, 95 % interval over ${seeds} seeds ${(mean - reach).toFixed(4)} to ${(mean + reach).toFixed(4)}`,
    );
  }
} finally {
  rmSync(home, { recursive: true, force: true });
}

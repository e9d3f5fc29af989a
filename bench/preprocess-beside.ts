/**
 * Preprocess of this checkout beside that of another one, in turns, three times each, on exports of the same size; and
 * as a yardstick the time in which this machine hashes the export and parses it line by line, and does nothing with it.
 *
 *   node bench/preprocess-beside.ts <folder of the other checkout> [megabytes]      default: 300
 *
 * Each time is the one that the checkout's own bench/preprocess.ts says of its own bundle. The other one must be set up.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { availableParallelism, cpus, loadavg } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { sampleExport } from "../samples/generate.ts";
import { keepFigure, median, spread } from "./recording/record.ts";
import { notesIn } from "./sample-size.ts";

const [other, size = "300"] = process.argv.slice(2);
if (!other) throw new Error("expected the folder of another checkout");
const rounds = 3;
const folders = { other: resolve(other), here: fileURLToPath(new URL("../", import.meta.url)) };

const seconds: Record<"other" | "here" | "yardstick", number[]> = { other: [], here: [], yardstick: [] };
console.log(
  `${cpus()[0]?.model}, ${availableParallelism()} cores, load ${loadavg()[0]?.toFixed(1)}, ${size} MB`,
);
for (let round = 0; round < rounds; round++) {
  for (const side of ["other", "here"] as const) seconds[side].push(preprocess(folders[side]));
  seconds.yardstick.push(yardstick());
}
for (const [side, all] of Object.entries(seconds)) {
  const { median: middle, min, max } = spread(all);
  console.log(`${side.padEnd(10)} ${middle.toFixed(2)} s (${min.toFixed(2)} to ${max.toFixed(2)})`);
}
const ratio = median(seconds.other) / median(seconds.here);
console.log(`here takes ${(1 / ratio).toFixed(2)} of the other's time`);
keepFigure({
  what: `Preprocess of ${size} MB`,
  figure: median(seconds.here),
  unit: "s",
  against: "the other",
  ratio,
});
keepFigure({ what: "hashing and parsing it line by line", figure: median(seconds.yardstick), unit: "s" });

function preprocess(folder: string): number {
  const said = execFileSync(process.execPath, [join(folder, "bench/preprocess.ts"), size, "--lines"], {
    cwd: folder,
    // What it records would be ours.
    env: { ...process.env, BENCH_RECORD: undefined },
    encoding: "utf8",
  });
  return Number(/^time +([\d.]+) s/m.exec(said)![1]);
}

function yardstick(): number {
  const lines = [...sampleExport({ records: notesIn(Number(size)), extra: 0, seed: "7" }, "lines")].map(
    (line) => Buffer.from(line),
  );
  const began = performance.now();
  const digest = createHash("sha256");
  for (const line of lines) {
    digest.update(line);
    JSON.parse(line.toString());
  }
  digest.digest();
  return (performance.now() - began) / 1000;
}

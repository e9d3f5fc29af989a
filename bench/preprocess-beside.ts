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
for (const [side, all] of Object.entries(seconds)) console.log(`${side.padEnd(10)} ${spread(all)}`);
console.log(`here takes ${(median(seconds.here) / median(seconds.other)).toFixed(2)} of the other's time`);

function preprocess(folder: string): number {
  const said = execFileSync(process.execPath, [join(folder, "bench/preprocess.ts"), size, "--lines"], {
    cwd: folder,
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

function median(all: readonly number[]): number {
  return all.toSorted((a, b) => a - b)[all.length >> 1]!;
}

function spread(all: readonly number[]): string {
  return `${median(all).toFixed(2)} s (${Math.min(...all).toFixed(2)} to ${Math.max(...all).toFixed(2)})`;
}

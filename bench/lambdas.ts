/**
 * What each function weighs and how long its cold import takes: the part of a cold start that is ours. Lambda's own part
 * (sandbox, runtime, mounting EFS) comes on top.
 *
 *   node bench/lambdas.ts [processes]      default: the median of 7 fresh processes a function
 *
 * Two thirds of the code are the compiler of JSON Schemas, and most of the import is its work: a function compiles the
 * schemas of its doors before its first event. Left out: minified white space (14 KB less with gzip, no measurable time,
 * and stack traces without lines), and checks compiled by the bundler (some 50 ms less of a run of ten minutes and more,
 * for a second way in which the same check comes about).
 */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { availableParallelism, loadavg } from "node:os";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { bundleTasks } from "../pipeline/bundle.ts";
import { keepFigure, median } from "./recording/record.ts";

const processes = Number(process.argv[2] ?? 7);
const run = promisify(execFile);

/** Milliseconds of one import in a process that has loaded nothing else, by the clock and of the CPU. */
async function importTimes(module: string): Promise<[number, number]> {
  const script = `const began = performance.now(); const before = process.cpuUsage();
    await import(${JSON.stringify(module)});
    const { user, system } = process.cpuUsage(before);
    console.log(JSON.stringify([performance.now() - began, (user + system) / 1000]));`;
  const { stdout } = await run(process.execPath, ["--input-type=module", "-e", script]);
  return JSON.parse(stdout) as [number, number];
}

/** The medians: by the clock, of the CPU. */
async function medians(module: string): Promise<[number, number]> {
  const times: [number, number][] = [];
  // One after the other: two at once would share the cores.
  for (let count = 0; count < processes; count += 1) times.push(await importTimes(module));
  return [median(times.map(([clock]) => clock)), median(times.map(([, cpu]) => cpu))];
}

const kilobytes = (bytes: number) => (bytes / 1000).toFixed(0);
const cells = (times: [number, number]) => times.map((time) => time.toFixed(0));
const row = (...cells: string[]) => console.log(`| ${cells.join(" | ")} |`);

const load = loadavg()[0]!;
const bundles: { kilobytes: number; zipped: number; cpu: number }[] = [];
row("function", "code, KB", "gzip, KB", "cold import, ms", "of the CPU, ms");
row("---", "---:", "---:", "---:", "---:");
for (const { name, files } of await bundleTasks()) {
  const code = files.filter((file) => file.endsWith(".mjs")).map((file) => readFileSync(file));
  const raw = code.reduce((sum, bytes) => sum + bytes.length, 0);
  const zipped = code.reduce((sum, bytes) => sum + gzipSync(bytes).length, 0);
  const times = await medians(pathToFileURL(files[0]!).href);
  row(`\`${name}\``, kilobytes(raw), kilobytes(zipped), ...cells(times));
  bundles.push({ kilobytes: raw / 1000, zipped: zipped / 1000, cpu: times[1] });
}
for (const [of, what, unit] of [
  ["kilobytes", "code", "KB"],
  ["zipped", "code, gzipped", "KB"],
  ["cpu", "cold import", "CPU ms"],
] as const) {
  const sorted = bundles.map((bundle) => bundle[of]);
  keepFigure({
    what: `${what}: the smallest of ${bundles.length} functions`,
    figure: Math.min(...sorted),
    unit,
  });
  keepFigure({ what: `${what}: the middle one`, figure: median(sorted), unit });
  keepFigure({ what: `${what}: the largest`, figure: Math.max(...sorted), unit });
}
for (const client of ["s3", "efs"]) {
  const times = await medians(import.meta.resolve(`@aws-sdk/client-${client}`));
  row(`the SDK's client-${client}, loaded when it is first used`, "–", "–", ...cells(times));
  keepFigure({
    what: `the SDK's client-${client}, loaded when it is first used`,
    figure: times[1],
    unit: "CPU ms",
  });
}
console.log(
  `\nNode ${process.versions.node}, ${availableParallelism()} cores, load ${load.toFixed(1)} before the start, median of ${processes} processes.`,
);

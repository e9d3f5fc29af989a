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

/** The medians, as cells. */
async function cells(module: string): Promise<string[]> {
  const times: [number, number][] = [];
  // One after the other: two at once would share the cores.
  for (let count = 0; count < processes; count += 1) times.push(await importTimes(module));
  return ([0, 1] as const).map((which) => {
    const sorted = times.map((time) => time[which]).sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)]!.toFixed(0);
  });
}

const kilobytes = (bytes: number) => (bytes / 1000).toFixed(0);
const row = (...cells: string[]) => console.log(`| ${cells.join(" | ")} |`);

const load = loadavg()[0]!;
row("function", "code, KB", "gzip, KB", "cold import, ms", "of the CPU, ms");
row("---", "---:", "---:", "---:", "---:");
for (const { name, files } of await bundleTasks()) {
  const code = files.filter((file) => file.endsWith(".mjs")).map((file) => readFileSync(file));
  const raw = code.reduce((sum, bytes) => sum + bytes.length, 0);
  const zipped = code.reduce((sum, bytes) => sum + gzipSync(bytes).length, 0);
  row(`\`${name}\``, kilobytes(raw), kilobytes(zipped), ...(await cells(pathToFileURL(files[0]!).href)));
}
for (const client of ["s3", "efs"])
  row(
    `the SDK's client-${client}, loaded when it is first used`,
    "–",
    "–",
    ...(await cells(import.meta.resolve(`@aws-sdk/client-${client}`))),
  );
console.log(
  `\nNode ${process.versions.node}, ${availableParallelism()} cores, load ${load.toFixed(1)} before the start, median of ${processes} processes.`,
);

/**
 * What each function weighs and how long its cold import takes: the part of a cold start that is ours. Lambda's own part
 * (sandbox, runtime, mounting EFS) comes on top.
 *
 *   node bench/lambdas.ts [processes]      default: the median of 7 fresh processes a function
 *
 * Two thirds of the code are the compiler of JSON Schemas, and most of the import is its work: a function compiles the
 * schemas of its doors before its first event. Tried and left out: minified white space saves 14 KB (gzip) and no
 * measurable time, and costs the lines of a stack trace.
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

/** Milliseconds of one import in a process that has loaded nothing else. */
async function importMilliseconds(module: string): Promise<number> {
  const script = `const began = performance.now(); await import(${JSON.stringify(module)}); console.log(performance.now() - began);`;
  const { stdout } = await run(process.execPath, ["--input-type=module", "-e", script]);
  return Number(stdout);
}

async function median(module: string): Promise<number> {
  const milliseconds: number[] = [];
  // One after the other: two at once would share the cores.
  for (let count = 0; count < processes; count += 1) milliseconds.push(await importMilliseconds(module));
  return milliseconds.sort((a, b) => a - b)[Math.floor(milliseconds.length / 2)]!;
}

const kilobytes = (bytes: number) => (bytes / 1000).toFixed(0);
const row = (...cells: string[]) => console.log(`| ${cells.join(" | ")} |`);

const load = loadavg()[0]!;
row("function", "code, KB", "gzip, KB", "cold import, ms");
row("---", "---:", "---:", "---:");
for (const { name, files } of await bundleTasks()) {
  const code = files.filter((file) => file.endsWith(".mjs")).map((file) => readFileSync(file));
  const raw = code.reduce((sum, bytes) => sum + bytes.length, 0);
  const zipped = code.reduce((sum, bytes) => sum + gzipSync(bytes).length, 0);
  const milliseconds = await median(pathToFileURL(files[0]!).href);
  row(`\`${name}\``, kilobytes(raw), kilobytes(zipped), milliseconds.toFixed(0));
}
for (const client of ["s3", "efs"])
  row(
    `the SDK's client-${client}, loaded when it is first used`,
    "–",
    "–",
    (await median(import.meta.resolve(`@aws-sdk/client-${client}`))).toFixed(0),
  );
console.log(
  `\nNode ${process.versions.node}, ${availableParallelism()} cores, load ${load.toFixed(1)} before the start, median of ${processes} processes.`,
);

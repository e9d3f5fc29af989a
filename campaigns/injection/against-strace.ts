/**
 * Whether the campaigns miss a call: does each subject's work once under strace, and compares what the kernel was asked
 * to change with what the campaigns see. Linux, with strace.
 *
 *   node campaigns/injection/against-strace.ts
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { subjects } from "../subjects/subjects.ts";
import { changing } from "./interpose.ts";

const victim = fileURLToPath(new URL("victim.ts", import.meta.url));
// Opens and reads are not compared: Node opens folders to list them, and the victim its own plan. A mkdir -p is one
// request of Node's and several calls.
const compared = [...changing, "fsync"].filter((name) => !/^(mkdir|copy|rm)$/.test(name));
const kernelNames: Record<string, string> = {
  pwrite64: "write",
  writev: "write",
  fdatasync: "fsync",
  ftruncate: "truncate",
};

const folder = realpathSync(mkdtempSync(join(tmpdir(), "pbp-strace-")));
try {
  for (const [name, subject] of Object.entries(subjects)) {
    const world = join(folder, name);
    mkdirSync(world);
    await subject.prepare(world, 0);
    const { seen, lines } = trace(name, world);
    const kernel: Record<string, number> = {};
    for (const line of lines.filter((line) => line.includes(subject.root(world)))) {
      const call = /^\d+ +(\w+)\(/.exec(line)?.[1]?.replace(/at2?$/, "") ?? "";
      const known = kernelNames[call] ?? call;
      kernel[known] = (kernel[known] ?? 0) + 1;
    }
    for (const call of compared)
      if (seen[call] !== kernel[call]) {
        console.error(`${name}: ${call} ${seen[call] ?? 0} times, the kernel ${kernel[call] ?? 0} times`);
        process.exitCode = 1;
      }
    console.log(`${name}: ${compared.map((call) => `${seen[call] ?? 0} ${call}`).join(", ")}`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** What the campaigns see of one and the same work, and what the kernel was asked for, a line a call. */
function trace(name: string, folder: string): { seen: Record<string, number>; lines: string[] } {
  const log = `${folder}.log`;
  const calls =
    "write,pwrite64,writev,rename,renameat,renameat2,link,linkat,symlink,symlinkat,unlink,unlinkat,rmdir,fsync,fdatasync,ftruncate";
  const work = [process.execPath, victim, name, folder, "count"];
  const { status, stdout, error } = spawnSync("strace", [
    "-f",
    "-y",
    "-qq",
    "-e",
    `trace=${calls}`,
    "-s",
    "4096",
    "-o",
    log,
    ...work,
  ]);
  if (status !== 0) throw error ?? new Error(`strace ended with ${status}.`);
  return {
    seen: JSON.parse(String(stdout)) as Record<string, number>,
    lines: readFileSync(log, "latin1").split("\n"),
  };
}

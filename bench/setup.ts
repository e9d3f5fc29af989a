/**
 * How long a bare clone takes until `npx pbp` works: a clone of this repository's commit in a folder of its own, and
 * scripts/setup.mjs there. What npm and pip keep of earlier downloads is used as it is: on a machine that has set up a
 * clone before, nothing is downloaded.
 *
 *   node bench/setup.ts
 *
 * The aim: 2 minutes on two cores.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cpuSeconds } from "./recording/machine.ts";
import { keepFigure } from "./recording/record.ts";

const root = fileURLToPath(new URL("../", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "bench-setup-"));
try {
  const clone = join(folder, "clone");
  execFileSync("git", ["clone", "--quiet", "--no-hardlinks", root, clone]);
  const [began, before] = [performance.now(), cpuSeconds()];
  execFileSync(process.execPath, ["scripts/setup.mjs"], { cwd: clone, stdio: "inherit" });
  const seconds = (performance.now() - began) / 1000;
  const after = cpuSeconds();
  const cpu = before && after ? after.ours - before.ours : null;
  console.log(`set up in ${seconds.toFixed(1)} s${cpu === null ? "" : `, ${cpu.toFixed(1)} CPU s`}`);
  keepFigure({ what: "set-up", figure: seconds, unit: "s" });
  if (cpu !== null) keepFigure({ what: "its processor time", figure: cpu, unit: "CPU s" });
} finally {
  rmSync(folder, { recursive: true });
}

#!/usr/bin/env node
// `npx pbp`, on the host's own Node: TypeScript runs as it is on the Node that this package pins.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { cleanEnvironment } from "../clean-environment.mjs";

const pinned = fileURLToPath(new URL("../../node_modules/node/bin/node", import.meta.url));
// On a host with another Node, there would otherwise be a stack trace about TypeScript.
if (!existsSync(pinned) && !existsSync(new URL("../../node_modules/.setup-stamp", import.meta.url))) {
  console.error("pbp: this clone is not set up yet. Type: npm run setup");
  process.exit(1);
}
const node = existsSync(pinned) ? pinned : process.execPath;
const script = fileURLToPath(new URL("./pbp.ts", import.meta.url));
// Node keeps here what it has compiled, by the digest of each source: without its types stripped anew, a start takes
// half the time. A folder that cannot be written is no error.
const NODE_COMPILE_CACHE = fileURLToPath(new URL("../../node_modules/.cache/pbp", import.meta.url));
const child = spawn(node, [script, ...process.argv.slice(2)], {
  stdio: "inherit",
  env: { NODE_COMPILE_CACHE, ...cleanEnvironment() },
});
// A Ctrl-C reaches both; pbp answers it, and this process ends with it.
for (const signal of ["SIGINT", "SIGTERM"])
  process.on(signal, () => signal === "SIGTERM" && child.kill(signal));
// pbp continues when its terminal is closed, and whoever waits for it waits here.
let isHungUp = false;
process.on("SIGHUP", () => {
  isHungUp = true;
});
// npx and its shell end at SIGTERM without passing it on. A service would keep its port without anybody to end it.
if (process.argv[2] === "serve" && process.env.npm_command !== undefined) {
  const { ppid } = process;
  setInterval(() => process.ppid !== ppid && !isHungUp && child.kill("SIGTERM"), 1000).unref();
}
child.on("exit", (code, signal) => {
  process.exitCode = code ?? (signal ? 2 : 1);
});

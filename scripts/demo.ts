// The demonstration: the sample export through the whole pipeline, in its own home that starts empty, so that
// every call shows a first model being promoted. What the person's own home holds is not touched.
import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { cleanEnvironment } from "../pipeline/clean-environment.mjs";

const root = fileURLToPath(new URL("../", import.meta.url));
const home = `${root}.pbp/demo`;
rmSync(home, { recursive: true, force: true });
const args = [
  `${root}pipeline/cli/pbp.ts`,
  "run",
  `${root}samples/exports/sample-export.json.gz`,
  "--home",
  home,
];
spawn(process.execPath, args, { stdio: "inherit", env: cleanEnvironment() }).on("exit", (code) => {
  if (code === 0) console.error("\nTo see it again:\n  npx pbp show latest --home .pbp/demo");
  process.exitCode = code ?? 1;
});

// Scans the deployed stack with tools of others: cfn-lint, which the tests run too, and checkov, which is too large for
// them (400 MB). Prints what they find; fails when there is anything.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { cleanEnvironment } from "../pipeline/clean-environment.mjs";

const template = "dist/cdk.out/PredictiveBilling.template.json";
const checkov = "checkov==3.3.30";
const venv = ".venv/scan";

process.chdir(fileURLToPath(new URL("../", import.meta.url)));
run("node_modules/.bin/cdk", ["synth", "--quiet", "--no-notices"]);
run(".venv/bin/cfn-lint", ["--non-zero-exit-code", "warning", template]);
console.log("cfn-lint: no error, no warning");
if (!existsSync(`${venv}/bin/checkov`)) {
  console.log(`Installing ${checkov} into ${venv}, once …`);
  run(".venv/bin/python", ["-m", "venv", venv]);
  run(`${venv}/bin/python`, ["-m", "pip", "install", "--quiet", checkov]);
}
run(`${venv}/bin/checkov`, ["--config-file", ".checkov.yaml", "--file", template]);

function run(command: string, args: string[]): void {
  const { status } = spawnSync(command, args, { stdio: "inherit", env: cleanEnvironment() });
  if (status !== 0) process.exit(status ?? 1);
}

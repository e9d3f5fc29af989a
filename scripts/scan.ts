// Scans the deployed stack with tools of others: cfn-lint, which the tests run too; checkov and parliament, which are too
// large for them (400 MB). Prints what they find; fails when there is anything. The requests for jobs are held against
// AWS's model of SageMaker by the tests (test/emulator/sagemaker/service-model.ts).
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { cleanEnvironment } from "../pipeline/clean-environment.mjs";
import { readFindings, writePolicies } from "./policies.ts";

const template = "dist/cdk.out/PredictiveBilling.template.json";
const policies = "dist/policies";
const venv = ".venv/scan";
// parliament needs pkg_resources, which later versions of setuptools do not have.
const tools = { checkov: ["checkov==3.3.30"], parliament: ["parliament==1.6.4", "setuptools<81"] };

process.chdir(fileURLToPath(new URL("../", import.meta.url)));
run("node_modules/.bin/cdk", ["synth", "--quiet", "--no-notices"]);
run(".venv/bin/cfn-lint", ["--non-zero-exit-code", "warning", template]);
console.log("cfn-lint: no error, no warning");
if (!existsSync(venv)) run(".venv/bin/python", ["-m", "venv", venv]);
for (const [tool, packages] of Object.entries(tools))
  if (!existsSync(`${venv}/bin/${tool}`)) {
    console.log(`Installing ${packages[0]} into ${venv}, once …`);
    run(`${venv}/bin/python`, ["-m", "pip", "install", "--quiet", ...packages]);
  }
run(`${venv}/bin/checkov`, ["--config-file", ".checkov.yaml", "--file", template]);
const count = writePolicies(template, policies);
const { stdout } = spawnSync(`${venv}/bin/parliament`, ["--directory", policies, "--json"], {
  encoding: "utf8",
  env: cleanEnvironment(),
});
const findings = readFindings(stdout ?? "");
if (findings.length > 0) {
  console.error(findings.join("\n"));
  process.exit(1);
}
console.log(`parliament: ${count} policies, nothing found`);

function run(command: string, args: string[]): void {
  const { status } = spawnSync(command, args, { stdio: "inherit", env: cleanEnvironment() });
  if (status !== 0) process.exit(status ?? 1);
}

// npm run test:tracking: sends runs to a real MLflow server. Makes the server's virtual environment the first time; a
// minute on a quiet machine.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { cleanEnvironment } from "../../pipeline/clean-environment.mjs";

const environment = ".venv/mlflow";
const requirements = "test/tracking/requirements.txt";

function run(command: string, ...args: string[]): void {
  const { status } = spawnSync(command, args, { stdio: "inherit", env: cleanEnvironment() });
  if (status !== 0) process.exit(status ?? 1);
}

if (!existsSync(`${environment}/bin/mlflow`)) {
  run(".venv/bin/python", "-m", "venv", environment);
  run(`${environment}/bin/python`, "-m", "pip", "install", "--quiet", "-r", requirements);
}
run("vitest", "run", "--config", "test/tracking/vitest.config.ts");

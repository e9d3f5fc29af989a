// The readers as an application gets them: packed, installed outside of this repository, without a network.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { promote } from "../../tasks/promote/promotion.ts";
import { memoryStore, trained } from "../promote/execution.ts";
import { deploy } from "../tasks/deployment.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "pbp-packages-"));
const application = join(folder, "application");
let deployment: Awaited<ReturnType<typeof deploy>>;
let version = "";

beforeAll(async () => {
  mkdirSync(application);
  deployment = await deploy();
  const store = memoryStore();
  const promotion = await trained(store, "first", null);
  ({ version } = await promote(promotion, { store, modelsFolder: deployment.models, keep: 3 }));
});
afterAll(async () => {
  await deployment.remove();
  rmSync(folder, { recursive: true });
});

const run = (command: string, args: string[], cwd: string) =>
  execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

test("the package for Node is JavaScript with types: it installs, compiles and reads the bundle in use", () => {
  run("npm", ["pack", "--silent", "--pack-destination", folder], join(root, "reader/typescript"));
  const [packed] = readdirSync(folder).filter((file) => file.endsWith(".tgz"));
  writeFileSync(join(application, "package.json"), '{ "private": true, "type": "module" }');
  run("npm", ["install", "--offline", "--no-audit", "--no-fund", join(folder, packed!)], application);
  const program = `
    import type { Bundle } from "pbp-reader/bundle";
    import { readClassifier } from "pbp-reader/classifier";
    import { type Models, openModels } from "pbp-reader/models";
    import { readNotes } from "pbp-reader/notes";
    const models: Models<{ bundle: Bundle; read: typeof readNotes }> = openModels(
      process.argv[2]!, async (bundle) => ({ bundle, read: readNotes }));
    const { bundle } = await models.current();
    const refusal: unknown = await readClassifier(bundle).catch((error: Error) => error.name);
    console.log(bundle.version, await models.refresh(), refusal);
  `;
  writeFileSync(join(application, "main.ts"), program);
  const types = ["--typeRoots", join(root, "node_modules/@types"), "--types", "node"];
  const strict = ["--strict", "--skipLibCheck", "false", "--module", "nodenext", "--target", "es2022"];
  run(join(root, "node_modules/.bin/tsc"), [...strict, ...types, "main.ts"], application);
  const printed = run(process.execPath, ["main.js", deployment.models], application);
  expect(printed).toBe(`${version} false ModelsError\n`);
});

test("the package for Python builds, installs and reads the bundle in use", () => {
  // A build leaves files beside its sources.
  const sources = join(folder, "sources");
  cpSync(join(root, "reader/python"), sources, { recursive: true });
  const python = join(root, ".venv/bin/python");
  const pip = ["-m", "pip", "--disable-pip-version-check", "--quiet"];
  run(python, [...pip, "wheel", "--no-deps", "--no-build-isolation", "-w", folder, sources], folder);
  const [wheel] = readdirSync(folder).filter((file) => file.endsWith(".whl"));
  const site = join(folder, "site");
  run(python, [...pip, "install", "--no-index", "--no-deps", "--target", site, join(folder, wheel!)], folder);
  expect(readdirSync(join(site, "pbp_reader"))).toContain("py.typed");
  const program = `
import sys
sys.path.insert(0, sys.argv[1])
import pbp_reader
assert pbp_reader.__file__.startswith(sys.argv[1])
from pbp_reader import Models
from pbp_reader.classifier import Classifier
assert Classifier and "torch" not in sys.modules
print(Models(sys.argv[2], lambda bundle: bundle.version).current())
`;
  expect(run(python, ["-c", program, site, deployment.models], folder)).toBe(`${version}\n`);
});

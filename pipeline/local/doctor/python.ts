import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { bad, type Check, ok } from "../../check.ts";
import { python, pythonEnvironment } from "../../python.ts";
import { refusalOfSystem, systemErrorIn } from "../../system-error.ts";

const requirements = fileURLToPath(new URL("../../../containers/requirements.txt", import.meta.url));
const setUpAgain = "Set the clone up again: rm -r .venv && npm run setup";
// Importing PyTorch takes seconds on a cold disk, never minutes.
const patienceMs = 120_000;

// Really imported: a package whose library is missing has a version all the same.
const script = `
import importlib, importlib.metadata, json, os, sys
found = {}
for name in sys.argv[1:]:
    try:
        importlib.import_module(name)
        found[name] = importlib.metadata.version(name).split("+")[0]
    except Exception as error:
        found[name] = type(error).__name__
gpus = []
if "torch" in sys.modules:
    import torch
    gpus = [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())]
print(json.dumps({"version": sys.version.split()[0], "packages": found, "gpus": gpus}), flush=True)
# Taking PyTorch apart would take longer than all but its import.
os._exit(0)
`;

type Found = { version: string; packages: Record<string, string>; gpus: string[] };

/** The Python of the jobs: there, with the packages of the jobs as they are pinned; and the GPU that they would see. */
export async function examinePython(program = python): Promise<Check[]> {
  const pinned = new Map(
    [...readFileSync(requirements, "utf8").matchAll(/^([a-z0-9-]+)==(\S+)$/gm)].map(([, name, version]) => [
      name!,
      version!,
    ]),
  );
  let found: Found;
  try {
    const { stdout } = await promisify(execFile)(program, ["-c", script, ...pinned.keys()], {
      env: pythonEnvironment(),
      timeout: patienceMs,
    });
    found = JSON.parse(stdout) as Found;
  } catch (error) {
    const refused = systemErrorIn(error);
    if (refused?.code === "ENOENT") return [bad("Python", `There is none at ${program}.`, setUpAgain)];
    if (refused === null) return [bad("Python", `${program} gives no answer.`, setUpAgain)];
    const { what, remedy } = refusalOfSystem(refused);
    return [bad("Python", `${program}: ${what}.`, remedy)];
  }
  const wrong = [...pinned].filter(([name, version]) => found.packages[name] !== version);
  const list = wrong.map(([name, version]) => `${name} ${version} (found: ${found.packages[name]})`);
  return [
    wrong.length === 0
      ? ok("Python", `${found.version} with ${[...pinned].map((pair) => pair.join(" ")).join(", ")}.`)
      : bad("Python", `${found.version} lacks ${list.join(", ")}.`, setUpAgain),
    ok("GPU", found.gpus.length > 0 ? `${found.gpus.join(", ")}.` : "None is seen: the jobs use the CPU."),
  ];
}

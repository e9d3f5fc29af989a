// A process that loads the bundle in use, as the billing app does, until its standard input closes, and at least so often:
//   node race-reader.ts <folder> <loads> <model>...
// The models in turn; an execution's name begins with that of its model.
// It says "read" once it has. Every load is a first one: nothing is remembered. One in a hundred is done in the wrong way
// as well, slowly and through models/current for each file, which shows that bundles can be mixed here.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Bundle } from "../../reader/typescript/bundle.ts";
import { openModels } from "../../reader/typescript/models.ts";
import { readNotes } from "../../reader/typescript/notes.ts";
import { modelFiles } from "../../test/promote/execution.ts";

const [folder = "", wanted, ...models] = process.argv.slice(2);
const root = join(folder, "models");
let isOver = false;
process.stdin.on("end", () => {
  isOver = true;
});
process.stdin.resume();

const counts = { loads: 0, versions: 0, mixed: 0, foreign: 0, unreadable: 0, careless: 0, carelessMixed: 0 };
const lastVersions = new Map<string, string>();
let problem = "";
while (!isOver || counts.loads < Number(wanted)) {
  const model = models[counts.loads++ % models.length]!;
  try {
    const load = async (bundle: Bundle) => {
      await readNotes(bundle);
      return {
        version: bundle.version,
        whole: isOf(bundle.execution, await bundle.read("ner/model.safetensors")),
        isItsOwn: bundle.execution.startsWith(`${model}-`),
      };
    };
    const bundle = await openModels(root, load, { model }).current();
    if (!bundle.whole) counts.mixed++;
    if (!bundle.isItsOwn) counts.foreign++;
    if (bundle.version !== lastVersions.get(model)) counts.versions++;
    lastVersions.set(model, bundle.version);
  } catch (error) {
    counts.unreadable++;
    problem = String(error);
  }
  if (counts.loads === Number(wanted)) process.stdout.write("read\n");
  if (counts.loads % 100 === 0) await loadCarelessly();
}
process.stdout.write(`${JSON.stringify({ ...counts, problem })}\n`);

/** Whether the weights are those of the execution that the manifest names: known without any digest. */
function isOf(execution: string, weights: Buffer): boolean {
  return modelFiles(execution)["model.safetensors"]!.equals(weights);
}

async function loadCarelessly(): Promise<void> {
  counts.careless++;
  try {
    const manifest = JSON.parse(await readFile(join(root, "current/manifest.json"), "utf8")) as {
      execution: string;
    };
    // What reading some hundred megabytes takes.
    await pause(20);
    const weights = await readFile(join(root, "current/ner/model.safetensors"));
    if (!isOf(manifest.execution, weights)) counts.carelessMixed++;
  } catch {
    counts.carelessMixed++;
  }
}

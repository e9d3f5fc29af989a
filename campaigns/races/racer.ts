// A process that promotes a model again and again while others do, and now and then rolls back:
//   node racer.ts <folder> <name> <model>
// It ends when the folder has a file "over". It believes it is on its own machine, as each Lambda does, so that
// others cannot see whether it lives. Prints a line of JSON for everything that it did.
import { existsSync } from "node:fs";
import { createRequire, syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { createRandom } from "../../samples/random.ts";
import type { Promotion } from "../../tasks/promote/promotion.ts";

const [folder = "", racer = "", model = ""] = process.argv.slice(2);
const os = createRequire(import.meta.url)("node:os") as { hostname: () => string };
os.hostname = () => racer;
syncBuiltinESMExports();
// Only now: a process looks at its machine's name once.
const { currentChampion } = await import("../../tasks/models/champion.ts");
const { rollback } = await import("../../tasks/models/rollback.ts");
const { promote } = await import("../../tasks/promote/promotion.ts");
const { openFileStore } = await import("../../tasks/store/fs.ts");
const { trained } = await import("../../test/promote/execution.ts");

const parent = process.ppid;
const modelsFolder = join(folder, "models");
const store = await openFileStore(folder, "pbp-race");
const random = createRandom(racer);
process.stdout.write("ready\n");
await new Promise((resolve) => process.stdin.once("data", resolve));
process.stdin.destroy();

for (let turn = 0; goesOn(); turn++) {
  if (turn > 0 && random.chance(0.1)) await report(() => rollBack());
  else await report(() => promoteOne(`${racer}-${turn}`));
}

function goesOn(): boolean {
  // Also when the campaign was killed, and nobody will say that it is over.
  return !existsSync(join(folder, "over")) && process.ppid === parent;
}

async function rollBack() {
  const { generation } = await rollback({ modelsFolder, model, actor: racer, reason: "a race" });
  return { did: "rollback", generation };
}

/** As the state machine does: a stale one is compared with the new champion and tries again. */
async function promoteOne(execution: string) {
  let promotion: Promotion | undefined;
  for (let stale = 0; ; stale++) {
    const champion = await currentChampion(modelsFolder, model);
    promotion = promotion ? { ...promotion, champion } : await trained(store, execution, champion, { model });
    // The log will tell which champion the verdict was against.
    promotion.verdict.key = `runs/${execution}/against-${champion?.generation ?? 0}.json`;
    try {
      const { generation } = await promote(promotion, { store, modelsFolder, keep: 1 });
      return { did: "promotion", generation, stale };
    } catch (error) {
      if (!(error instanceof Error && error.name === "StaleChampion")) throw error;
      if (!goesOn()) return { did: "nothing", stale };
    }
  }
}

async function report(work: () => Promise<object>): Promise<void> {
  const done = await work().catch((error: Error) => ({
    did: "error",
    name: error.name,
    message: error.message,
  }));
  process.stdout.write(`${JSON.stringify(done)}\n`);
}

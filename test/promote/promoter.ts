// A process that promotes, to be killed or raced: node promoter.ts <store root> <bucket> <models> <execution> <keep>
// Says "ready", waits for a line, then promotes against the newest champion until it is through.
import { once } from "node:events";
import { currentChampion } from "../../tasks/models/champion.ts";
import { type Promotion, promote } from "../../tasks/promote/promotion.ts";
import { openFileStore } from "../../tasks/store/fs.ts";
import { readJson } from "../../tasks/store/store.ts";

const [root = "", bucket = "", modelsFolder = "", execution, keep] = process.argv.slice(2);
const store = await openFileStore(root, bucket);
const promotion = (await readJson(store, `runs/${execution}/promotion.json`)) as Promotion;
process.stdout.write("ready\n");
await once(process.stdin, "data");
process.stdin.destroy();

for (let stale = 0; ; stale++) {
  const champion = await currentChampion(modelsFolder, promotion.run.model);
  try {
    const promoted = await promote({ ...promotion, champion }, { store, modelsFolder, keep: Number(keep) });
    process.stdout.write(`${JSON.stringify({ ...promoted, stale })}\n`);
    break;
  } catch (error) {
    if (!(error instanceof Error && error.name === "StaleChampion")) throw error;
  }
}

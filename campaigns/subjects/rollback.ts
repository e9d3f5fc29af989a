import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readHistory } from "../../tasks/models/history.ts";
import { handler } from "../../tasks/rollback.ts";
import { halfDone, isNamedAmong, unrepaired } from "./models.ts";
import { deployTo, keep, modelsOf, promoteGenerations, storeOf } from "./promote.ts";
import type { Subject } from "./subject.ts";

const generations = 3;

/** To the version before, through the function's own handler. Step Functions may repeat the very call. */
export const rollback: Subject = {
  mayBeRemote: true,
  root: (folder) => join(folder, "world"),
  async prepare(folder) {
    await promoteGenerations(folder, generations);
    const [, wanted] = await readHistory(modelsOf(folder));
    await writeFile(join(folder, "wanted"), wanted!.version);
  },
  async act(folder) {
    deployTo(folder);
    await handler({ to: null, reason: "odd codes", actor: "an operator" });
  },
  async inspect(folder, acknowledged) {
    return halfDone(modelsOf(folder), { generations, keep, acknowledged });
  },
  async recover(folder) {
    await rollback.act(folder);
    const problems = await unrepaired(modelsOf(folder), await storeOf(folder), {
      generations: generations + 1,
      keep,
    });
    const wanted = await readFile(join(folder, "wanted"), "utf8");
    const [newest] = await readHistory(modelsOf(folder));
    if (newest?.version !== wanted) problems.push(`rolled back to ${newest?.version}, not to ${wanted}`);
    return problems;
  },
  mayEndBy: (error) => isNamedAmong(error, ["PromotionFailed", "ChampionUnreadable"]),
};

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readHistory } from "../../tasks/models/history.ts";
import { handler } from "../../tasks/operators/rollback.ts";
import { halfDone, isNamedAmong, unrepaired } from "./models.ts";
import {
  deployTo,
  disturbed,
  keep,
  models,
  modelsOf,
  otherThan,
  promoteGenerations,
  storeOf,
} from "./promote.ts";
import type { Subject } from "./subject.ts";

const generations = 3;

type Plan = { model: string; wanted: string };
const readPlan = async (folder: string) =>
  JSON.parse(await readFile(join(folder, "plan.json"), "utf8")) as Plan;

/** To the version before, through the function's own handler. Step Functions may repeat the very call. */
export const rollback: Subject = {
  mayBeRemote: true,
  root: (folder) => join(folder, "world"),
  async prepare(folder, variant) {
    const model = models[variant % models.length]!;
    await promoteGenerations(folder, otherThan(model), 1);
    await promoteGenerations(folder, model, generations);
    const [, wanted] = await readHistory(modelsOf(folder), model);
    await writeFile(
      join(folder, "plan.json"),
      JSON.stringify({ model, wanted: wanted!.version } satisfies Plan),
    );
  },
  async act(folder) {
    const { model } = await readPlan(folder);
    deployTo(folder);
    await handler({ model, to: null, reason: "odd codes", actor: "an operator" });
  },
  async inspect(folder, acknowledged) {
    const { model } = await readPlan(folder);
    return [
      ...(await halfDone(modelsOf(folder), { generations, keep, acknowledged, model })),
      ...(await disturbed(folder, model)),
    ];
  },
  async recover(folder) {
    const { model, wanted } = await readPlan(folder);
    await rollback.act(folder);
    const problems = await unrepaired(modelsOf(folder), await storeOf(folder), {
      generations: generations + 1,
      keep,
      model,
    });
    const [newest] = await readHistory(modelsOf(folder), model);
    if (newest?.version !== wanted) problems.push(`rolled back to ${newest?.version}, not to ${wanted}`);
    return problems;
  },
  mayEndBy: (error) => isNamedAmong(error, ["PromotionFailed", "ChampionUnreadable"]),
};
